import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"

import type { World } from "../../support/World.ts"
import { event, notesOf, reply, sentWorld } from "../inbound/scene.ts"
import { crashAt } from "./crashAt.ts"

const minute = 60_000
const away = { kind: "status", status: 503, times: -1 } as const
const alone = { alone: true, settings: { breaker: { failures: 1 } } } as const

const pass = Effect.fnUntraced(function* (world: World, millis: number) {
  const end = (yield* Clock.currentTimeMillis) + millis
  yield* world.until(
    Effect.map(Clock.currentTimeMillis, (now) => now >= end),
    500
  )
})

const eventos = (world: World) => Effect.map(world.responses, (all) => all.map(({ evento }) => String(evento)))

describe("events that wait behind a held write", () => {
  it.effect("SPEC 9.2, 8.9: a NÃO that has replaced a held close is written when ServiceNow is back", () =>
    Effect.gen(function* () {
      const opens = Date.parse("2025-10-01T11:00:00Z")
      const world = yield* sentWorld({
        ...alone,
        at: opens - 2 * minute,
        record: { tims_evento: "2025-10-01T07:58:00-03:00" }
      })
      yield* world.answer(reply("SIM"))
      yield* world.responded(2)
      yield* world.serviceNow.faults.add(away)
      yield* pass(world, 5 * minute)
      yield* world.answer(reply("NÃO"))
      yield* pass(world, 5 * minute)
      yield* world.serviceNow.faults.clear
      yield* pass(world, 5 * minute)
      assert.deepStrictEqual(yield* eventos(world), ["comunicacao", "retorno_sim", "retorno_nao"])
    })
  )

  it.effect("SPEC 9.2, 9.3: all are written once, wherever the process that continues them crashes", () => {
    const run = Effect.fnUntraced(function* (death: number) {
      const world = yield* sentWorld(alone)
      yield* world.serviceNow.faults.add(away)
      yield* world.answer(event("entregue"), { partition: 0 })
      yield* world.answer(reply("NÃO"), { partition: 0 })
      yield* world.until(
        Effect.map(world.inboundCommitted, ([offset]) => offset === 2),
        500
      )
      yield* world.process.stop
      yield* world.serviceNow.faults.clear
      const { around, count, crashed } = crashAt(death)
      const process = yield* world.startWith(around)
      const done = Effect.map(world.responses, (all) => all.length === 3)
      yield* world.until(
        Effect.map(Effect.all([crashed, done]), ([dead, over]) => dead || over),
        250
      )
      const boundaries = count()
      yield* process.kill
      yield* world.start
      yield* pass(world, 5 * minute)
      assert.sameMembers(
        [...new Set(yield* eventos(world))],
        ["comunicacao", "entregue", "retorno_nao"],
        `death at ${death}`
      )
      assert.lengthOf(yield* notesOf(world), 2, `death at ${death}`)
      return boundaries
    })
    const isolated = (death: number) =>
      run(death).pipe(Effect.scoped, Effect.provide(TestClock.layer(), { local: true }))
    return Effect.gen(function* () {
      const boundaries = yield* isolated(0)
      for (let death = 1; death <= boundaries; death++) yield* isolated(death)
    })
  })

  it.effect(
    "SPEC 6.2, 9.3: a note that a crashed process had sent is looked for, whatever else was held meanwhile",
    () =>
      Effect.gen(function* () {
        const world = yield* sentWorld({ settings: { breaker: { failures: 2 }, retry: { attempts: 1 } } })
        yield* world.serviceNow.faults.add({ kind: "status", status: 500, match: { method: "PATCH" } })
        yield* world.answer(event("entregue"), { partition: 0 })
        yield* world.responded(2)
        yield* world.serviceNow.faults.add({ kind: "timeout", when: "after", match: { method: "PATCH" } })
        yield* world.answer(reply("talvez"), { partition: 0 })
        yield* world.until(Effect.map(notesOf(world), ({ length }) => length === 1))
        yield* world.process.kill
        yield* world.serviceNow.faults.add({ kind: "refuse", times: -1 })
        // Another process finds the retry of the first event due before the second one is delivered again.
        yield* TestClock.setTime((yield* Clock.currentTimeMillis) + 10 * minute)
        const [first] = yield* world.inboundCommitted
        const group = world.broker.broker.group(world.settings.kafka.groupId)
        group.commit(world.settings.topics.inbound, 0, (first ?? 0) + 1)
        yield* world.start
        yield* pass(world, 45 * minute)
        yield* world.serviceNow.faults.clear
        yield* world.answer(event("lida", { timestamp: "2025-09-30T15:33:02Z" }), { partition: 1 })
        yield* pass(world, 5 * minute)
        const notes = yield* notesOf(world)
        assert.lengthOf(
          notes.filter((note) => note.includes("talvez")),
          1
        )
      })
  )
})
