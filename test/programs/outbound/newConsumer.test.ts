import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"

import type { ConsumerSeed } from "../../../simulators/servicenow/seedConsumers.ts"
import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { Ownership } from "../../../src/services/Ownership.ts"
import { record as fixtureRecord } from "../../domain/outbound/records.ts"
import { makeLocks } from "../../support/Locks.ts"
import { bodyOf, channels, journeysWith, writes } from "../../support/scene.ts"
import { eventTime, makeWorld, type WorldOptions } from "../../support/World.ts"

const guest = "xOeTBxFz98JIPlG00LagPt7aH4BSvmY9t3zy7CJ2cSk="

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

describe("a customer who is not a consumer yet", () => {
  it.effect(
    "SPEC 2.5, 3.3: an order that waits for another process's creation of its customer ends when it expires",
    () =>
      Effect.gen(function* () {
        const world = yield* makeWorld({ journeys: journeysWith({ expiresAfter: "10 seconds" }) })
        const locks = makeLocks()
        const [other, own] = [yield* locks.process, yield* locks.process]
        const owning = Ownership.use((ownership) =>
          ownership.hold("customer", "email joao.silva@example.com", () => Effect.never)
        )
        yield* Effect.forkChild(Effect.provide(owning, other.layer))
        yield* world.startOwning(own.layer)
        yield* world.produce(order(), { partition: 0 })
        yield* TestClock.adjust("9 seconds")
        assert.deepStrictEqual(yield* world.responses, [])
        const [response] = yield* world.responded(1)
        assert.isAtMost((yield* Clock.currentTimeMillis) - eventTime, 11_000)
        assert.strictEqual(channels(response).itsm?.response.erro?.codigo, "EXPIRADA")
        assert.deepStrictEqual(yield* writes(world.serviceNow), [])
      })
  )

  it.effect("SPEC 2.5, 3.3: so does one that waits for its turn in its own process", () =>
    Effect.gen(function* () {
      const world = yield* worldWith([], { journeys: journeysWith({ expiresAfter: "10 seconds" }) })
      yield* world.serviceNow.faults.add({
        kind: "slow",
        delayMs: 30_000,
        match: { path: consumerPath, method: "POST" }
      })
      for (const id of ["one", "other"]) yield* world.produce(order({ id_correlacao: id }), { partition: 0 })
      const [response] = yield* world.responded(1)
      assert.isAtMost((yield* Clock.currentTimeMillis) - eventTime, 11_000)
      assert.strictEqual(response?.id_correlacao, "other")
      assert.strictEqual(channels(response).itsm?.response.erro?.codigo, "EXPIRADA")
      yield* world.responded(2)
      assert.lengthOf(yield* world.serviceNow.consumers, 1)
    })
  )

  it.effect("SPEC 3.3: is created with name, e-mail, phone and document, and has the Case", () =>
    Effect.gen(function* () {
      const world = yield* worldWith([])
      yield* world.produce(order())
      const [response] = yield* world.responded(1)
      const [post, casePost] = yield* writes(world.serviceNow)
      assert.strictEqual(post?.path, consumerPath)
      assert.deepStrictEqual(bodyOf(post), {
        first_name: "João",
        last_name: "Silva",
        email: "joao.silva@example.com",
        mobile_phone: "+5511987654321",
        u_cpf_cnpj: "52998224725"
      })
      const [consumer] = yield* world.serviceNow.consumers
      assert.deepStrictEqual(channels(response).itsm?.consumer, { sys_id: consumer?.sysId, origem: "criado" })
      assert.strictEqual(bodyOf(casePost).consumer, consumer?.sysId)
      assert.strictEqual(response?.response_status, "success")
    })
  )

  const guests: Readonly<Record<string, readonly [changes: Json, options: WorldOptions]>> = {
    "without a name": [{ "cliente.nome": undefined, "cliente.sobrenome": " " }, {}],
    "without e-mail and phone": [
      { "cliente.email": undefined, "cliente.num_telefone": undefined, cod_canais: ["itsm"] },
      {}
    ],
    "of a journey that never creates one": [{}, { journeys: journeysWith({ missingConsumer: "guest" }) }]
  }
  for (const [name, [changes, options]] of Object.entries(guests)) {
    it.effect(`SPEC 3.3: ${name}: the generic consumer`, () =>
      Effect.gen(function* () {
        const world = yield* worldWith([], options)
        yield* world.produce(record(changes))
        const [response] = yield* world.responded(1)
        assert.deepStrictEqual(channels(response).itsm?.consumer, { sys_id: guest, origem: "generico" })
        assert.lengthOf(yield* world.serviceNow.consumers, 0)
        const [theCase] = yield* world.serviceNow.cases
        assert.strictEqual(theCase?.fields.consumer, guest)
      })
    )
  }

  it.effect("SPEC 3.3: whose creation is refused has the generic consumer, with a warning", () =>
    Effect.gen(function* () {
      const world = yield* worldWith([])
      yield* world.serviceNow.faults.add({ kind: "status", status: 400, match: { method: "POST", path: consumerPath } })
      yield* world.produce(record())
      const [response] = yield* world.responded(1)
      assert.deepStrictEqual(channels(response).itsm?.consumer, { sys_id: guest, origem: "generico" })
      assert.deepStrictEqual(response?.avisos, ["consumidor não criado (HTTP 400); usado o genérico"])
      assert.strictEqual(response?.response_status, "success")
    })
  )

  it.effect("SPEC 3.3, 3.5: whose creation fails for a transient reason has no Case, never the guest", () =>
    Effect.gen(function* () {
      const world = yield* worldWith([])
      const match = { method: "POST", path: consumerPath }
      yield* world.serviceNow.faults.add({ kind: "refuse", times: -1, match })
      yield* world.produce(record({ cod_canais: ["itsm"] }))
      const [response] = yield* world.responded(1)
      assert.strictEqual(response?.response_status, "failure")
      assert.deepStrictEqual(channels(response).itsm?.response, {
        status: 503,
        message: "sem conexão",
        erro: { codigo: "SEM_CONEXAO", detalhe: "conexão não estabelecida: refused", tentativas: 5 }
      })
      assert.lengthOf(yield* world.serviceNow.cases, 0)
    })
  )

  for (const when of ["before", "after"] as const) {
    it.effect(`SPEC 4.3, 4.6: whose creation is lost ${when} its effect, and the look gets one 403: created once`, () =>
      Effect.gen(function* () {
        const world = yield* worldWith([])
        const isPosted = Effect.map(writes(world.serviceNow), (all) => all.some(({ path }) => path === consumerPath))
        yield* world.serviceNow.faults.add({ kind: "timeout", when, match: { method: "POST", path: consumerPath } })
        yield* world.produce(record({ "cliente.num_telefone": undefined, cod_canais: ["itsm"] }))
        yield* world.until(isPosted)
        yield* world.serviceNow.faults.add({
          kind: "status",
          status: 403,
          match: { method: "GET", path: consumerPath }
        })
        const [response] = yield* world.responded(1)
        const [consumer, ...others] = yield* world.serviceNow.consumers
        assert.lengthOf(others, 0)
        assert.strictEqual(channels(response).itsm?.consumer?.sys_id, consumer?.sysId)
        assert.lengthOf(yield* world.serviceNow.cases, 1)
      })
    )
  }

  it.effect("SPEC 3.3, 4.3: whose creation is doubtful is looked for, and not created twice", () =>
    Effect.gen(function* () {
      const world = yield* worldWith([])
      yield* world.serviceNow.faults.add({ kind: "drop", when: "after", match: { method: "POST", path: consumerPath } })
      yield* world.produce(record())
      const [response] = yield* world.responded(1)
      const consumers = yield* world.serviceNow.consumers
      assert.lengthOf(consumers, 1)
      assert.deepStrictEqual(channels(response).itsm?.consumer, { sys_id: consumers[0]?.sysId, origem: "criado" })
    })
  )
})

const atOnce: ReadonlyArray<readonly [shared: string, one: Json, other: Json]> = [
  [
    "document",
    { "cliente.cpf": "529.982.247-25", "cliente.email": undefined },
    { "cliente.documento": "52998224725", "cliente.num_telefone": undefined, cod_canais: ["itsm"] }
  ],
  [
    "e-mail",
    { "cliente.num_telefone": undefined, cod_canais: ["itsm"] },
    { "cliente.email": " JOAO.SILVA@example.com", "cliente.num_telefone": "(21) 98888-7777" }
  ],
  [
    "phone",
    { "cliente.email": undefined },
    { "cliente.email": "outra@example.com", "cliente.num_telefone": "11 98765 4321" }
  ]
]

describe("a customer of two communications", () => {
  for (const [shared, one, other] of atOnce) {
    it.effect(`SPEC 3.3: two at once that share the ${shared} alone, with two ids, create one consumer`, () =>
      Effect.gen(function* () {
        const world = yield* worldWith([])
        yield* world.serviceNow.faults.add({ kind: "slow", delayMs: 2000, times: -1, match: { path: consumerPath } })
        yield* world.produce(record({ ...one, id_correlacao: "um", "cliente.id": "c-1" }), { partition: 0 })
        yield* world.produce(record({ ...other, id_correlacao: "dois", "cliente.id": "c-2" }), { partition: 1 })
        const responses = yield* world.responded(2)
        const [consumer, ...others] = yield* world.serviceNow.consumers
        assert.deepStrictEqual(others, [])
        for (const response of responses) {
          assert.strictEqual(channels(response).itsm?.consumer?.sys_id, consumer?.sysId)
        }
      })
    )
  }

  it.effect("SPEC 3.3: what is written is what is looked for, however the record spells it", () =>
    Effect.gen(function* () {
      const world = yield* worldWith([])
      const spelled = { "cliente.num_telefone": "+55 11 98765 4321", "cliente.documento": "12 345 678 0001 95" }
      yield* world.produce(record({ ...spelled, "cliente.email": undefined, id_correlacao: "um" }), { partition: 0 })
      yield* world.responded(1)
      const [post] = yield* writes(world.serviceNow)
      assert.deepInclude(bodyOf(post), { mobile_phone: "+5511987654321", u_cpf_cnpj: "12345678000195" })
      yield* world.produce(record({ ...spelled, "cliente.email": undefined, id_correlacao: "dois" }), { partition: 0 })
      const response = (yield* world.responded(2)).find(({ id_correlacao }) => id_correlacao === "dois")
      assert.strictEqual(channels(response).itsm?.consumer?.origem, "cpf_cnpj")
      assert.lengthOf(yield* world.serviceNow.consumers, 1)
    })
  )

  it.effect("SPEC 3.3: two communications of one customer at once create one consumer", () =>
    Effect.gen(function* () {
      const world = yield* worldWith([])
      yield* world.serviceNow.faults.add({ kind: "slow", delayMs: 2000, times: -1, match: { path: consumerPath } })
      yield* world.produce(record({ id_correlacao: "um" }), { partition: 0 })
      yield* world.produce(record({ id_correlacao: "dois" }), { partition: 1 })
      const responses = yield* world.responded(2)
      const consumers = yield* world.serviceNow.consumers
      assert.lengthOf(consumers, 1)
      assert.lengthOf(yield* world.serviceNow.cases, 2)
      for (const response of responses) {
        assert.strictEqual(channels(response).itsm?.consumer?.sys_id, consumers[0]?.sysId)
      }
      // Both had looked before either was created: the second creation looked again.
      const lookups = (yield* world.serviceNow.requests).filter(
        ({ method, path }) => method === "GET" && path === consumerPath
      )
      assert.deepStrictEqual(new Set(lookups.slice(0, 2).map(({ at }) => at)).size, 1)
    })
  )
})
