import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import { record } from "../../domain/outbound/records.ts"
import { bodyOf, channels, contactOf, runningWorld, writes } from "../../support/scene.ts"
import { type World } from "../../support/World.ts"

const names = (world: World, kind: string) =>
  [...world.store.names.keys()].filter((name) => name.startsWith(`${kind} `)).length

describe("the request", () => {
  it.effect("SPEC 5.1: its path, query, headers and body", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.produce(record({ "dados_whats.id_campanha": "Camp_1-x" }))
      yield* world.responded(1)
      const [request, ...more] = yield* world.weni.requests
      assert.lengthOf(more, 0)
      assert.strictEqual(`${request?.method} ${request?.path}`, "POST /v1/campaigns/Camp_1-x/dispatch")
      assert.deepStrictEqual(request?.query, { keepValidContacts: "false" })
      assert.deepStrictEqual(request?.headers, {
        accept: "application/json",
        "content-type": "application/json",
        "x-api-key": "***",
        "x-api-secret": "***"
      })
      assert.strictEqual(contactOf(request)?.context.id_case, (yield* world.serviceNow.cases)[0]?.number)
    })
  )

  it.effect("SPEC 5.1: a Brazilian number as people write it becomes E.164", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.produce(record({ "cliente.num_telefone": "(11) 99999-9999" }))
      yield* world.responded(1)
      assert.strictEqual(contactOf((yield* world.weni.requests)[0])?.fullNumber, "+5511999999999")
      const [post] = yield* writes(world.serviceNow)
      assert.strictEqual(bodyOf(post).u_msisdn, "+5511999999999")
    })
  )

  it.effect("SPEC 5.1: an invalid number fails the channel before any call", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.produce(record({ "cliente.num_telefone": "99999" }))
      const [response] = yield* world.responded(1)
      assert.lengthOf(yield* world.weni.requests, 0)
      assert.strictEqual(response?.response_status, "partial_success")
      assert.deepStrictEqual(channels(response).whatsapp, {
        status: "failure",
        response: {
          status: 422,
          message: "telefone inválido",
          erro: {
            codigo: "TELEFONE_INVALIDO",
            detalhe:
              'cliente.num_telefone não é um telefone válido: esperado DDD e número de celular ou fixo, veio "*****"',
            tentativas: 0
          }
        }
      })
      const [theCase] = yield* world.serviceNow.cases
      assert.deepStrictEqual(theCase?.notes, ["Falha no envio do WhatsApp: 422 telefone inválido"])
    })
  )

  for (const status of [200, 201, 202]) {
    it.effect(`SPEC 5.2: ${status} is success whatever the body; its message id is indexed`, () =>
      Effect.gen(function* () {
        const world = yield* runningWorld()
        const body = { status: "queued", error: "ignorado", messages: [{ id: "wamid.1" }] }
        yield* world.weni.faults.add({ kind: "status", status, body })
        yield* world.produce(record())
        const [response] = yield* world.responded(1)
        assert.deepStrictEqual(channels(response).whatsapp?.response, {
          status,
          error: "ignorado",
          messages: [{ id: "wamid.1" }]
        })
        assert.strictEqual(response?.response_status, "success")
        assert.strictEqual(names(world, "message_id"), 1)
      })
    )
  }
})
