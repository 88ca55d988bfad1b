import { assert, it } from "@effect/vitest"
import { Effect } from "effect"

import { countInDoubt } from "../../../src/layers/journal/memory/store.ts"
import { record } from "../../domain/outbound/records.ts"
import { defaultJourneys } from "../../support/defaultJourneys.ts"
import { runningWorld } from "../../support/scene.ts"
import { type World } from "../../support/World.ts"

/** The series of one counter, by their labels. */
const counts = (world: World, name: string) =>
  Effect.map(world.metrics, (all) =>
    Object.fromEntries(
      all.flatMap((metric) =>
        metric.id === name && metric.type === "Counter"
          ? [[Object.values(metric.attributes ?? {}).join(" "), Number(metric.state.count)]]
          : []
      )
    )
  )

/** How often each step was measured, and the seconds that all took together. */
const steps = (world: World) =>
  Effect.map(world.metrics, (all) =>
    Object.fromEntries(
      all.flatMap((metric) =>
        metric.id === "ctx_step_duration_seconds" && metric.type === "Histogram"
          ? [[Object.values(metric.attributes ?? {}).join(" "), [metric.state.count, metric.state.sum]]]
          : []
      )
    )
  )

const topic = "comunicacaoTransacional"

it.effect("SPEC 2.7, CONTRACT GET /metrics: communications, dead letters and skips are counted by label", () =>
  Effect.gen(function* () {
    const world = yield* runningWorld()
    yield* world.weni.faults.add({ kind: "status", status: 400, match: { id: "b" } })
    const records = [
      record({ id_correlacao: "a" }),
      record({ id_correlacao: "b" }),
      // A repeat and a conflict are not communications of their own.
      record({ id_correlacao: "a" }),
      record({ id_correlacao: "a", cod_canais: ["itsm"] }),
      record({ id_correlacao: "c", cod_jornada: "inventada" }),
      record({ id_correlacao: "d", cod_jornada: "inventada tambem" }),
      record({ cod_canais: ["sms"] }),
      "{"
    ]
    for (const value of records) yield* world.produce(value, { partition: 0 })
    yield* world.ended(records.length)
    yield* world.until(Effect.map(world.committed, ([offset]) => offset === records.length))
    assert.deepStrictEqual(yield* counts(world, "ctx_communications_total"), {
      "pedido_entregue_amanha success": 1,
      "pedido_entregue_amanha partial_success": 1,
      "desconhecida failure": 2
    })
    assert.deepStrictEqual(yield* counts(world, "ctx_dead_letters_total"), {
      [`${topic} MENSAGEM_INVALIDA`]: 1,
      [`${topic} JORNADA_DESCONHECIDA`]: 2
    })
    assert.deepStrictEqual(yield* counts(world, "ctx_skipped_total"), { [`${topic} outro_canal`]: 1 })
  })
)

it.effect("SPEC 2.6, CONTRACT GET /metrics: a journey that runs as the default is still desconhecida", () =>
  Effect.gen(function* () {
    const world = yield* runningWorld({ journeys: `${defaultJourneys}\ndefault: pedido_entregue_amanha\n` })
    yield* world.produce(record({ cod_jornada: "inventada" }))
    yield* world.responded(1)
    yield* world.ended(1)
    assert.deepStrictEqual(yield* counts(world, "ctx_communications_total"), { "desconhecida success": 1 })
  })
)

it.effect("CONTRACT GET /metrics: each step's duration is measured, retries included", () =>
  Effect.gen(function* () {
    const world = yield* runningWorld()
    yield* world.serviceNow.faults.add({ kind: "slow", delayMs: 2000, match: { path: "/api/now/table/csm_" } })
    yield* world.serviceNow.faults.add({ kind: "slow", delayMs: 3000, match: { method: "POST" } })
    yield* world.weni.faults.add({ kind: "status", status: 503, headers: { "retry-after": "4" } })
    yield* world.serviceNow.faults.add({ kind: "slow", delayMs: 1000, match: { method: "PATCH" } })
    yield* world.produce(record())
    yield* world.responded(1)
    yield* world.ended(1)
    assert.deepStrictEqual(yield* steps(world), {
      consumer: [1, 2],
      case: [1, 5],
      dispatch: [1, 4],
      note: [1, 1],
      response: [1, 0]
    })
  })
)

it.effect("SPEC 5.3, CONTRACT GET /metrics: a dispatch in doubt is counted, one that was sent is not", () =>
  Effect.gen(function* () {
    const world = yield* runningWorld()
    yield* world.weni.faults.add({ kind: "timeout" })
    yield* world.produce(record({ id_correlacao: "a" }), { partition: 0 })
    yield* world.responded(1)
    yield* world.produce(record({ id_correlacao: "b" }), { partition: 0 })
    yield* world.responded(2)
    assert.strictEqual(countInDoubt(world.store), 1)
  })
)

it.effect("CONTRACT GET /metrics: what failed is counted by channel and codigo, once for each response", () =>
  Effect.gen(function* () {
    const world = yield* runningWorld()
    yield* world.weni.faults.add({ kind: "status", status: 400, match: { id: "a" } })
    yield* world.serviceNow.faults.add({ kind: "status", status: 400, match: { method: "POST", id: "b" } })
    yield* world.serviceNow.faults.add({ kind: "status", status: 400, match: { method: "PATCH", id: "c" } })
    yield* world.produce(record({ id_correlacao: "a" }), { partition: 0 })
    yield* world.produce(record({ id_correlacao: "b" }), { partition: 0 })
    yield* world.produce(record({ id_correlacao: "c" }), { partition: 0 })
    yield* world.produce(record({ id_correlacao: "a" }), { partition: 0 })
    yield* world.produce("{", { partition: 0 })
    yield* world.ended(5)
    assert.deepStrictEqual(yield* counts(world, "ctx_failures_total"), {
      "whatsapp HTTP_400": 1,
      "whatsapp CASE_NAO_ABERTO": 1,
      "itsm HTTP_400": 2,
      "record MENSAGEM_INVALIDA": 1
    })
    const event = { id_contexto: "c", evento: "falha", codigo: "131026", message_id: "wamid.1" }
    yield* world.serviceNow.faults.add({ kind: "status", status: 400, match: { method: "PATCH", id: "c" } })
    yield* world.answer({ ...event, timestamp: "2025-09-30T15:40:10Z" })
    yield* world.ended(6)
    const counted = yield* counts(world, "ctx_failures_total")
    assert.strictEqual(counted["itsm HTTP_400"], 3)
    assert.strictEqual(counted["whatsapp 131026"], undefined)
  })
)
