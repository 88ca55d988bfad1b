import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import { writeTrail } from "../../../src/programs/operator/newOperation.ts"
import { record } from "../../domain/outbound/records.ts"
import { asOperator } from "../../support/operator.ts"
import { erroOf, fixtureId, preparedWorld, requestCount, runningWorld } from "../../support/scene.ts"
import type { World } from "../../support/World.ts"
import { event, told } from "../inbound/scene.ts"

/** Has passed at the first round, a minute after the start. */
const retention = 30_000

const known = ({ store }: World) => store.communications.has(fixtureId)

/** One communication that has ended, and RETENTION has passed since. */
const forgottenWorld = Effect.fnUntraced(function* () {
  const world = yield* runningWorld({ settings: { retention } })
  yield* world.produce(record())
  yield* world.responded(1)
  yield* TestClock.adjust("1 minute")
  yield* world.until(Effect.sync(() => !known(world)))
  return world
})

describe("CONTRACT RETENTION", () => {
  it.effect("a communication without a new fact for that long is deleted; id and hash stay", () =>
    Effect.gen(function* () {
      const world = yield* forgottenWorld()
      assert.deepStrictEqual(yield* world.facts(fixtureId), [])
      assert.strictEqual(world.store.names.size, 0)
      const { hash, ...rest } = world.store.forgotten.get(fixtureId) ?? {}
      assert.match(hash ?? "", /^[0-9a-f]{64}$/)
      assert.deepStrictEqual<unknown>(rest, { id: fixtureId, status: "success", number: 1 })
    })
  )

  it.effect("SPEC 10.3: an operation stays in the trail for as long", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld({ settings: { retention: 120_000 } })
      yield* asOperator(world)(writeTrail("reveal", { by: "ana", reason: "x" }))
      yield* world.start
      yield* TestClock.adjust("70 seconds")
      assert.strictEqual(world.store.operations.size, 1)
      yield* TestClock.adjust("62 minutes")
      assert.strictEqual(world.store.operations.size, 0)
    })
  )

  it.effect("a new fact keeps it for as long again", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ settings: { retention } })
      yield* world.produce(record())
      yield* world.responded(1)
      yield* TestClock.adjust("45 seconds")
      yield* told(world, event("entregue"))
      yield* TestClock.adjust("30 seconds")
      assert.isTrue(known(world))
    })
  )

  it.effect("SPEC 1.4: a late repeat is still a repeat: no side effect, its final status, duplicado", () =>
    Effect.gen(function* () {
      const world = yield* forgottenWorld()
      const before = yield* requestCount(world)
      yield* world.produce(record({ tims_evento: record().tims_evento }))
      const repeat = (yield* world.responded(2)).at(-1)
      assert.deepStrictEqual<unknown>(
        { ...repeat, tims_resposta: undefined, origem: undefined },
        {
          id_correlacao: fixtureId,
          id_resposta: `${fixtureId}#1`,
          evento: "comunicacao",
          cod_canaais: ["whatsapp", "itsm"],
          cod_canais: ["whatsapp", "itsm"],
          response_status: "success",
          tims_resposta: undefined,
          origem: undefined,
          resultados: {},
          avisos: ["comunicação apagada após RETENTION; só a situação final é conhecida"],
          duplicado: true
        }
      )
      assert.strictEqual(yield* requestCount(world), before)
      assert.deepStrictEqual(
        [...world.store.records.values()].map(({ ending }) => ending),
        ["repeat"]
      )
    })
  )

  it.effect("SPEC 1.5: other content under its id is still a conflict", () =>
    Effect.gen(function* () {
      const world = yield* forgottenWorld()
      const before = yield* requestCount(world)
      yield* world.produce(record({ "dados_jornada.dat_entrega": "2026-01-01" }))
      const conflict = (yield* world.responded(2)).at(-1)
      assert.strictEqual(erroOf(conflict).codigo, "CONFLITO")
      assert.strictEqual(yield* requestCount(world), before)
    })
  )

  it.effect("SPEC 9.3: a process that crashes while it deletes leaves nothing half deleted", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld({ settings: { retention } })
      const process = yield* world.startWith((call, effect) =>
        call === "Journal.forget" ? Effect.andThen(effect, Effect.never) : effect
      )
      yield* world.produce(record())
      yield* world.responded(1)
      yield* TestClock.adjust("1 minute")
      yield* world.until(Effect.sync(() => !known(world)))
      yield* process.kill
      yield* world.start
      yield* world.produce(record())
      assert.strictEqual((yield* world.responded(2)).at(-1)?.duplicado, true)
      assert.lengthOf(yield* world.serviceNow.cases, 1)
    })
  )
})
