import { Clock, Effect } from "effect"

import type { Decision } from "../../domain/communication/Decision.ts"
import { takeDecision } from "../../programs/operator/takeAction.ts"
import { actorOf, communicationOf, refusedAction } from "./actions.ts"
import { whenRunning } from "./RunningService.ts"

interface Asked {
  readonly params: { readonly id: string }
  readonly payload: { readonly decision: Decision; readonly reason: string }
}

/** CONTRACT `POST /api/communications/{id}/whatsapp`. */
export const decide = ({ params, payload: { decision, reason } }: Asked) =>
  whenRunning(
    Effect.gen(function* () {
      const at = yield* Clock.currentTimeMillis
      const id = yield* communicationOf(params.id)
      const actor = { ...(yield* actorOf(reason)), at }
      const operation = yield* Effect.mapError(takeDecision(decision, id, actor), refusedAction)
      return { operation: operation.id }
    })
  )
