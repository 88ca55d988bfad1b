import { Effect, Latch, Layer, Ref } from "effect"

import { DatabaseStatus } from "../../services/DatabaseStatus.ts"
import { answersInTime } from "./answersInTime.ts"

const make = Effect.gen(function* () {
  const known = yield* Ref.make({ probe: Effect.succeed(false), holder: false, detail: "starting" })
  const latch = yield* Latch.make(false)

  return DatabaseStatus.of({
    state: Effect.gen(function* () {
      const { probe, holder, detail } = yield* Ref.get(known)
      return { reachable: yield* answersInTime(probe), holder, detail }
    }),
    holding: latch.await,
    report: Effect.fnUntraced(function* (report) {
      yield* Ref.update(known, (before) => ({ ...before, ...report }))
      if (report.holder !== undefined) yield* report.holder ? latch.open : latch.close
    })
  })
})

/** Built at once, whether or not there is a database: not a holder until a database layer reports otherwise. */
export const DatabaseStatusRef = Layer.effect(DatabaseStatus, make)
