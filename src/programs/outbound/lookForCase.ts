import { Effect } from "effect"

import type { CaseKey } from "../../domain/outbound/caseKey.ts"
import { type CaseRow, type CaseSight, judgeLook, undecidedText } from "../../domain/outbound/caseLook.ts"
import type { AttemptReason } from "../../domain/vendor/failureReasons.ts"
import { type AttemptState, ServiceNow } from "../../services/ServiceNow.ts"
import { Settings } from "../../services/Settings.ts"
import { traced } from "../../telemetry/traced.ts"
import { makeRetryBudget, onceOnly, retrying } from "../vendor/retryBudget.ts"

/** A key that may not enter a query cannot be looked for. */
const refusedKey: CaseSight<CaseRow> = { _tag: "Blind", why: "control" }

/** Looks once for the Case with this key, and for the control in the same query (SPEC 4.3). Changes nothing. */
export const lookForCase = Effect.fnUntraced(function* (
  key: CaseKey,
  control: CaseKey | undefined,
  attemptState: AttemptState
): Effect.fn.Return<CaseSight<CaseRow>, AttemptReason, ServiceNow> {
  const serviceNow = yield* ServiceNow
  const answer = yield* serviceNow.lookForCase(key, control, attemptState)
  return answer === undefined ? refusedKey : judgeLook(key, control, answer)
})

/**
 * What one look for a Case proves (SPEC 4.3): that it exists, that there is none, or nothing. `detail` is in Portuguese
 * and names the field. `isBlind`: looks do not show existing Cases.
 */
export type SoughtCase =
  | { readonly _tag: "There" }
  | { readonly _tag: "None" }
  | { readonly _tag: "Undecided"; readonly detail: string; readonly isBlind: boolean }

/** Looks for the Case with this key, and for a Case that is known to exist, until a look is answered (SPEC 10.1). */
export const seekCase = Effect.fnUntraced(function* (key: CaseKey, control: CaseKey | undefined) {
  const retryBudget = makeRetryBudget("seekCase", yield* Settings)
  const sight = yield* retrying(retryBudget, (attemptState) => lookForCase(key, control, attemptState))
  if (sight._tag === "Found") return { _tag: "There" } satisfies SoughtCase
  if (sight._tag === "None") return { _tag: "None" } satisfies SoughtCase
  return {
    _tag: "Undecided",
    detail: undecidedText(key, sight),
    isBlind: sight._tag === "Blind"
  } satisfies SoughtCase
}, traced("ServiceNow.seekCase"))

/**
 * Looks once for a Case that exists. Returns whether it comes back with its whole key (SPEC 4.3). One attempt, because
 * its caller can do without the answer.
 */
export const showsCase = Effect.fnUntraced(function* (key: CaseKey) {
  const retryBudget = makeRetryBudget("showsCase", onceOnly(yield* Settings))
  const sight = yield* retrying(retryBudget, (attemptState) => lookForCase(key, undefined, attemptState))
  return sight._tag === "Found"
}, traced("ServiceNow.showsCase"))
