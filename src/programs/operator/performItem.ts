import { Effect } from "effect"

import type { OperationItem } from "../../services/Operations.ts"
import { Communications } from "../actors/Communications.ts"
import { ActionRefused, nothingWaits, type OrderedWithReason, underWay, noSuchCommunication } from "./ActionRefused.ts"
import { erase } from "./erase.ts"
import { type LettersByPlace, redriveLetter } from "./redriveLetter.ts"
import { requestRetry } from "./requestRetry.ts"
import { resolveDispatch } from "./resolveDispatch.ts"

/** Ends every step that waits for a vendor as a failure (SPEC 10.2). */
const end = Effect.fnUntraced(function* (id: string, { by, operation, reason }: OrderedWithReason) {
  const communications = yield* Communications
  const order = { reason, ...(by !== undefined && { by }), ...(operation !== undefined && { operation }) }
  const ended = yield* communications.end(id, order)
  switch (ended) {
    case "acted":
      return
    case "nothing":
      return yield* nothingWaits(id)
    case "unknown":
      return yield* noSuchCommunication(id)
    case "elsewhere":
      return yield* underWay(id)
  }
})

/**
 * Performs an operation on one of its items (SPEC 10.3). Idempotent: an operation acts once on each. Fails with
 * `ActionRefused` if it cannot, with `from` if it can later. `letters` reads the dead letters that the operation
 * redrives.
 */
export const performItem = Effect.fn("performItem")(function* (
  { id, operation }: Pick<OperationItem, "id" | "operation">,
  letters: Effect.Effect<LettersByPlace, ActionRefused> = Effect.succeed(new Map())
) {
  const { action, at, by, id: operationId, reason } = operation
  const ordered: OrderedWithReason = { at, by, reason, operation: operationId }
  switch (action) {
    case "retry":
      return yield* requestRetry(id, ordered)
    case "end":
      return yield* end(id, ordered)
    case "resend":
    case "sent":
    case "not_sent":
      return yield* resolveDispatch(id, action, ordered)
    case "redrive":
      return yield* redriveLetter(id, yield* letters, at)
    case "erase":
      return yield* erase(id, ordered)
    default:
      return yield* new ActionRefused({ id, reason: "UnknownAction", detail: `this version does not know ${action}` })
  }
})
