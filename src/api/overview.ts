import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"

import { NeedsRole } from "./access.ts"
import { Reason, Text, Time, WaitingCount } from "./values.ts"

/** Whether calls to a vendor wait: `open` in any process. */
export const VendorBreaker = Schema.Struct({ open: Schema.Boolean, detail: Schema.String })

const Breakers = Schema.Struct({ servicenow: VendorBreaker, weni: VendorBreaker })

/** What is wrong, in words, and the heading of `docs/operations.md` that says what to do. */
const OverviewProblem = Schema.Struct({
  id: Schema.String,
  text: Schema.String,
  count: Schema.optionalKey(Schema.Int),
  link: Schema.optionalKey(Schema.String),
  runbook: Schema.String
})

/** One replica, as it last reported itself. */
const ProcessShown = Schema.Struct({
  id: Schema.String,
  version: Schema.String,
  startedAt: Time,
  seenAt: Time,
  ready: Schema.Boolean,
  partitions: Schema.Array(Schema.Struct({ topic: Schema.String, partition: Schema.Int })),
  inFlight: Schema.Int,
  breakers: Breakers
})

/** The state of the whole service, of all replicas together. */
export const Overview = Schema.Struct({
  at: Time,
  ok: Schema.Boolean,
  problems: Schema.Array(OverviewProblem),
  kafka: Schema.Array(Schema.Struct({ topic: Schema.String, lag: Schema.Int, oldestAt: Schema.optionalKey(Time) })),
  inFlight: Schema.Int,
  breakers: Breakers,
  inDoubt: WaitingCount,
  /** `writes`: how many of them are writes on a Case. */
  waiting: Schema.Struct({ ...WaitingCount.fields, writes: Schema.Int }),
  parked: WaitingCount,
  deadLetters: WaitingCount,
  /** In the last 24 hours. */
  failures: Schema.Array(
    Schema.Struct({
      codigo: Schema.String,
      channel: Schema.Literals(["whatsapp", "itsm", "record"]),
      journey: Schema.String,
      count: Schema.Int
    })
  ),
  /** The last 60 minutes, one entry for each. */
  flow: Schema.Array(Schema.Struct({ at: Time, orders: Schema.Int, events: Schema.Int, failures: Schema.Int })),
  /** As in the audit. Absent while it does not answer: 0 would say that all is well. */
  unaccounted: Schema.optionalKey(Schema.Int),
  stalled: Schema.optionalKey(Schema.Int),
  overdue: Schema.optionalKey(Schema.Int),
  processes: Schema.Array(ProcessShown)
})

export const OverviewApi = HttpApiGroup.make("overview")
  .add(
    HttpApiEndpoint.get("overview", "/api/overview", { success: Overview }).annotate(
      OpenApi.Description,
      "The state of the whole service in one answer."
    )
  )
  .annotate(OpenApi.Description, "The state of the whole service.")

/** Not a literal: in a union of bodies, a wrong literal would hide which field is wrong. */
const Close = Schema.String.check(Schema.makeFilter((text: string) => text === "close", { expected: '"close"' }))

export const BreakersApi = HttpApiGroup.make("breakers")
  .add(
    HttpApiEndpoint.post("close", "/api/breakers/:vendor", {
      params: Schema.Struct({ vendor: Schema.Literals(["servicenow", "weni"]) }),
      payload: Schema.Struct({ action: Close, reason: Reason }),
      success: Breakers
    })
      .annotate(NeedsRole, ["operator"])
      .annotate(OpenApi.Description, "Every process tries this vendor again within 5 s, with one call as the probe.")
  )
  .annotate(OpenApi.Description, "The circuit breakers.")

/** The counts of one log of a partition (SPEC 9.10). */
const auditedFields = {
  ended: Schema.Int,
  skipped: Schema.Int,
  unaccounted: Schema.Int,
  undelivered: Schema.Int,
  first: Schema.Int,
  missing: Schema.optionalKey(Schema.Array(Schema.Struct({ first: Schema.Int, last: Schema.Int }))),
  generation: Schema.optionalKey(Schema.Int),
  cluster: Schema.optionalKey(Schema.String),
  began: Schema.optionalKey(Schema.Struct({ at: Schema.String, reason: Schema.Literals(["another_log", "cut"]) }))
}

/** CONTRACT `GET /api/audit`. */
const AuditShown = Schema.Struct({
  topics: Schema.Array(
    Schema.Struct({
      topic: Schema.String,
      partition: Schema.Int,
      committed: Schema.Int,
      earliest: Schema.Int,
      ...auditedFields,
      ahead: Schema.optionalKey(Schema.Int),
      earlier: Schema.optionalKey(Schema.Array(Schema.Struct({ ...auditedFields, next: Schema.Int })))
    })
  ),
  unaccounted: Schema.Int,
  ahead: Schema.Int,
  stalled: Schema.Int,
  overdue: Schema.Int,
  /** The ids of the stalled and overdue communications, or the `ref` of an id that holds personal data. */
  stalledIds: Schema.optionalKey(Schema.Array(Schema.String)),
  overdueIds: Schema.optionalKey(Schema.Array(Schema.String)),
  unreached: Schema.optionalKey(
    Schema.Array(Schema.Struct({ topic: Schema.String, partitions: Schema.Array(Schema.Int), reason: Schema.String }))
  )
})

export const AuditApi = HttpApiGroup.make("audit")
  .add(
    HttpApiEndpoint.get("audit", "/api/audit", { success: AuditShown }).annotate(
      OpenApi.Description,
      "The committed offsets held against how each record ended. `unaccounted` must be 0."
    ),
    HttpApiEndpoint.post("settle", "/api/audit/settle", {
      payload: Schema.Struct({
        topic: Text,
        partition: Schema.Int,
        generation: Schema.optionalKey(Schema.Int),
        first: Schema.Int,
        last: Schema.Int,
        reason: Reason
      }),
      success: AuditShown
    })
      .annotate(NeedsRole, ["operator"])
      .annotate(
        OpenApi.Description,
        "Somebody has dealt with these records without an ending, `last` included: the audit no longer counts them. 409 unless each is unaccounted for. In the trail."
      )
  )
  .annotate(OpenApi.Description, "Whether every record is accounted for.")
