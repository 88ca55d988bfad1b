import { Clock, Effect } from "effect"

import type { Json } from "../domain/Canal.ts"
import type { FactOf } from "../domain/Fact.ts"
import { once } from "./Communication.ts"
import { writeOnCase } from "./writeOnCase.ts"

/** The PATCHes of an event's plan, each once; `resumed`: a run that died may have sent them. */
export const carryOut = Effect.fnUntraced(function* (planned: FactOf<"EventPlanned">, resumed: boolean) {
  const { key, patches } = planned
  const write = Effect.fnUntraced(function* (patch: Json, index: number) {
    const outcome = yield* writeOnCase({ of: "event", key, index }, patch, resumed ? "died" : "none")
    const at = yield* Clock.currentTimeMillis
    return { _tag: "EventWritten", at, key, index, ...outcome } satisfies FactOf<"EventWritten">
  })
  // A PATCH under way at a stop ends and is remembered (SPEC 9.4).
  yield* Effect.forEach(patches, (patch, index) =>
    Effect.uninterruptible(once((state) => state.events.byKey.get(key)?.written.get(index), write(patch, index)))
  )
})
