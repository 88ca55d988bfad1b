import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import type { ConsumerSeed } from "../../../simulators/servicenow/seedConsumers.ts"
import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { record as fixtureRecord } from "../../domain/outbound/records.ts"
import { calls, channels, requestCount } from "../../support/scene.ts"
import { makeWorld, type World, type WorldOptions } from "../../support/World.ts"

const a = "a".repeat(32)
const b = "b".repeat(32)

const worldWith = Effect.fnUntraced(function* (seeds: ReadonlyArray<ConsumerSeed>, options: WorldOptions = {}) {
  const world = yield* makeWorld(options)
  yield* world.serviceNow.seed(seeds)
  yield* world.start
  return world
})

/** The record with a phone of the customer's own. The fixture's only fills its field (SPEC 3.1). */
const record = (changes: Json = {}) => fixtureRecord({ "cliente.num_telefone": "+5511987654321", ...changes })

/** The record with a CPF. */
const order = (changes: Json = {}) => record({ "cliente.cpf": "529.982.247-25", ...changes })

const consumerPath = "/api/now/table/csm_consumer"

const lookupsOf = (world: World) =>
  Effect.map(world.serviceNow.requests, (all) =>
    all.filter(({ method, path }) => method === "GET" && path === consumerPath)
  )

describe("finding the consumer", () => {
  const found: Readonly<
    Record<string, readonly [seeds: ReadonlyArray<ConsumerSeed>, origem: string, lookups?: number]>
  > = {
    "the document, before e-mail and phone": [
      [
        { sys_id: b, email: "joao.silva@example.com", mobile_phone: "+5511987654321" },
        { sys_id: a, u_cpf_cnpj: "52998224725" }
      ],
      "cpf_cnpj"
    ],
    "a formatted document": [[{ sys_id: a, u_cpf_cnpj: "529.982.247-25" }], "cpf_cnpj"],
    "the e-mail, without case, before the phone": [
      [
        { sys_id: b, phone: "11987654321" },
        { sys_id: a, email: "Joao.Silva@Example.com" }
      ],
      "email"
    ],
    "the phone, without +55 and the ninth digit": [[{ sys_id: a, mobile_phone: "(11) 8765-4321" }], "telefone"],
    "the phone in groups": [[{ sys_id: a, mobile_phone: "+55 11 98765 4321" }], "telefone"],
    "the last digits of an unusual phone": [[{ sys_id: a, phone: "tel. (011) 9 8765.4321" }], "telefone", 2],
    "the last digits in groups": [[{ sys_id: a, phone: "+55-11-9-8765 4321" }], "telefone", 2]
  }
  for (const [name, [seeds, origem, lookups = 1]] of Object.entries(found)) {
    it.effect(`SPEC 3.1: by ${name}, with ${lookups} request${lookups === 1 ? "" : "s"}`, () =>
      Effect.gen(function* () {
        const world = yield* worldWith(seeds)
        yield* world.produce(order({ cod_canais: ["itsm"] }))
        const [response] = yield* world.responded(1)
        assert.deepStrictEqual(channels(response).itsm?.consumer, { sys_id: a, origem })
        const queries = (yield* lookupsOf(world)).map(({ query }) => query)
        assert.lengthOf(queries, lookups)
        for (const { sysparm_limit, sysparm_query } of queries) {
          assert.strictEqual(sysparm_limit, "100")
          assert.notInclude(sysparm_query ?? "", "ORDERBY")
        }
        assert.notProperty(response, "avisos")
      })
    )
  }

  for (const [who, seeds, count] of [
    ["a known customer", [{ sys_id: a, u_cpf_cnpj: "52998224725" }], 4],
    ["a new customer", [], 6]
  ] as const) {
    it.effect(`SPEC 3.1, 3.3: an order of ${who} costs ${count} requests`, () =>
      Effect.gen(function* () {
        const world = yield* worldWith(seeds)
        // The first Case is read back, and so is one with a longer id.
        const long = "first".padEnd(150, ".")
        const others = { "cliente.cpf": "111.444.777-35", "cliente.id": "c-2", id_correlacao: long }
        const first = { ...others, "cliente.email": "ana@example.com", "cliente.num_telefone": "+5521988887777" }
        yield* world.produce(record(first), { partition: 0 })
        yield* world.responded(1)
        yield* TestClock.adjust("10 seconds")
        const before = yield* requestCount(world)
        yield* world.produce(order(), { partition: 0 })
        const response = (yield* world.responded(2)).find(({ id_correlacao }) => id_correlacao !== long)
        assert.strictEqual(response?.response_status, "success")
        assert.strictEqual((yield* requestCount(world)) - before, count)
      })
    )
  }

  it.effect("SPEC 3.1: a consumer with the e-mail and another valid CPF is somebody else, with a warning", () =>
    Effect.gen(function* () {
      const world = yield* worldWith([{ sys_id: b, email: "joao.silva@example.com", u_cpf_cnpj: "111.444.777-35" }])
      yield* world.produce(order())
      const [response] = yield* world.responded(1)
      const consumer = channels(response).itsm?.consumer
      assert.strictEqual(consumer?.origem, "criado")
      assert.notStrictEqual(consumer?.sys_id, b)
      assert.deepStrictEqual(response?.avisos, ["consumidor com o mesmo e-mail não usado: outro CPF/CNPJ"])
    })
  )

  it.effect("SPEC 3.2: of a hundred with the same phone the one with the document, or the oldest", () =>
    Effect.gen(function* () {
      const crowd = Array.from({ length: 120 }, (_, at) => ({
        mobile_phone: "(11) 98765-4321",
        sys_created_on: `2024-01-01 00:${String(at % 60).padStart(2, "0")}:00`
      }))
      const world = yield* worldWith([...crowd, { sys_id: a, u_cpf_cnpj: "52998224725" }])
      yield* world.produce(order({ cod_canais: ["itsm"] }))
      const [response] = yield* world.responded(1)
      assert.deepStrictEqual(channels(response).itsm?.consumer, { sys_id: a, origem: "cpf_cnpj" })
      assert.deepInclude(response?.avisos, "busca de consumidor com 100 registros ou mais: pode haver outro")
    })
  )

  it.effect("SPEC 3.1: strangers that an ignored condition brings are never used", () =>
    Effect.gen(function* () {
      const world = yield* makeWorld()
      yield* world.serviceNow.seed([{ sys_id: b, email: "outra@example.com", mobile_phone: "+5521988887777" }])
      yield* world.serviceNow.change({ withoutFields: ["u_cpf_cnpj"] })
      yield* world.start
      yield* world.produce(order({ cod_canais: ["itsm"] }))
      const [response] = yield* world.responded(1)
      const consumer = channels(response).itsm?.consumer
      assert.strictEqual(consumer?.origem, "criado")
      assert.notStrictEqual(consumer?.sys_id, b)
    })
  )

  it.effect("SPEC 3.2: of several the oldest, and a warning in the response", () =>
    Effect.gen(function* () {
      const email = "joao.silva@example.com"
      const world = yield* worldWith([
        { sys_id: b, email, sys_created_on: "2024-02-01 00:00:00" },
        { sys_id: a, email, sys_created_on: "2024-01-01 00:00:00" }
      ])
      yield* world.produce(record())
      const [response] = yield* world.responded(1)
      assert.deepStrictEqual(channels(response).itsm?.consumer, { sys_id: a, origem: "email" })
      assert.deepStrictEqual(response?.avisos, ["2 consumidores com o mesmo e-mail; usado o mais antigo"])
      assert.strictEqual(response?.response_status, "success")
    })
  )

  it.effect("SPEC 3.4: a value that must not enter a query does not match, with a warning", () =>
    Effect.gen(function* () {
      const world = yield* worldWith([])
      yield* world.produce(record({ "cliente.email": "a@b.c^ORnameLIKEx", cod_canais: ["itsm"] }))
      const [response] = yield* world.responded(1)
      assert.deepStrictEqual(response?.avisos, [
        'cliente.email: esperado um endereço de e-mail, veio "*@*.*^*********Ex"; não usado'
      ])
      for (const { query } of yield* world.serviceNow.requests) assert.notInclude(query.sysparm_query ?? "", "nameLIKE")
    })
  )

  it.effect("SPEC 3.5: a look-up refused with 4xx hides no other, with a warning", () =>
    Effect.gen(function* () {
      const world = yield* worldWith([{ sys_id: a, mobile_phone: "+5511987654321" }])
      yield* world.serviceNow.faults.add({ kind: "status", status: 400, times: -1, match: { contains: "email=" } })
      yield* world.produce(record({ cod_canais: ["itsm"] }))
      const [response] = yield* world.responded(1)
      assert.deepStrictEqual(channels(response).itsm?.consumer, { sys_id: a, origem: "telefone" })
      assert.deepStrictEqual(response?.avisos, ["busca de consumidor por e-mail recusada: HTTP 400"])
    })
  )

  it.effect("SPEC 3.5: nobody is created whom a refused look-up may have missed", () =>
    Effect.gen(function* () {
      const world = yield* worldWith([{ sys_id: a, mobile_phone: "tel. 11 9 8765 4321" }])
      yield* world.serviceNow.faults.add({ kind: "status", status: 403, times: -1, match: { contains: "LIKE" } })
      yield* world.produce(record({ cod_canais: ["itsm"] }))
      const [response] = yield* world.responded(1)
      assert.strictEqual(channels(response).itsm?.consumer?.origem, "generico")
      assert.strictEqual(response?.response_status, "success")
      assert.deepStrictEqual(response?.avisos, [
        "busca de consumidor por telefone recusada: HTTP 403",
        "consumidor não criado: pode existir sem que a busca o mostre; usado o genérico"
      ])
      assert.lengthOf(yield* world.serviceNow.consumers, 1)
    })
  )

  it.effect(
    "SPEC 3.1: an instance without the document field, which answers nothing to its queries, blinds no e-mail",
    () =>
      Effect.gen(function* () {
        const world = yield* worldWith([{ sys_id: a, email: "joao.silva@example.com" }])
        yield* world.serviceNow.change({ withoutFields: ["u_cpf_cnpj"], strictQuery: true })
        yield* world.produce(order({ cod_canais: ["itsm"] }))
        const [response] = yield* world.responded(1)
        assert.deepStrictEqual(channels(response).itsm?.consumer, { sys_id: a, origem: "email" })
      })
  )

  it.effect("SPEC 3.5, 2.4: a look-up whose retries are used up fails the channel: no Case, never the guest", () =>
    Effect.gen(function* () {
      const world = yield* worldWith([])
      yield* world.serviceNow.faults.add({ kind: "status", status: 503, times: -1, match: { path: consumerPath } })
      yield* world.produce(record())
      const [response] = yield* world.responded(1)
      assert.deepStrictEqual(
        yield* calls(world.serviceNow),
        Array.from({ length: 5 }, () => `GET ${consumerPath}`)
      )
      const { itsm, whatsapp } = channels(response)
      assert.deepStrictEqual(itsm, {
        status: "failure",
        response: {
          status: 503,
          message: "Service Unavailable",
          erro: { codigo: "HTTP_503", detalhe: "The instance is not available", tentativas: 5 }
        }
      })
      assert.strictEqual(whatsapp?.response.erro?.codigo, "CASE_NAO_ABERTO")
      assert.strictEqual(response?.response_status, "failure")
    })
  )
})
