import { Schema } from "effect"

import { longestReason, reasonProblem } from "../domain/communication/Decision.ts"
import { isCodigo } from "../domain/values/codigo.ts"
import { parseSince } from "../domain/values/since.ts"

/** Epoch milliseconds. */
export const Time = Schema.Number

/** A JSON object whose fields the contract does not fix. */
export const AnyObject = Schema.JsonObject

/** The database cannot store text with this character. */
const nul = "\0"

/** Why an operator does something: 1 to 500 characters without NUL, for the trail. */
export const Reason = Schema.String.check(
  Schema.makeFilter((text: string) => reasonProblem(text) === undefined && !text.includes(nul), {
    expected: `a reason of 1 to ${longestReason} characters without NUL`
  })
)

/** ISO 8601 with a zone, or a time before now such as `24h`, `30m` or `7d`. */
export const Since = Schema.String.check(
  Schema.makeFilter((text: string) => parseSince(text, 0) !== undefined, {
    expected: "an ISO 8601 time with a zone, or a duration such as 24h"
  })
)

/** How many items a page has: 1 to 200. */
export const Limit = Schema.Int.check(
  Schema.makeFilter((limit: number) => limit >= 1 && limit <= 200, { expected: "a whole number from 1 to 200" })
)

/** A text that is not blank, without NUL. */
export const Text = Schema.String.check(
  Schema.makeFilter((text: string) => text.trim() !== "" && !text.includes(nul), {
    expected: "a text that is not blank and without NUL"
  })
)

/** The `codigo` of a failure. */
export const Codigo = Schema.String.check(
  Schema.makeFilter(isCodigo, { expected: "a codigo such as TIMEOUT or HTTP_500" })
)

/** One page: `next` is the cursor of the page after it, `null` at the end. */
export const pageOf = <S extends Schema.Top>(item: S) =>
  Schema.Struct({ items: Schema.Array(item), next: Schema.NullOr(Schema.String) })

/** The place of a record in Kafka. */
export const RecordPlace = Schema.Struct({
  topic: Schema.String,
  partition: Schema.Int,
  offset: Schema.Int,
  generation: Schema.optionalKey(Schema.Int)
})

/** How many there are, and since when the oldest one has been waiting. */
export const WaitingCount = Schema.Struct({ count: Schema.Int, oldestAt: Schema.optionalKey(Time) })
