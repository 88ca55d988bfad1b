import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"

import { NeedsRole } from "./access.ts"
import { plannedStep, searchFields } from "./communications.ts"
import { letterFields } from "./deadLetters.ts"
import { AnyObject, Limit, pageOf, Reason, Text, Time } from "./values.ts"

/** What an operation does to each of its communications or dead letters. */
export const OperationAction = Schema.Literals(["retry", "end", "resend", "sent", "not_sent", "redrive", "erase"])

/** What an operator did or has the service do. Single actions, reveals and exports are operations, too. */
export const OperationShown = Schema.Struct({
  id: Schema.String,
  /** An `OperationAction`, `reveal`, `export`, or what a later version adds. */
  action: Schema.String,
  by: Schema.String,
  at: Time,
  reason: Schema.String,
  /** The target of a single action: a communication, or the place of a dead letter. */
  target: Schema.optionalKey(Schema.String),
  state: Schema.Literals(["running", "done", "stopped"]),
  total: Schema.Int,
  done: Schema.Int,
  /** `tag`: the reason for programs, a `RefusalTag`. Absent if an earlier version stored it. */
  failures: Schema.Array(
    Schema.Struct({ id: Schema.String, reason: Schema.String, tag: Schema.optionalKey(Schema.String) })
  ),
  endedAt: Schema.optionalKey(Time),
  /** For an erasure: where else the customer's data is, out of the service's reach. */
  outOfReach: Schema.optionalKey(Schema.Array(Schema.String))
})

/** Communications by the fields of the search, dead letters by theirs, or a customer by a key of the export. */
const OperationFilter = Schema.Struct({
  ...searchFields,
  topic: letterFields.topic,
  customer: Schema.optionalKey(Text)
})

const TakenOperations = Schema.Struct({
  id: Schema.String,
  total: Schema.Int,
  outOfReach: Schema.optionalKey(Schema.Array(Schema.String))
})

/** What an operation would do. Nothing happens. */
const OperationPlan = Schema.Struct({
  total: Schema.Int,
  items: Schema.optionalKey(
    Schema.Array(
      Schema.Struct({
        id: Schema.String,
        does: Schema.optionalKey(Schema.String),
        /** What `does` says of a retry or an end, for programs. */
        steps: Schema.optionalKey(Schema.Array(Schema.Struct(plannedStep))),
        reason: Schema.optionalKey(Schema.String),
        /** What `reason` says, for programs: a `RefusalTag`. */
        tag: Schema.optionalKey(Schema.String),
        request: Schema.optionalKey(AnyObject)
      })
    )
  ),
  outOfReach: Schema.optionalKey(Schema.Array(Schema.String))
})

const id = Schema.Struct({ id: Text })

/** Actions on many, and the trail of everything that operators did. */
export const OperationsApi = HttpApiGroup.make("operations")
  .add(
    HttpApiEndpoint.post("begin", "/api/operations", {
      payload: Schema.Struct({
        action: OperationAction,
        ids: Schema.optionalKey(Schema.Array(Text)),
        filter: Schema.optionalKey(OperationFilter),
        reason: Reason,
        dryRun: Schema.optionalKey(Schema.Boolean)
      }),
      success: [TakenOperations.pipe(HttpApiSchema.status(202)), OperationPlan]
    })
      .annotate(NeedsRole, ["operator", "privacy"])
      .annotate(
        OpenApi.Description,
        "The same for many, by `ids` or `filter`. Durable, at OPERATION_RATE, can be stopped. `erase` needs the role `privacy`, everything else `operator`."
      ),
    HttpApiEndpoint.get("list", "/api/operations", {
      query: { limit: Schema.optionalKey(Limit), cursor: Schema.optionalKey(Text) },
      success: pageOf(OperationShown)
    }).annotate(OpenApi.Description, "The trail of everything that operators did, newest first."),
    HttpApiEndpoint.get("show", "/api/operations/:id", { params: id, success: OperationShown }).annotate(
      OpenApi.Description,
      "One operation and its failures."
    ),
    HttpApiEndpoint.post("stop", "/api/operations/:id/stop", { params: id, success: OperationShown })
      .annotate(NeedsRole, ["operator", "privacy"])
      .annotate(OpenApi.Description, "Stops a running operation. Whoever may start it may stop it.")
  )
  .annotate(OpenApi.Description, "Operations on many communications, and the trail.")
