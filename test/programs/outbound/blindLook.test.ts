import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"

import { record } from "../../domain/outbound/records.ts"
import { earlierId } from "../../support/earlierCase.ts"
import { channels, fixtureId, readBack, runningWorld } from "../../support/scene.ts"
import type { World, WorldOptions } from "../../support/World.ts"

const casesPath = "/api/now/table/sn_customerservice_case"
const casePost = { method: "POST", path: casesPath }
const lost = { kind: "drop", when: "after", match: casePost } as const

const order = (id: string) => record({ cod_canais: ["itsm"], id_correlacao: id })
const journey = "pedido_entregue_amanha"

/** `GET u_id_correlacao=…`, `POST`: the requests to the table of Cases. */
const asked = (world: World) =>
  Effect.map(world.serviceNow.requests, (requests) =>
    requests
      .filter(({ path }) => path === casesPath)
      .map(({ method, query }) => (method === "GET" ? `GET ${query.sysparm_query}` : method))
  )

const sightOf = (world: World) =>
  Effect.flatMap(world.runtimeStatus.intake, (intake) =>
    Option.isNone(intake) ? Effect.die(new Error("no process")) : intake.value.keySight
  )

const blindLooks = (world: World) =>
  Effect.map(world.metrics, (metrics) =>
    metrics
      .filter(({ id }) => id === "ctx_blind_looks_total")
      .map(({ attributes, state }) => [attributes, "count" in state ? state.count : undefined])
  )

/** What the response of this order says about its Case, when there are `count` responses. */
const itsmOf = Effect.fnUntraced(function* (world: World, count: number, id: string) {
  const responses = yield* world.responded(count)
  return channels(responses.find(({ id_correlacao }) => id_correlacao === id)).itsm
})

describe("a look that is proven to see", () => {
  it.effect("SPEC 4.3: the first Case of a new database is read back once, and each one with a longer key", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      assert.deepStrictEqual(yield* sightOf(world), { field: "u_id_correlacao", sight: "unproven" })
      const requests = { 20: 2, 21: 3, 3: 4, 222: 6 }
      for (const number of [20, 21, 3, 222] as const) {
        yield* world.produce(order(`${journey}|c|${number}`))
        yield* world.until(Effect.map(asked(world), ({ length }) => length >= requests[number]))
      }
      yield* world.responded(4)
      assert.deepStrictEqual(yield* asked(world), [
        "POST",
        `GET u_id_correlacao=${journey}|c|20`,
        "POST",
        "POST",
        "POST",
        `GET u_id_correlacao=${journey}|c|222`
      ])
      assert.deepStrictEqual(yield* sightOf(world), { field: "u_id_correlacao", sight: "proven" })
    })
  )

  it.effect(
    "SPEC 4.3: the control is the newest Case of the same journey whose key is as long, in the same query",
    () =>
      Effect.gen(function* () {
        const world = yield* runningWorld()
        for (const [index, number] of ["10", "11", "2"].entries()) {
          yield* world.produce(order(`${journey}|c|${number}`))
          yield* world.responded(index + 1)
        }
        yield* world.serviceNow.faults.add({ kind: "drop", match: casePost })
        yield* world.produce(order(`${journey}|c|99`))
        const itsm = yield* itsmOf(world, 4, `${journey}|c|99`)
        assert.strictEqual(itsm?.response.status, 201)
        const looks = (yield* asked(world)).filter((request) => request.includes("99"))
        assert.deepStrictEqual(
          [...new Set(looks)],
          [`GET u_id_correlacao=${journey}|c|99^ORu_id_correlacao=${journey}|c|11`]
        )
        assert.lengthOf(yield* world.serviceNow.cases, 4)
      })
  )

  it.effect("SPEC 4.3: a process that starts on a used database looks for a Case from before", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.produce(order(fixtureId))
      yield* world.responded(1)
      yield* world.process.stop
      const before = (yield* asked(world)).length
      yield* world.start
      yield* world.until(Effect.map(sightOf(world), ({ sight }) => sight === "proven"))
      assert.deepStrictEqual((yield* asked(world)).slice(before), [`GET u_id_correlacao=${fixtureId}`])
    })
  )

  it.effect("SPEC 4.3: after a restart the journal names the control", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ earlierCase: true })
      yield* world.serviceNow.faults.add({ kind: "drop", match: casePost })
      yield* world.produce(order(fixtureId))
      assert.strictEqual((yield* itsmOf(world, 1, fixtureId))?.response.status, 201)
      assert.include(yield* asked(world), `GET u_id_correlacao=${fixtureId}^ORu_id_correlacao=${earlierId}`)
    })
  )
})

describe("a doubt that no look can end", () => {
  const undecided = Effect.fnUntraced(function* (world: World, id: string, count: number, detail: string) {
    yield* world.serviceNow.faults.add(lost)
    yield* world.produce(order(id))
    const itsm = yield* itsmOf(world, count, id)
    assert.strictEqual(itsm?.response.erro?.codigo, "INDETERMINADO")
    assert.strictEqual(itsm?.response.erro?.detalhe, `${detail}: não há como saber se o Case foi criado`)
    const { length } = (yield* world.serviceNow.cases).filter(({ fields }) => fields.u_num_pedido !== undefined)
    assert.isAtMost(length, count)
  })
  const started = Effect.fnUntraced(function* (options: WorldOptions = {}) {
    const world = yield* runningWorld({ earlierCase: true, ...options })
    yield* world.produce(order(`${journey}|c|${"1".repeat(40)}`))
    yield* world.responded(1)
    yield* readBack(world)
    return world
  })
  const id = `${journey}|c|${"2".repeat(40)}`

  it.effect("SPEC 4.3: the first order of a new database: nothing proves the look", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.serviceNow.faults.add({ kind: "drop", match: casePost })
      yield* world.produce(order(id))
      const itsm = yield* itsmOf(world, 1, id)
      assert.strictEqual(itsm?.response.erro?.codigo, "INDETERMINADO")
      assert.lengthOf(yield* world.serviceNow.cases, 0)
    })
  )

  it.effect(
    "SPEC 4.3: the first order of a new database, and another one is good within its window: opened again",
    () =>
      Effect.gen(function* () {
        const world = yield* runningWorld()
        yield* world.serviceNow.faults.add({ kind: "drop", match: casePost })
        yield* world.produce(order(id), { partition: 0 })
        yield* world.until(Effect.map(asked(world), (all) => all.length > 2))
        yield* world.produce(order(`${journey}|d|${"3".repeat(40)}`), { partition: 1 })
        const responses = yield* world.responded(2)
        assert.deepStrictEqual(
          responses.map(({ response_status }) => response_status),
          ["success", "success"]
        )
        assert.lengthOf(yield* world.serviceNow.cases, 2)
      })
  )

  it.effect("SPEC 4.3: an instance that lost the field meanwhile: readiness and metric name it", () =>
    Effect.gen(function* () {
      const world = yield* started()
      yield* world.serviceNow.change({ withoutFields: ["u_id_correlacao"] })
      yield* undecided(world, id, 2, "a instância responde sem u_id_correlacao")
      assert.deepStrictEqual(yield* sightOf(world), { field: "u_id_correlacao", sight: "blind" })
      assert.deepStrictEqual(yield* blindLooks(world), [[{ field: "u_id_correlacao" }, 1]])
    })
  )

  it.effect("SPEC 4.3: a field that writes do not store: the read back says so before any doubt", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.serviceNow.change({ stripFields: ["u_id_correlacao"] })
      yield* world.produce(order(id))
      yield* world.responded(1)
      yield* world.until(Effect.map(sightOf(world), ({ sight }) => sight === "blind"))
      assert.deepStrictEqual(yield* blindLooks(world), [[{ field: "u_id_correlacao" }, 1]])
      yield* undecided(world, `${id}4`, 2, "nenhum Case conhecido prova a busca por u_id_correlacao")
    })
  )
})

describe("another key field", () => {
  it.effect("SPEC 4.3: correlation_id has a digest of the id, beside the documented fields, and finds the Case", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ settings: { serviceNow: { keyField: "correlation_id" } } })
      yield* world.serviceNow.change({ extraFields: ["correlation_id"], withoutFields: ["u_id_correlacao"] })
      yield* world.serviceNow.faults.add(lost)
      yield* world.produce(order(fixtureId))
      const itsm = yield* itsmOf(world, 1, fixtureId)
      assert.strictEqual(itsm?.response.status, 200)
      const [theCase] = yield* world.serviceNow.cases
      const digest = theCase?.fields.correlation_id
      assert.match(digest ?? "", /^brom-ctx:[0-9a-f]{32}$/)
      assert.deepStrictEqual([itsm?.request?.correlation_id, itsm?.request?.u_id_correlacao], [digest, fixtureId])
      assert.lengthOf(yield* world.serviceNow.cases, 1)
    })
  )
})
