import { Effect, Layer, Schedule } from "effect"

import type { Vendor } from "../../domain/communication/Fact.ts"
import { BreakerCloses } from "../../services/BreakerCloses.ts"
import { Breakers } from "../../services/Breakers.ts"
import { catchNonInterrupt } from "../runtime/retryOnDefect.ts"
import { loopLimit, Rounds } from "./Rounds.ts"

const vendors: ReadonlyArray<Vendor> = ["servicenow", "weni"]

/**
 * Half-opens the breakers of vendors for which an operator has requested a retry since the last look. Returns the new
 * counts.
 */
const look = Effect.fnUntraced(function* (before: Readonly<Record<Vendor, number>> | undefined) {
  const breakers = yield* Breakers
  const { counts } = yield* BreakerCloses
  const now = yield* counts
  for (const vendor of vendors) {
    if (before === undefined || now[vendor] === before[vendor]) continue
    yield* Effect.logInfo(`circuit breaker of ${vendor}: retry requested by an operator`)
    yield* breakers[vendor].halfOpen
  }
  return now
})

/** Checks every two seconds whether an operator has requested a retry of a vendor (SPEC 11.6). */
export const BreakerWatch = Layer.effectDiscard(
  Effect.gen(function* () {
    const round = yield* (yield* Rounds).loop("breakers", loopLimit)
    let before: Readonly<Record<Vendor, number>> | undefined
    yield* Effect.suspend(() => look(before)).pipe(
      Effect.tap((now) =>
        Effect.sync(() => {
          before = now
        })
      ),
      Effect.andThen(round),
      catchNonInterrupt((cause) => Effect.logError("breaker requests could not be read, retrying", cause)),
      Effect.repeat(Schedule.spaced("2 seconds")),
      Effect.withTracerEnabled(false),
      Effect.forkScoped
    )
  })
)
