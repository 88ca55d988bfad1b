import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import manifest from "../../../package.json" with { type: "json" }
import { record } from "../../domain/outbound/records.ts"
import { operatorWith, serveOperators } from "../../support/operatorHttp.ts"
import { runningWorld } from "../../support/scene.ts"

const token = "bruno-token-0123456789"

interface Shown {
  readonly ok: boolean
  readonly problems: ReadonlyArray<{ readonly id: string; readonly count?: number; readonly runbook: string }>
  readonly inDoubt: { readonly count: number; readonly oldestAt?: number }
  readonly waiting: { readonly count: number; readonly writes: number }
  readonly deadLetters: { readonly count: number; readonly oldestAt?: number }
  readonly parked: { readonly count: number }
  readonly failures: ReadonlyArray<unknown>
  readonly flow: ReadonlyArray<{ readonly at: number; readonly orders: number; readonly failures: number }>
  readonly processes: ReadonlyArray<Readonly<Record<string, unknown>>>
  readonly breakers: Readonly<Record<"servicenow" | "weni", { readonly open: boolean }>>
  readonly unaccounted?: number
  readonly stalled?: number
  readonly overdue?: number
}

const orderOf = (number: string) => record({ "dados_jornada.num_pedido": number, "cliente.id": `cli-${number}` })

const shownBy = Effect.fnUntraced(function* (world: Parameters<typeof serveOperators>[0]) {
  const ask = yield* serveOperators(world, { operators: [operatorWith("bruno", token, ["viewer"])] })
  return Effect.gen(function* () {
    // Longer than an overview is shown, and than a process takes to report itself.
    yield* TestClock.adjust("6 seconds")
    const { body, status } = yield* ask("/api/overview", { token })
    assert.strictEqual(status, 200, JSON.stringify(body))
    return body as Shown
  })
})

it.effect("SPEC 12.6: a service without a problem is well, and lists its processes", () =>
  Effect.gen(function* () {
    const world = yield* runningWorld()
    yield* world.produce(orderOf("PED-1"), { partition: 0 })
    yield* world.responded(1)
    const overview = yield* yield* shownBy(world)
    assert.deepStrictEqual([overview.ok, overview.problems], [true, []])
    const { overdue, stalled, unaccounted } = overview
    assert.deepStrictEqual({ overdue, stalled, unaccounted }, { overdue: 0, stalled: 0, unaccounted: 0 })
    assert.deepStrictEqual(
      [overview.inDoubt, overview.waiting, overview.parked, overview.deadLetters],
      [{ count: 0 }, { count: 0, writes: 0 }, { count: 0 }, { count: 0 }]
    )
    const [process = {}, ...others] = overview.processes
    assert.deepStrictEqual(others, [])
    assert.include(process, { version: manifest.version, ready: true, inFlight: 0 })
    assert.isAtLeast((process.partitions as ReadonlyArray<unknown>).length, 2)
    assert.isFalse(overview.breakers.servicenow.open)
    assert.lengthOf(overview.flow, 60)
    assert.strictEqual(
      overview.flow.reduce((sum, { orders }) => sum + orders, 0),
      1
    )
  })
)

it.effect("SPEC 12.6: while the audit does not answer, its counts are left out and reported as a problem", () =>
  Effect.gen(function* () {
    const world = yield* runningWorld()
    const runtimeStatus = { ...world.runtimeStatus, intake: Effect.succeedNone }
    const overview = yield* yield* shownBy({ ...world, runtimeStatus })
    assert.doesNotHaveAnyKeys(overview, ["unaccounted", "stalled", "overdue"])
    assert.deepStrictEqual(
      overview.problems.map(({ id }) => id),
      ["audit"]
    )
  })
)

it.effect(
  "SPEC 12.5, 12.6: doubts, dead letters and failures are counted, reported as problems, and lead to the manual",
  () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.weni.faults.add({ kind: "status", status: 400 })
      yield* world.produce(orderOf("PED-1"), { partition: 0 })
      yield* world.responded(1)
      yield* world.weni.faults.add({ kind: "drop", when: "after" })
      yield* world.produce(orderOf("PED-2"), { partition: 0 })
      yield* world.responded(2)
      yield* world.produce("not json", { partition: 0 })
      yield* world.ended(3)
      const overview = yield* yield* shownBy(world)
      assert.isFalse(overview.ok)
      assert.deepStrictEqual(
        overview.problems.map(({ count, id }) => [id, count]),
        [
          ["in_doubt", 1],
          ["dead_letters", 1]
        ]
      )
      assert.strictEqual(overview.problems[0]?.runbook, "docs/operations.md#in-doubt")
      assert.isNumber(overview.inDoubt.oldestAt)
      assert.isNumber(overview.deadLetters.oldestAt)
      assert.deepStrictEqual(overview.failures, [
        { codigo: "HTTP_400", journey: "pedido_entregue_amanha", count: 1, channel: "whatsapp" },
        { codigo: "INDETERMINADO", journey: "pedido_entregue_amanha", count: 1, channel: "whatsapp" },
        { codigo: "MENSAGEM_INVALIDA", journey: "desconhecida", count: 1, channel: "record" }
      ])
      assert.strictEqual(
        overview.flow.reduce((sum, { failures }) => sum + failures, 0),
        3
      )
    })
)
