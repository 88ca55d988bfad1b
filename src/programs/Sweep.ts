import { Clock, Effect, Fiber } from "effect"
import { Singleton } from "effect/cluster"

import { catchFailure } from "./catchFailure.ts"
import { Rounds, soon } from "./Rounds.ts"
import { sweepDue } from "./sweepDue.ts"
import { sweepParked } from "./sweepParked.ts"
import { type Look, makeWorking, type Working } from "./Working.ts"

const nothing: Look = { begun: [], full: false }

/** A look that fails is logged, and the next one comes all the same. */
const looked = catchFailure((cause) => Effect.as(Effect.logError("the sweep failed; tried again", cause), nothing))

/** For ever: looks, and rests as long as `rest` says of a look that took so many milliseconds, or, when a look was full, no longer than its work takes. */
const looking = <E, R>(
  name: string,
  look: (working: Working) => Effect.Effect<Look, E, R>,
  rest: (took: number) => number
) =>
  Effect.gen(function* () {
    const working = yield* makeWorking
    const round = yield* (yield* Rounds).loop(name, soon)
    return yield* Effect.gen(function* () {
      const start = yield* Clock.currentTimeMillis
      const { begun, full } = yield* looked(look(working))
      yield* round
      const pause = Effect.sleep(rest((yield* Clock.currentTimeMillis) - start))
      yield* full && begun.length > 0 ? Effect.raceFirst(Effect.asVoid(Fiber.awaitAll(begun)), pause) : pause
    }).pipe(Effect.forever, Effect.forkScoped)
  })

/**
 * A look at the events of strangers costs the database more: it takes a twentieth of its time at most. A look that waited for a
 * database that was away took long and cost nothing: of two looks in a row the shorter one tells, and no rest is longer than a minute.
 */
const restOfParked = () => {
  let before = 0
  return (took: number) => {
    const cost = Math.min(took, before)
    before = took
    return Math.min(60_000, Math.max(5000, 20 * cost))
  }
}

/**
 * What no record will bring back is found here, by one of the processes that run (DESIGN "The sweep"): what is due within a second,
 * parked events within five.
 */
export const Sweep = Singleton.make(
  "Sweep",
  Effect.suspend(() =>
    Effect.andThen(
      looking("sweep of what is due", sweepDue, () => 1000),
      looking("sweep of parked events", sweepParked, restOfParked())
    )
  )
)
