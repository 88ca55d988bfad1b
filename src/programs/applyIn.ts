import { Effect } from "effect"

import { Communications } from "./Communications.ts"
import type { Correlated } from "./correlate.ts"
import type { EventOfRecord } from "./parkedEvent.ts"
import { originOf } from "./refuse.ts"
import type { RefusedEvent } from "./refuseEvents.ts"

/** How an event ended in its communication; `undefined` when that is not there, a refusal is still to be published. */
export const applyIn = Effect.fnUntraced(function* ({ event, index, record }: EventOfRecord, whose: Correlated) {
  const communications = yield* Communications
  const { adopt, id } = whose
  const applied = yield* communications.apply(id, { origin: originOf(record), index, event, ...(adopt && { adopt }) })
  if (applied === "unknown") return undefined
  const ended: "applied" | RefusedEvent = applied === "applied" ? applied : { refusal: applied, id, index }
  return ended
})
