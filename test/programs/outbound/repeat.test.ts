import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { record } from "../../domain/outbound/records.ts"
import { asked, endings, preparedWorld, readBack, requestCount, runningWorld } from "../../support/scene.ts"
import type { World } from "../../support/World.ts"

/** Keys in the other order, at every depth. */
const reordered = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reordered)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reordered(inner)])
  )
}

const origin = (particao: number, offset: number) => ({ topico: "comunicacaoTransacional", particao, offset })

/** What a repeat of this response must be. */
const repeated = (response: Json | undefined, origem: Json) => ({ ...response, origem, duplicado: true })

/** Nothing was called for a repeat: one consumer, one Case, one message, one note. */
const assertOnce = Effect.fnUntraced(function* (world: World) {
  const cases = yield* world.serviceNow.cases
  assert.deepStrictEqual(
    cases.map(({ notes }) => notes.length),
    [1]
  )
  assert.lengthOf(yield* world.serviceNow.consumers, 1)
  assert.lengthOf(yield* world.weni.dispatches, 1)
})

const byOrigin = (responses: ReadonlyArray<Json>, partition: number) =>
  responses.filter(({ origem }) => (origem as Json).particao === partition)

describe("repeats", () => {
  const repeats: Readonly<Record<string, Json>> = {
    "the same content": record(),
    "keys and channels in another order": {
      ...(reordered(record()) as Json),
      cod_canais: ["itsm", "whatsapp", "itsm"]
    },
    "another service's channel beside ours": record({ cod_canais: ["sms", "itsm", "whatsapp"] }),
    "unknown fields at the top": record({ versao: 2 }),
    "another time of the same local day": record({ tims_evento: "2025-09-30T23:59:59-03:00" }),
    "the first moment of the local day": record({ tims_evento: "2025-09-30T03:00:00Z" })
  }
  for (const [name, value] of Object.entries(repeats)) {
    it.effect(`SPEC 1.4: ${name} is a repeat, which gets the recorded response and causes nothing`, () =>
      Effect.gen(function* () {
        const world = yield* runningWorld()
        yield* world.produce(record(), { partition: 0 })
        const [first] = yield* world.responded(1)
        yield* readBack(world)
        const before = yield* requestCount(world)
        yield* world.produce(value, { partition: 0 })
        const [, second] = yield* world.responded(2)
        assert.deepStrictEqual(second, repeated(first, origin(0, 1)))
        assert.strictEqual(yield* requestCount(world), before)
        assert.deepStrictEqual(endings(world), { "0/0": "response", "0/1": "repeat" })
      })
    )
  }

  const conflicts: Readonly<Record<string, readonly [value: Json, path: string]>> = {
    "the next local day": [record({ tims_evento: "2025-10-01T03:00:00Z" }), "tims_evento"],
    "the local day before": [record({ tims_evento: "2025-09-30T02:59:59Z" }), "tims_evento"],
    "fewer channels": [record({ cod_canais: ["itsm"] }), "cod_canais"],
    "another name": [record({ "cliente.nome": "Maria" }), "cliente.nome"],
    "another invoice": [record({ "dados_jornada.num_nota": 1 }), "dados_jornada.num_nota"],
    "another campaign": [record({ "dados_whats.id_campanha": "ypro" }), "dados_whats.id_campanha"],
    "other data of the itsm channel": [record({ "dados_canal_itsm.fila": "b" }), "dados_canal_itsm.fila"],
    "another journey under an explicit id": [record({ cod_jornada: "outra" }), "cod_jornada"]
  }
  for (const [name, [value, path]] of Object.entries(conflicts)) {
    it.effect(`SPEC 1.4, 1.5: ${name} is a conflict, which causes nothing`, () =>
      Effect.gen(function* () {
        const world = yield* runningWorld()
        const id_correlacao = "um"
        yield* world.produce({ ...record(), id_correlacao }, { partition: 0 })
        yield* world.responded(1)
        yield* readBack(world)
        const before = yield* requestCount(world)
        yield* world.produce({ ...value, id_correlacao }, { partition: 0 })
        const [, second] = yield* world.responded(2)
        assert.deepStrictEqual(second?.erro, {
          codigo: "CONFLITO",
          status: 409,
          detalhe: `id_correlacao já usado com outro conteúdo: ${path}`
        })
        assert.strictEqual(yield* requestCount(world), before)
        assert.deepStrictEqual(endings(world), { "0/0": "response", "0/1": "refused" })
      })
    )
  }

  it.effect(
    "SPEC 1.4, 2.7: records that are delivered again after any kind of end publish nothing and call nothing",
    () =>
      Effect.gen(function* () {
        const world = yield* preparedWorld()
        const process = yield* world.start
        const other = record({ "cliente.nome": "Maria" })
        const records = [record(), record(), other, "{", record({ cod_canais: ["sms"] })]
        for (const value of records) yield* world.produce(value, { partition: 0 })
        yield* world.ended(5)
        yield* process.stop
        const { responses, deadLetters } = world
        const before = yield* Effect.all([responses, deadLetters, requestCount(world)])
        const ledger = new Map(world.store.records)

        world.broker.broker.group(world.settings.kafka.groupId).commit(world.settings.topics.in, 0, 0)
        yield* world.start
        yield* world.until(Effect.map(world.committed, ([offset]) => offset === 5))
        assert.deepStrictEqual(yield* Effect.all([responses, deadLetters, requestCount(world)]), before)
        assert.deepStrictEqual(world.store.records, ledger)
        assert.deepStrictEqual(endings(world), {
          "0/0": "response",
          "0/1": "repeat",
          "0/2": "refused",
          "0/3": "dead_letter",
          "0/4": "skipped"
        })
        assert.lengthOf(before[0], 4)
        assert.lengthOf(before[1], 1)
      })
  )
})

describe("repeats of a record that is in progress", () => {
  it.effect("SPEC 1.4, 9.5: a repeat in another partition waits for the first, which is in flight", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.weni.faults.add({ kind: "slow", delayMs: 5000 })
      yield* world.produce(record(), { partition: 0 })
      yield* asked(world, world.weni, 1)
      yield* world.produce(record(), { partition: 1 })
      const responses = yield* world.responded(2)
      const [first] = byOrigin(responses, 0)
      assert.notProperty(first, "duplicado")
      assert.deepStrictEqual(byOrigin(responses, 1), [repeated(first, origin(1, 0))])
      yield* assertOnce(world)
    })
  )

  it.effect("SPEC 1.4, 9.3: after a crash before the first's response, each record gets its own once", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld()
      yield* world.serviceNow.faults.add({ kind: "slow", delayMs: 5000, match: { method: "PATCH" } })
      const process = yield* world.start
      yield* world.produce(record(), { partition: 1 })
      yield* asked(world, world.weni, 1)
      yield* process.kill
      // Of the partition that is read first: the new process meets the repeat before the record that it repeats.
      yield* world.produce(record(), { partition: 0 })
      yield* world.start
      const responses = yield* world.responded(2)
      const [first] = byOrigin(responses, 1)
      assert.notProperty(first, "duplicado")
      assert.deepStrictEqual(byOrigin(responses, 0), [repeated(first, origin(0, 0))])
      yield* world.until(Effect.map(world.committed, (offsets) => offsets.join() === "1,1"))
      assert.lengthOf(yield* world.responses, 2)
      assert.deepStrictEqual(endings(world), { "1/0": "response", "0/0": "repeat" })
      yield* assertOnce(world)
    })
  )
})
