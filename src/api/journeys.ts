import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"

import { AnyObject } from "./values.ts"

/** A journey in force. `journey` has its fields as the service read them from the file, defaults filled in. */
export const JourneyShown = Schema.Struct({
  name: Schema.String,
  /** It is used for every journey that the file does not name. */
  default: Schema.Boolean,
  journey: AnyObject
})

const exactlyOne = Schema.makeFilter(
  (payload: { readonly record?: unknown; readonly event?: unknown }) =>
    (payload.record === undefined) !== (payload.event === undefined),
  { expected: "either record or event" }
)

/** What the service would do. Personal data is masked. */
export const PreviewResult = Schema.Struct({
  kind: Schema.Literals(["record", "event"]),
  /** `new`, `repeat`, `conflict`, `invalid`, `skipped`, `expired`, `unknown_journey`, `applied`, `parked`, `duplicate`. */
  verdict: Schema.String,
  id: Schema.optionalKey(Schema.String),
  journey: Schema.optionalKey(Schema.String),
  /** Every problem of an invalid record, with its path. */
  problems: Schema.Array(Schema.Struct({ path: Schema.String, text: Schema.String })),
  warnings: Schema.Array(Schema.String),
  /** The decoded fields. */
  decoded: Schema.optionalKey(AnyObject),
  /** How the customer would be searched for. */
  consumer: Schema.optionalKey(AnyObject),
  /** The body that would open the Case. */
  case: Schema.optionalKey(AnyObject),
  /** The body that would go to Weni. */
  message: Schema.optionalKey(AnyObject),
  /** The bodies that would change the Case. */
  patches: Schema.optionalKey(Schema.Array(AnyObject)),
  /** The response that would be published if every call succeeded. */
  response: Schema.optionalKey(AnyObject),
  /** Each event of a record that has several. */
  events: Schema.optionalKey(Schema.Array(AnyObject))
})

export const JourneysApi = HttpApiGroup.make("journeys")
  .add(
    HttpApiEndpoint.get("list", "/api/journeys", {
      success: Schema.Struct({ items: Schema.Array(JourneyShown) })
    }).annotate(OpenApi.Description, "The journeys in force."),
    HttpApiEndpoint.post("preview", "/api/preview", {
      payload: Schema.Struct({
        record: Schema.optionalKey(Schema.Json),
        event: Schema.optionalKey(Schema.Json)
      }).check(exactlyOne),
      success: PreviewResult
    }).annotate(
      OpenApi.Description,
      "What the service would do with a record or an event: an object, or text for what is not JSON. Makes no calls and stores nothing."
    )
  )
  .annotate(OpenApi.Description, "The journeys, and what would happen.")
