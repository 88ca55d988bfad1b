import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"

import { Decision } from "../domain/communication/Decision.ts"
import { NeedsRole } from "./access.ts"
import { AnyObject, Limit, pageOf, Reason, RecordPlace, Since, Text, Time } from "./values.ts"

/** Personal data: `***`, and of a phone `***` with its last four digits, unless revealed. */
export const CustomerShown = Schema.Struct({
  id: Schema.String,
  name: Schema.optionalKey(Schema.String),
  phone: Schema.optionalKey(Schema.String),
  email: Schema.optionalKey(Schema.String),
  document: Schema.optionalKey(Schema.String)
})

/** A mark beside the status. */
export const Mark = Schema.Literals(["in_doubt", "waiting", "awaiting"])

/** A value of the filter `status`: a status, or a mark beside it. */
export const StatusWanted = Schema.Literals([
  "working",
  "adopted",
  "success",
  "partial_success",
  "failure",
  ...Mark.literals
])

/** One communication in a list. */
export const CommunicationItem = Schema.Struct({
  id: Schema.String,
  /** Names the communication in URLs if its id contains personal data. */
  ref: Schema.optionalKey(Schema.String),
  journey: Schema.String,
  /** `working`, `adopted`, `success`, `partial_success` or `failure`. */
  status: Schema.String,
  marks: Schema.Array(Mark),
  createdAt: Time,
  updatedAt: Time,
  due: Schema.optionalKey(Time),
  order: Schema.optionalKey(Schema.String),
  shipment: Schema.optionalKey(Schema.String),
  case: Schema.optionalKey(Schema.Struct({ number: Schema.String, sysId: Schema.String })),
  customer: Schema.optionalKey(CustomerShown),
  lastEvent: Schema.optionalKey(Schema.Struct({ evento: Schema.String, at: Time })),
  codigos: Schema.Array(Schema.String),
  whatsapp: Schema.optionalKey(
    Schema.Struct({
      outcome: Schema.Literals(["under_way", "sent", "failed", "in_doubt"]),
      attempts: Schema.Int,
      messageId: Schema.optionalKey(Schema.String)
    })
  )
})

/** One fact in words and as data. `data` has its fields, including request and answer. */
const TimelineEntry = Schema.Struct({
  at: Time,
  fact: Schema.String,
  text: Schema.String,
  data: AnyObject,
  by: Schema.optionalKey(Schema.String),
  reason: Schema.optionalKey(Schema.String)
})

/** Everything that is known of one communication. */
export const CommunicationDetails = Schema.Struct({
  ...CommunicationItem.fields,
  record: Schema.optionalKey(
    Schema.Struct({ origin: RecordPlace, channels: Schema.Array(Schema.String), eventTime: Time })
  ),
  waiting: Schema.Array(
    Schema.Struct({
      for: Schema.String,
      at: Time,
      vendor: Schema.optionalKey(Schema.Literals(["servicenow", "weni"])),
      reason: Schema.optionalKey(Schema.String),
      until: Schema.optionalKey(Time)
    })
  ),
  events: Schema.Array(Schema.Struct({ evento: Schema.String, at: Time, text: Schema.optionalKey(Schema.String) })),
  responses: Schema.Array(
    Schema.Struct({
      /** `id_resposta`. */
      id: Schema.String,
      evento: Schema.String,
      status: Schema.String,
      at: Time,
      acknowledged: Schema.Boolean,
      /** The response as it is published. */
      content: AnyObject
    })
  ),
  timeline: Schema.Array(TimelineEntry),
  /** Trace ids. */
  traces: Schema.optionalKey(Schema.Array(Schema.String)),
  links: Schema.Struct({ case: Schema.optionalKey(Schema.String), traces: Schema.Array(Schema.String) })
})

/** The fields of a search. Every given field must match. */
export const searchFields = {
  status: Schema.optionalKey(Schema.Array(StatusWanted)),
  journey: Schema.optionalKey(Text),
  codigo: Schema.optionalKey(Text),
  case: Schema.optionalKey(Text),
  q: Schema.optionalKey(Text),
  since: Schema.optionalKey(Since),
  until: Schema.optionalKey(Since)
}

const pageFields = { limit: Schema.optionalKey(Limit), cursor: Schema.optionalKey(Text) }

export const CommunicationPage = pageOf(CommunicationItem)

/** The operation is accepted; `GET /api/operations/{operation}` shows its progress. */
export const TakenOperation = Schema.Struct({ operation: Schema.String })

/** One step for programs: `tag` is a `StepTag`, and `codigo` that of a step that would fail again. */
export const plannedStep = {
  step: Schema.String,
  tag: Schema.optionalKey(Schema.String),
  codigo: Schema.optionalKey(Schema.String)
}

/** What a retry would do. `request` is the body that would be sent, masked. */
export const RetryPlan = Schema.Struct({
  id: Schema.String,
  steps: Schema.Array(Schema.Struct({ ...plannedStep, does: Schema.String, request: Schema.optionalKey(AnyObject) }))
})

const id = Schema.Struct({ id: Text })

/** Finding communications, reading one, and deciding on one. */
export const CommunicationsApi = HttpApiGroup.make("communications")
  .add(
    HttpApiEndpoint.get("list", "/api/communications", {
      query: { ...searchFields, ...pageFields },
      success: CommunicationPage
    }).annotate(
      OpenApi.Description,
      "The newest communications first. `q` is whole: an id, order number, shipment, Case number, sys_id or message id. Personal data stands in no URL: use the search."
    ),
    HttpApiEndpoint.post("search", "/api/communications/search", {
      payload: Schema.Struct({ ...searchFields, ...pageFields }),
      success: CommunicationPage
    }).annotate(
      OpenApi.Description,
      "As the list. `q` may also be a phone in any spelling, an e-mail, a CPF or CNPJ, or `cliente.id`."
    ),
    HttpApiEndpoint.get("show", "/api/communications/:id", { params: id, success: CommunicationDetails }).annotate(
      OpenApi.Description,
      "One communication by its id, its `ref`, or another name that leads to it alone. Several: 409 with the ids."
    ),
    HttpApiEndpoint.post("reveal", "/api/communications/:id/reveal", {
      params: id,
      payload: Schema.Struct({ reason: Reason }),
      success: CommunicationDetails
    })
      .annotate(NeedsRole, ["privacy"])
      .annotate(OpenApi.Description, "The same, unmasked. Written to the trail."),
    HttpApiEndpoint.post("decide", "/api/communications/:id/whatsapp", {
      params: id,
      payload: Schema.Struct({ decision: Decision, reason: Reason }),
      success: TakenOperation.pipe(HttpApiSchema.status(202))
    })
      .annotate(NeedsRole, ["operator"])
      .annotate(OpenApi.Description, "Settles a dispatch in doubt. 409 when it is not in doubt.")
  )
  .annotate(OpenApi.Description, "Communications: find, read, decide.")

/** Trying the failed steps of one communication again. */
export const RetryApi = HttpApiGroup.make("retry")
  .add(
    HttpApiEndpoint.post("retry", "/api/communications/:id/retry", {
      params: id,
      payload: Schema.Struct({ reason: Schema.optionalKey(Reason), dryRun: Schema.optionalKey(Schema.Boolean) }),
      success: [TakenOperation.pipe(HttpApiSchema.status(202)), RetryPlan]
    })
      .annotate(NeedsRole, ["operator"])
      .annotate(
        OpenApi.Description,
        "The failed steps again with the journeys file as it is now. Never a dispatch that is in doubt, sent or expired: 409 says why. With `dryRun`: what it would do, and the bodies that it would send."
      )
  )
  .annotate(OpenApi.Description, "Failed steps of a communication, again.")
