import { Schema } from "effect"

import { decodeOrder } from "./decode.ts"

const text = Schema.String.check(Schema.isMinLength(1, { message: "a text that is not empty" }))

const isPattern = (source: string) => {
  try {
    return new RegExp(source, "u") instanceof RegExp
  } catch {
    return false
  }
}

const Match = Schema.Struct({
  /** In any case. */
  method: Schema.optionalKey(text),
  /** A prefix of the path if it begins with `/`, otherwise a regular expression. */
  path: Schema.optionalKey(
    text.check(Schema.makeFilter((path) => path.startsWith("/") || isPattern(path) || "a path or a regular expression"))
  ),
  /** A text in the body, or in the decoded query (`name=value&…`). */
  contains: Schema.optionalKey(text),
  /** The communication: `id_contexto` or `u_id_correlacao` in the body, or that of the Case that the path names. */
  id: Schema.optionalKey(text)
})

const milliseconds = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 86_400_000 }))

const kinds = [
  "status",
  "timeout",
  "drop",
  "refuse",
  "html",
  "login",
  "accepted202",
  "slow",
  "garbage",
  "errorKey",
  "lateInsert",
  "limit"
] as const

/** One requested fault. Without `match` it fits every request. Without `times` it happens once. */
export const FaultRule = Schema.Struct({
  match: Schema.optionalKey(Match),
  /** -1: always. */
  times: Schema.optionalKey(
    Schema.Int.check(Schema.makeFilter((times) => times >= 1 || times === -1 || "1 or more, or -1 for always"))
  ),
  /**
   * Milliseconds after the rule was added during which it applies. Without it, the rule applies until it is used up.
   */
  forMs: Schema.optionalKey(milliseconds),
  /** Milliseconds after each fault in which no request meets the rule again. */
  pauseMs: Schema.optionalKey(milliseconds),
  /** The share of fitting requests that meet it. Decided by `seed`, so that a run can be repeated. */
  probability: Schema.optionalKey(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))),
  seed: Schema.optionalKey(Schema.Int),
  /**
   * When the fault comes: `before` the effect, which then never happens (default); `after` it; or the effect comes
   * `later`, `delayMs` after the fault.
   */
  when: Schema.optionalKey(Schema.Literals(["before", "after", "later"])),
  kind: Schema.Literals(kinds),
  /** Required for `status`. For `errorKey`, replaces 200. */
  status: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 200, maximum: 599 }))),
  /** For `limit`: how many fitting requests are let through in each second of the clock. */
  perSecond: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100_000 }))),
  /** For `limit`: how the answer states when to come back. Default: `retry-after`. */
  hint: Schema.optionalKey(Schema.Literals(["retry-after", "reset-epoch", "reset-delta", "none"])),
  /** For `status`: sent as it is, an object as JSON. Default: the vendor's own error body. */
  body: Schema.optionalKey(Schema.Union([Schema.String, Schema.Record(Schema.String, Schema.Unknown)])),
  /** For `status`. */
  headers: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
  /** For `slow` and `lateInsert`, and with `when: "later"`. */
  delayMs: Schema.optionalKey(milliseconds)
}).check(
  Schema.makeFilter((rule) => {
    if (rule.kind === "status" && rule.status === undefined) {
      return { path: ["status"], issue: "an HTTP status with kind status" }
    }
    if (rule.kind === "limit" && rule.perSecond === undefined) {
      return { path: ["perSecond"], issue: "requests per second with kind limit" }
    }
    const delayed = rule.kind === "slow" || rule.kind === "lateInsert" || rule.when === "later"
    return !delayed || rule.delayMs !== undefined
      ? undefined
      : { path: ["delayMs"], issue: "milliseconds with kind slow or lateInsert, or when later" }
  })
)
export type FaultRule = typeof FaultRule.Type

/** A rule that was added. `remaining` is -1 for one without end, and 0 for one that is used up. */
export interface AddedFault extends FaultRule {
  readonly id: number
  readonly remaining: number
  readonly fired: number
}

export const decodeFaultRule = decodeOrder(FaultRule)
