import { assert, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"

import { makeLocks } from "../../support/Locks.ts"
import { fixtureId, preparedWorld, writes } from "../../support/scene.ts"
import { fixture } from "../../support/World.ts"
import { reply, responsesTo } from "../inbound/scene.ts"
import { crashAt } from "./crashAt.ts"

const opens = Date.parse("2025-10-01T11:00:00Z")

/**
 * Two processes share a scheduled close. The one that does it crashes at its `n`-th boundary. Returns for how many
 * seconds the close then stands still.
 */
const takeover = Effect.fnUntraced(function* (n: number) {
  const world = yield* preparedWorld({ at: opens - 120_000, settings: { tcpOrphanTimeout: 1000 } })
  const first = yield* world.start
  yield* world.produce(fixture("comunicacaoTransacional.json"), { partition: 0 })
  yield* world.responded(1)
  yield* world.answer(reply("SIM", { context: { id_contexto: fixtureId } }), { partition: 0 })
  yield* world.responded(2)
  yield* TestClock.adjust("3 seconds")
  yield* first.stop
  yield* TestClock.setTime(opens - 10_000)

  const locks = makeLocks()
  const [one, other] = [yield* locks.process, yield* locks.process]
  const { around, count, crashed } = crashAt(n)
  const done = Effect.map(responsesTo(world, "fechamento"), (all) => all.length > 0)
  yield* world.startOwning(one.layer, around)
  yield* world.until(Effect.map(Effect.all([crashed, done]), (either) => either.includes(true)))
  const died = yield* Clock.currentTimeMillis
  const sent = (yield* writes(world.serviceNow)).some(({ body }) => body?.includes("Caso encerrado"))
  const mayAppear = !sent && (yield* world.facts(fixtureId)).at(-1)?._tag === "CloseIntended"
  yield* one.die
  yield* world.startOwning(other.layer)
  yield* world.until(done)
  return { boundaries: count(), died, mayAppear, seconds: ((yield* Clock.currentTimeMillis) - died) / 1000 }
})

const isolated = (n: number) => takeover(n).pipe(Effect.scoped, Effect.provide(TestClock.layer(), { local: true }))

it.effect(
  "SPEC 8.8, 9.3: a close whose process crashed stands still for seconds, unless its PATCH may still appear",
  () =>
    Effect.gen(function* () {
      const { boundaries } = yield* isolated(0)
      assert.isAbove(boundaries, 10)
      for (let n = 1; n <= boundaries; n++) {
        const { died, mayAppear, seconds } = yield* isolated(n)
        if (died < opens) continue
        assert.isAtMost(seconds, mayAppear ? 140 : 8, `boundary ${n}`)
      }
    })
)
