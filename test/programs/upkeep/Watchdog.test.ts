import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Logger } from "effect"
import { TestClock } from "effect/testing"

import { stallLimit } from "../../../src/domain/vendor/retryDelay.ts"
import { journalMemory } from "../../../src/layers/journal/memory/JournalMemory.ts"
import { Journal } from "../../../src/services/Journal.ts"
import { formatLine } from "../../../src/telemetry/logs.ts"
import { record } from "../../domain/outbound/records.ts"
import type { Around } from "../../support/interposed.ts"
import { preparedWorld } from "../../support/scene.ts"
import type { World } from "../../support/World.ts"

/** A world that runs, and the lines that it logs from `Warn` up. */
const loggingWorld = Effect.fnUntraced(function* (around: Around = (_, effect) => effect) {
  const world = yield* preparedWorld()
  const lines: Array<Record<string, unknown>> = []
  const logger = Logger.map(formatLine, (line) => void lines.push(JSON.parse(line)))
  yield* Effect.provide(world.startWith(around), Logger.layer([logger]))
  const said = (message: string) => lines.filter((line) => line.message === message)
  return { world, said }
})

const working = (world: World, id: string, updatedAt: number, due?: number) =>
  Journal.use((journal) =>
    journal.append({
      id,
      seq: 0,
      facts: [{ _tag: "CaseIntended", at: updatedAt, body: {} }],
      view: {
        journey: "j",
        status: due === undefined ? "working" : "success",
        inDoubt: false,
        updatedAt,
        ...(due !== undefined && { due })
      },
      index: [],
      endings: []
    })
  ).pipe(Effect.provide(journalMemory(world.store)))

const minutes = (count: number) =>
  Effect.forEach(Array.from({ length: count }), () => TestClock.adjust("1 minute"), { discard: true })

const idsOf = (lines: ReadonlyArray<Record<string, unknown>>) => lines.map((line) => line.id_correlacao)

describe("the watchdog", () => {
  it("SPEC 4.3, 9.2: the budget is the longest way without a new fact", () => {
    const patience = {
      retry: { attempts: 5, maxDelay: 30_000 },
      serviceNow: { timeout: 65_000 },
      weni: { timeout: 15_000 }
    }
    assert.strictEqual(stallLimit(patience), 2 * 5 * (10_000 + 2 * 65_000 + 30_000) + 120_000)
  })

  it.effect(
    "DESIGN The ledger and the watchdog: a communication without progress beyond its budget is logged once, and again each hour",
    () =>
      Effect.gen(function* () {
        const { said, world } = yield* loggingWorld()
        const now = yield* Clock.currentTimeMillis
        const budget = stallLimit(world.settings)
        yield* working(world, "stuck", now - budget)
        yield* working(world, "patient", now)
        const message = "communication without progress for longer than its retry budget"
        yield* minutes(1)
        assert.deepInclude(yield* world.audit, { stalled: 1, stalledIds: ["stuck"] })
        yield* minutes(10)
        assert.deepStrictEqual(idsOf(said(message)), ["stuck"])
        assert.strictEqual(said(message)[0]?.level, "ERROR")
        yield* minutes(5)
        assert.deepStrictEqual(idsOf(said(message)), ["stuck"])
        yield* minutes(55)
        assert.deepStrictEqual(idsOf(said(message)), ["stuck", "patient", "stuck"])
      })
  )

  it.effect(
    "DESIGN The ledger and the watchdog: one query is not enough, since after an outage all are stalled for a moment",
    () =>
      Effect.gen(function* () {
        const { said, world } = yield* loggingWorld()
        const now = yield* Clock.currentTimeMillis
        yield* working(world, "late", now - stallLimit(world.settings))
        yield* minutes(1)
        world.store.communications.delete("late")
        yield* minutes(3)
        assert.deepStrictEqual(said("communication without progress for longer than its retry budget"), [])
      })
  )

  it.effect("DESIGN The ledger and the watchdog: what is due and not done for longer than the budget is an error", () =>
    Effect.gen(function* () {
      const { said, world } = yield* loggingWorld()
      const now = yield* Clock.currentTimeMillis
      yield* working(world, "overdue", now, now - stallLimit(world.settings))
      yield* minutes(3)
      assert.strictEqual((yield* world.audit).overdue, 1)
      assert.deepStrictEqual(idsOf(said("due work is overdue by more than its retry budget")), ["overdue"])
    })
  )

  it.effect("CONTRACT ctx_loops_late: a loop that completes no round is an error with its name, once an hour", () =>
    Effect.gen(function* () {
      const around: Around = (call, effect) =>
        call === "Journal.claimable" ? Effect.andThen(Effect.never, effect) : effect
      const { said, world } = yield* loggingWorld(around)
      const message = "background loop has not completed a round for minutes"
      const late = Effect.map(world.metrics, (all) => all.find(({ id }) => id === "ctx_loops_late")?.state)
      yield* minutes(5)
      assert.deepStrictEqual(said(message), [])
      yield* minutes(50)
      assert.deepStrictEqual(
        said(message).map(({ level, loop }) => [level, loop]),
        [["ERROR", "sweep of parked events"]]
      )
      assert.deepStrictEqual<unknown>(yield* late, { value: 1 })
      yield* minutes(15)
      assert.lengthOf(said(message), 2)
    })
  )

  it.effect("CONTRACT ctx_unaccounted: records without an ending are a warning with their offsets, once an hour", () =>
    Effect.gen(function* () {
      const { said, world } = yield* loggingWorld()
      const { in: topic } = world.settings.topics
      // The first check has ended. No check sees an ending that is gone before the next one.
      yield* TestClock.adjust("10 seconds")
      for (let count = 0; count < 5; count++) yield* world.produce(record({ cod_canais: ["sms"] }), { partition: 0 })
      yield* world.until(Effect.map(world.committed, ([offset]) => offset === 5))
      for (const offset of [0, 2, 3]) world.store.records.delete(`${topic}/0/${offset}`)
      yield* minutes(50)
      const message = "records below the committed offset have no ending"
      const lines = said(message).map(({ level, offsets, partition, unaccounted, ...line }) => ({
        level,
        offsets,
        partition,
        unaccounted,
        topic: line.topic
      }))
      assert.deepStrictEqual(lines, [{ level: "WARN", offsets: "0, 2-3", partition: 0, unaccounted: 3, topic }])
      yield* minutes(15)
      assert.lengthOf(said(message), 2)
    })
  )
})
