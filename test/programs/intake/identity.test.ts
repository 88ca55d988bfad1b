import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { record } from "../../domain/outbound/records.ts"
import {
  bodyOf,
  contactOf,
  endings,
  fixtureId,
  headersOf,
  preparedWorld,
  requestCount,
  runningWorld,
  textOf,
  writes
} from "../../support/scene.ts"
import type { World } from "../../support/World.ts"

/** Where the id of a communication appears: both vendors, the journal, the response and its key. */
const namesOf = Effect.fnUntraced(function* (world: World) {
  const [response] = yield* world.responded(1)
  const [post] = yield* writes(world.serviceNow)
  const [dispatch] = yield* world.weni.dispatches
  const [published] = yield* world.broker.records(world.settings.topics.response)
  return {
    case: bodyOf(post).u_id_correlacao,
    dispatch: dispatch?.idContexto,
    journal: [...world.store.communications.keys()],
    response: response?.id_correlacao,
    id_resposta: response?.id_resposta,
    key: textOf(published?.key),
    header: headersOf(published).id_correlacao
  }
})

const named = (id: string) => ({
  case: id,
  dispatch: id,
  journal: [id],
  response: id,
  id_resposta: `${id}#1`,
  key: id,
  header: id
})

describe("identity", () => {
  const ids: Readonly<Record<string, readonly [title: string, changes: Json, id: string]>> = {
    composed: ["an id of its parts names the communication everywhere", {}, fixtureId],
    explicit: ["an explicit id_correlacao wins", { id_correlacao: "meu|id" }, "meu|id"],
    withoutShipment: [
      "remessa may be absent",
      { "dados_jornada.remessa": undefined },
      "pedido_entregue_amanha|550e8400-e29b-41d4-a716-446655440000|OBM3028874-01"
    ],
    withoutOrder: [
      "dados_jornada.id stands in for num_pedido",
      { "dados_jornada.num_pedido": undefined, "dados_jornada.id": "P7" },
      "pedido_entregue_amanha|550e8400-e29b-41d4-a716-446655440000|805566999P7"
    ]
  }
  for (const [title, changes, id] of Object.values(ids)) {
    it.effect(`SPEC 1.1, 1.2: ${title}`, () =>
      Effect.gen(function* () {
        const world = yield* runningWorld()
        yield* world.produce(record(changes))
        assert.deepStrictEqual(yield* namesOf(world), named(id))
      })
    )
  }

  it.effect(
    "SPEC 1.2: the substitute for num_pedido is the order of the Case and of the dispatch; no remessa, none sent",
    () =>
      Effect.gen(function* () {
        const world = yield* runningWorld()
        yield* world.produce(
          record({
            "dados_jornada.num_pedido": undefined,
            "dados_jornada.id": "P7",
            "dados_jornada.remessa": undefined
          })
        )
        yield* world.responded(1)
        const [post] = yield* writes(world.serviceNow)
        assert.strictEqual(bodyOf(post).u_num_pedido, "P7")
        assert.match(String(bodyOf(post).short_description), /pedido P7 para/)
        const contact = contactOf((yield* writes(world.weni))[0])
        assert.strictEqual(contact?.num_pedido, "P7")
        assert.notProperty(contact, "remessa")
      })
  )

  const unusable: Readonly<Record<string, readonly [changes: Json, detalhe: string]>> = {
    "neither num_pedido nor dados_jornada.id": [
      { "dados_jornada.num_pedido": undefined, "dados_jornada.id": undefined },
      "dados_jornada.num_pedido: ausente, e dados_jornada.id também"
    ],
    "an id with ^": [{ id_correlacao: "a^b" }, 'id_correlacao: contém "^"'],
    "an id with a control character": [{ id_correlacao: "a\u0007b" }, "id_correlacao: contém caractere de controle"],
    "an id with javascript:": [{ id_correlacao: "JavaScript:1" }, 'id_correlacao: contém "javascript:"'],
    "an id of 201 characters": [{ id_correlacao: "x".repeat(201) }, "id_correlacao: esperado no máximo 200 caracteres"],
    "parts that make an id with ^": [{ "cliente.id": "a^b" }, 'id_correlacao: contém "^"']
  }
  for (const [name, [changes, detalhe]] of Object.entries(unusable)) {
    it.effect(`SPEC 1.2, 1.3: ${name} is an invalid record`, () =>
      Effect.gen(function* () {
        const world = yield* runningWorld()
        yield* world.produce(record(changes))
        const [response] = yield* world.responded(1)
        assert.strictEqual(response?.id_correlacao, null)
        assert.deepStrictEqual(response?.erro, { codigo: "MENSAGEM_INVALIDA", status: 400, detalhe })
        assert.strictEqual(yield* requestCount(world), 0)
      })
    )
  }

  it.effect("SPEC 1.3: an id may have 200 characters", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      const id = "x".repeat(200)
      yield* world.produce(record({ id_correlacao: id }))
      assert.deepStrictEqual(yield* namesOf(world), named(id))
    })
  )

  it.effect("SPEC 1.3: NUL and lone surrogates leave every other text", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.produce(
        JSON.stringify(record({ "cliente.nome": "Jo\0ão \ud800", "cliente.email": "outra@example.com" }))
      )
      yield* world.responded(1)
      const [consumer, post] = yield* writes(world.serviceNow)
      assert.strictEqual(bodyOf(consumer).first_name, "João")
      assert.match(String(bodyOf(post).description), /^Olá, João !/)
    })
  )

  it.effect("SPEC 1.6: a refused record does not make its id known", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.produce(record({ "dados_whats.id_campanha": "não vale" }), { partition: 0 })
      const [refused] = yield* world.responded(1)
      assert.strictEqual(refused?.id_correlacao, fixtureId)
      assert.strictEqual(refused?.evento, "mensagem_invalida")
      assert.deepStrictEqual(yield* world.facts(fixtureId), [])
      yield* world.produce(record(), { partition: 0 })
      const [, good] = yield* world.responded(2)
      assert.strictEqual(good?.response_status, "success")
      assert.deepStrictEqual(endings(world), { "0/0": "dead_letter", "0/1": "response" })
    })
  )

  it.effect("SPEC 1.5, 1.6: after a conflict the first content is still the communication's", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld()
      yield* world.start
      const other = record({ "dados_jornada.dat_entrega": "2025-10-03" })
      for (const value of [record(), other, record(), other]) yield* world.produce(value, { partition: 0 })
      const responses = yield* world.responded(4)
      assert.deepStrictEqual(
        responses.map(({ evento }) => evento),
        ["comunicacao", "conflito", "comunicacao", "conflito"]
      )
      assert.deepStrictEqual(endings(world), {
        "0/0": "response",
        "0/1": "refused",
        "0/2": "repeat",
        "0/3": "refused"
      })
      assert.lengthOf(yield* world.serviceNow.cases, 1)
      assert.lengthOf(yield* world.weni.dispatches, 1)
      assert.lengthOf(yield* world.deadLetters, 0)
    })
  )
})
