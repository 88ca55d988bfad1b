import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { record } from "../../domain/outbound/records.ts"
import { channels } from "../../support/scene.ts"
import { makeWorld, type World } from "../../support/World.ts"

const phones = ["csm_consumer.phone", "csm_consumer.mobile_phone"]
const generic = "consumidor não criado: pode existir sem que a busca o mostre; usado o genérico"
const unseen = (key: string) =>
  `busca de consumidor por ${key} sem efeito: a instância não mostrou um consumidor conhecido`

/** A customer of the tests. */
const customer = (name: string, phone: string): Json => ({
  id_correlacao: name,
  cod_canais: ["itsm"],
  "cliente.id": name,
  "cliente.nome": name,
  "cliente.email": `${name}@example.com`,
  "cliente.num_telefone": phone
})
const ana = customer("ana", "+5521988887777")
const bia = customer("bia", "+5521977776666")

/** The response to an order that is sent now. */
const ordered = Effect.fnUntraced(function* (world: World, changes: Json) {
  const before = (yield* world.responses).length
  yield* world.produce(record(changes), { partition: 0 })
  const all = yield* world.responded(before + 1)
  return all.find(({ id_correlacao }) => id_correlacao === changes["id_correlacao"])
})

const consumerOf = (response: Json | undefined) => channels(response).itsm?.consumer?.origem

const blindWays = (world: World) =>
  Effect.map(world.metrics, (all) =>
    all.flatMap(({ attributes, id, state }) =>
      id === "ctx_consumer_search_blind" && "value" in state && state.value === 1 ? [attributes?.["way"]] : []
    )
  )

/**
 * A running world that has created Ana, and an instance with a consumer whom only the last digits of her phone show.
 */
const worldWithAna = Effect.gen(function* () {
  const world = yield* makeWorld()
  yield* world.serviceNow.seed([{ first_name: "bia", phone: "tel. 21 9 7777 6666" }])
  const process = yield* world.start
  assert.strictEqual(consumerOf(yield* ordered(world, ana)), "criado")
  return { ...world, process }
})

describe("a search for consumers that does not show everybody", () => {
  it.effect("SPEC 3.5: an access rule that silently empties LIKE creates nobody a second time", () =>
    Effect.gen(function* () {
      const world = yield* worldWithAna
      yield* world.serviceNow.change({ rangeSearchDenied: phones })
      const response = yield* ordered(world, bia)
      assert.strictEqual(consumerOf(response), "generico")
      assert.strictEqual(response?.response_status, "success")
      assert.deepStrictEqual(response?.avisos, [unseen("telefone"), generic])
      assert.deepStrictEqual(yield* blindWays(world), ["digits"])
      assert.lengthOf(yield* world.serviceNow.consumers, 2)
      // The exact values still find whom they show.
      assert.strictEqual(consumerOf(yield* ordered(world, { ...ana, id_correlacao: "ana 2" })), "email")
      yield* world.serviceNow.change({ rangeSearchDenied: [] })
      yield* world.until(Effect.map(blindWays(world), (ways) => ways.length === 0))
      assert.strictEqual(consumerOf(yield* ordered(world, { ...bia, id_correlacao: "bia 2" })), "telefone")
    })
  )

  it.effect("SPEC 3.5: a process that starts then checks before it creates anybody", () =>
    Effect.gen(function* () {
      const world = yield* worldWithAna
      yield* world.process.stop
      yield* world.serviceNow.change({ rangeSearchDenied: phones })
      yield* world.start
      assert.strictEqual(consumerOf(yield* ordered(world, bia)), "generico")
      assert.lengthOf(yield* world.serviceNow.consumers, 2)
    })
  )

  it.effect("SPEC 3.5: a process that starts without an order reports it, too", () =>
    Effect.gen(function* () {
      const world = yield* worldWithAna
      yield* world.process.stop
      yield* world.serviceNow.change({ hiddenOnRead: ["csm_consumer.email"] })
      yield* world.start
      yield* TestClock.adjust("61 seconds")
      assert.deepStrictEqual(yield* blindWays(world), ["email"])
    })
  )

  it.effect("SPEC 3.5: each way is checked with a known consumer once an hour", () =>
    Effect.gen(function* () {
      const world = yield* worldWithAna
      yield* world.serviceNow.change({ hiddenRows: [{ table: "csm_consumer", by: "rule" }] })
      yield* TestClock.adjust("59 minutes")
      assert.deepStrictEqual(yield* blindWays(world), [])
      yield* TestClock.adjust("7 minutes")
      assert.sameMembers(yield* blindWays(world), ["email", "phone", "digits"])
    })
  )

  it.effect("SPEC 3.5: rows that a rule hides are missed at once by the query that must show a known one", () =>
    Effect.gen(function* () {
      const world = yield* worldWithAna
      yield* world.serviceNow.change({ hiddenRows: [{ table: "csm_consumer", by: "rule" }] })
      const response = yield* ordered(world, { ...ana, id_correlacao: "ana 2" })
      assert.strictEqual(consumerOf(response), "generico")
      assert.deepStrictEqual(response?.avisos, [unseen("e-mail"), unseen("telefone"), generic])
      assert.lengthOf(yield* world.serviceNow.consumers, 2)
    })
  )

  it.effect("SPEC 3.5: nobody is created while the instance counts rows that it does not show", () =>
    Effect.gen(function* () {
      const world = yield* makeWorld()
      yield* world.serviceNow.seed([{ email: "ana@example.com" }])
      yield* world.serviceNow.change({ hiddenRows: [{ table: "csm_consumer" }] })
      yield* world.start
      const response = yield* ordered(world, ana)
      assert.strictEqual(consumerOf(response), "generico")
      assert.include(
        response?.avisos,
        "busca de consumidor por e-mail sem efeito: a instância conta registros que não mostra"
      )
      assert.lengthOf(yield* world.serviceNow.consumers, 1)
    })
  )

  for (const hiddenAs of ["empty", "absent"] as const) {
    it.effect(`SPEC 3.5: a consumer whose fields are ${hiddenAs} in answers is not created again`, () =>
      Effect.gen(function* () {
        const world = yield* makeWorld()
        yield* world.serviceNow.seed([{ email: "ana@example.com", mobile_phone: "+5521988887777" }])
        yield* world.serviceNow.change({ hiddenOnRead: ["csm_consumer.email", ...phones], hiddenAs })
        yield* world.start
        const response = yield* ordered(world, ana)
        assert.strictEqual(consumerOf(response), "generico")
        assert.deepStrictEqual(response?.avisos, [
          "busca de consumidor por e-mail sem efeito: a instância não mostra o campo",
          "busca de consumidor por telefone sem efeito: a instância não mostra o campo",
          generic
        ])
        assert.lengthOf(yield* world.serviceNow.consumers, 1)
      })
    )
  }

  it.effect("SPEC 3.5: a known consumer whom people have changed says nothing about the search", () =>
    Effect.gen(function* () {
      const world = yield* worldWithAna
      const [, row] = yield* world.serviceNow.consumers
      yield* world.serviceNow.handle({
        method: "PATCH",
        path: `/api/now/table/csm_consumer/${row?.sysId}`,
        query: new URLSearchParams(),
        headers: { authorization: "Basic dTpw", "content-type": "application/json" },
        body: JSON.stringify({ email: "outra@example.com", mobile_phone: "+5511922221111" })
      })
      assert.strictEqual(consumerOf(yield* ordered(world, customer("caio", "+5531966665555"))), "criado")
      assert.deepStrictEqual(yield* blindWays(world), [])
    })
  )
})

describe("a consumer whom the instance does not accept", () => {
  it.effect("SPEC 3.3: the e-mail of somebody else, which is unique: the generic consumer", () =>
    Effect.gen(function* () {
      const world = yield* makeWorld()
      yield* world.serviceNow.seed([{ email: "ana@example.com", u_cpf_cnpj: "111.444.777-35" }])
      yield* world.serviceNow.change({ uniqueFields: ["csm_consumer.email"] })
      yield* world.start
      const response = yield* ordered(world, { ...ana, "cliente.cpf": "529.982.247-25" })
      assert.strictEqual(consumerOf(response), "generico")
      assert.deepStrictEqual(response?.avisos, [
        "consumidor com o mesmo e-mail não usado: outro CPF/CNPJ",
        "consumidor não criado (HTTP 403); usado o genérico"
      ])
      assert.lengthOf(yield* world.serviceNow.consumers, 1)
    })
  )

  it.effect("SPEC 3.3, 4.5: a generic consumer that is not a row leaves the Case without one, with a warning", () =>
    Effect.gen(function* () {
      const world = yield* makeWorld()
      yield* world.serviceNow.change({ references: "empty" })
      yield* world.start
      const response = yield* ordered(world, { ...ana, "cliente.nome": undefined, "cliente.sobrenome": undefined })
      assert.strictEqual(consumerOf(response), "generico")
      assert.deepStrictEqual(response?.avisos, ["Case: campos não gravados como enviados: consumer"])
      const [theCase] = yield* world.serviceNow.cases
      assert.notProperty(theCase?.fields, "consumer")
    })
  )
})
