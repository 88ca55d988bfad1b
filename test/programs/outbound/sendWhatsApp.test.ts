import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import type { FaultRule } from "../../../simulators/core/FaultRule.ts"
import type { Answer } from "../../../src/domain/record/ChannelResult.ts"
import { record } from "../../domain/outbound/records.ts"
import { asked, bodyOf, channels, fixtureId, runningWorld } from "../../support/scene.ts"
import { eventTime, type World } from "../../support/World.ts"

/** Seconds from the record to each dispatch. */
const sentAt = (world: World) =>
  Effect.map(world.weni.requests, (requests) => requests.map(({ at }) => (at - eventTime) / 1000))

describe("at most one accepted dispatch", () => {
  interface Failure {
    readonly fault: FaultRule
    /** Attempts in all. */
    readonly attempts: number
    readonly response: Answer
    readonly note: string
  }

  const refusal = (status: number, message: string, tentativas: number, codigo = `HTTP_${status}`) => ({
    status,
    message,
    erro: { codigo, detalhe: message, tentativas }
  })

  const failures: Readonly<Record<string, Failure>> = {
    "500, always": {
      fault: { kind: "status", status: 500, body: { message: "caiu", code: 7 }, times: -1 },
      attempts: 5,
      response: { ...refusal(500, "caiu", 5), code: 7 },
      note: "Falha no envio do WhatsApp: 500 caiu"
    },
    "502, always": {
      fault: { kind: "status", status: 502, body: "<html>bad gateway</html>", times: -1 },
      attempts: 5,
      response: {
        status: 502,
        message: "Bad Gateway",
        corpo: "<html>bad gateway</html>",
        erro: { codigo: "HTTP_502", detalhe: "<html>bad gateway</html>", tentativas: 5 }
      },
      note: "Falha no envio do WhatsApp: 502 Bad Gateway"
    },
    "503, always": {
      fault: { kind: "status", status: 503, times: -1 },
      attempts: 5,
      response: refusal(503, "error 503", 5),
      note: "Falha no envio do WhatsApp: 503 error 503"
    },
    "no connection, always": {
      fault: { kind: "refuse", times: -1 },
      attempts: 5,
      response: {
        status: 503,
        message: "sem conexão",
        erro: { codigo: "SEM_CONEXAO", detalhe: "conexão não estabelecida: refused", tentativas: 5 }
      },
      note: "Falha no envio do WhatsApp: 503 sem conexão"
    },
    "400": {
      fault: { kind: "status", status: 400, body: { message: "invalid contact", detail: "fullNumber" }, times: -1 },
      attempts: 1,
      response: {
        status: 400,
        message: "invalid contact",
        detail: "fullNumber",
        erro: { codigo: "HTTP_400", detalhe: "fullNumber", tentativas: 1 }
      },
      note: "Falha no envio do WhatsApp: 400 invalid contact"
    },
    "401": {
      fault: { kind: "status", status: 401, times: -1 },
      attempts: 5,
      response: refusal(401, "error 401", 5),
      note: "Falha no envio do WhatsApp: 401 error 401"
    },
    "403, twice": {
      fault: { kind: "status", status: 403, times: 2 },
      attempts: 2,
      response: refusal(403, "error 403", 2),
      note: "Falha no envio do WhatsApp: 403 error 403"
    },
    "501": {
      fault: { kind: "status", status: 501, times: -1 },
      attempts: 1,
      response: refusal(501, "error 501", 1),
      note: "Falha no envio do WhatsApp: 501 error 501"
    },
    "200 that lists the contact as invalid": {
      fault: { kind: "status", status: 200, body: { message: "accepted", invalidContacts: ["+55 11 99999-9999"] } },
      attempts: 1,
      response: {
        status: 422,
        message: "telefone recusado",
        invalidContacts: ["+55 11 99999-9999"],
        erro: {
          codigo: "TELEFONE_RECUSADO",
          detalhe: "a Weni respondeu com sucesso e não aceitou o telefone",
          tentativas: 1
        }
      },
      note: "Falha no envio do WhatsApp: 422 telefone recusado"
    },
    "an HTML page, which is in doubt": {
      fault: { kind: "html" },
      attempts: 1,
      response: {
        status: 502,
        message: "resposta inválida",
        resultado: "desconhecido",
        erro: {
          codigo: "RESPOSTA_INVALIDA",
          detalhe: "HTTP 200: a resposta é uma página HTML",
          tentativas: 1
        }
      },
      note: "Envio do WhatsApp sem confirmação: 502 resposta inválida"
    },
    "504, which is in doubt": {
      fault: { kind: "status", status: 504, times: -1 },
      attempts: 1,
      response: { ...refusal(504, "error 504", 1, "TIMEOUT"), resultado: "desconhecido" },
      note: "Envio do WhatsApp sem confirmação: 504 error 504"
    },
    "a time-out, which is in doubt": {
      fault: { kind: "timeout", times: -1 },
      attempts: 1,
      response: {
        status: 504,
        message: "timeout",
        resultado: "desconhecido",
        erro: { codigo: "TIMEOUT", detalhe: "sem resposta em 15 segundos", tentativas: 1 }
      },
      note: "Envio do WhatsApp sem confirmação: 504 timeout"
    },
    "a lost connection, which is in doubt": {
      fault: { kind: "drop", times: -1 },
      attempts: 1,
      response: {
        status: 502,
        message: "conexão perdida",
        resultado: "desconhecido",
        erro: { codigo: "INDETERMINADO", detalhe: "conexão perdida depois do envio: dropped", tentativas: 1 }
      },
      note: "Envio do WhatsApp sem confirmação: 502 conexão perdida"
    }
  }
  for (const [name, { attempts, fault, note, response: expected }] of Object.entries(failures)) {
    it.effect(`SPEC 5.3, 6.1, 7.1: ${name}: ${attempts} attempt(s)`, () =>
      Effect.gen(function* () {
        const world = yield* runningWorld()
        yield* world.weni.faults.add(fault)
        yield* world.produce(record())
        const [response] = yield* world.responded(1)
        const requests = yield* world.weni.requests
        assert.lengthOf(requests, attempts)
        assert.strictEqual(response?.response_status, "partial_success")
        assert.deepStrictEqual(channels(response).whatsapp, {
          status: "failure",
          request: bodyOf(requests.at(-1)),
          response: expected
        })
        assert.strictEqual(channels(response).itsm?.status, "success")
        const [theCase] = yield* world.serviceNow.cases
        assert.deepStrictEqual(theCase?.notes, [note])
        const doubt = expected.resultado === "desconhecido"
        assert.strictEqual(world.store.communications.get(fixtureId)?.view.inDoubt, doubt)
        assert.strictEqual(world.store.communications.get(fixtureId)?.view.addressee !== undefined, doubt)
      })
    )
  }

  it.effect(
    "SPEC 5.3: after failures that pass it is sent once, and the intents and answers of all attempts are recorded",
    () =>
      Effect.gen(function* () {
        const world = yield* runningWorld()
        yield* world.weni.faults.add({ kind: "refuse" })
        yield* world.weni.faults.add({ kind: "status", status: 503 })
        yield* world.produce(record())
        const [response] = yield* world.responded(1)
        assert.deepStrictEqual(channels(response).whatsapp?.response, { status: 200, message: "accepted" })
        assert.lengthOf(yield* world.weni.dispatches, 1)
        const facts = (yield* world.facts(fixtureId)).filter(({ _tag }) => _tag.startsWith("Dispatch"))
        assert.deepStrictEqual(
          facts.map((fact) => ("attempt" in fact ? `${fact._tag} ${fact.attempt}` : "")),
          [
            "DispatchIntended 1",
            "DispatchRefused 1",
            "DispatchIntended 2",
            "DispatchRefused 2",
            "DispatchIntended 3",
            "DispatchSettled 3"
          ]
        )
      })
  )

  it.effect("SPEC 5.3: the answer is recorded before any backoff, the intent before its request", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.weni.faults.add({ kind: "status", status: 503, headers: { "retry-after": "4" } })
      yield* world.weni.faults.add({ kind: "slow", delayMs: 5000 })
      yield* world.produce(record())
      const last = Effect.map(world.facts(fixtureId), (facts) => facts.at(-1)?._tag)
      yield* asked(world, world.weni, 1)
      assert.strictEqual(yield* last, "DispatchRefused")
      yield* asked(world, world.weni, 2)
      assert.strictEqual(yield* last, "DispatchIntended")
      assert.deepStrictEqual(yield* sentAt(world), [0, 4])
    })
  )

  it.effect("SPEC 5.3: the operator's setting decides which statuses are tried again", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ settings: { weni: { retryStatus: [418] }, retry: { attempts: 2 } } })
      yield* world.weni.faults.add({ kind: "status", status: 418, times: -1, match: { id: "um" } })
      yield* world.weni.faults.add({ kind: "status", status: 503, times: -1, match: { id: "dois" } })
      yield* world.produce(record({ id_correlacao: "um" }), { partition: 0 })
      yield* world.responded(1)
      assert.lengthOf(yield* world.weni.requests, 2)
      yield* world.produce(record({ id_correlacao: "dois" }), { partition: 0 })
      yield* world.responded(2)
      assert.lengthOf(yield* world.weni.requests, 3)
    })
  )

  it.effect(
    "SPEC 5.3: a dispatch in doubt is never sent again by itself, not after a restart and not by a repeat",
    () =>
      Effect.gen(function* () {
        const world = yield* runningWorld()
        yield* world.weni.faults.add({ kind: "timeout", when: "after" })
        yield* world.produce(record(), { partition: 0 })
        const [first] = yield* world.responded(1)
        yield* world.process.kill
        world.broker.broker.group(world.settings.kafka.groupId).commit(world.settings.topics.in, 0, 0)
        yield* world.start
        yield* world.produce(record(), { partition: 0 })
        const [, repeat] = yield* world.responded(2)
        yield* TestClock.adjust("10 minutes")
        assert.deepStrictEqual(channels(repeat), channels(first))
        assert.lengthOf(yield* world.weni.requests, 1)
        assert.lengthOf(yield* world.weni.dispatches, 1)
      })
  )

  it.effect("SPEC 5.3: an answer that comes after another process recorded the doubt settles it", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.weni.faults.add({ kind: "slow", delayMs: 10_000 })
      yield* world.produce(record())
      yield* asked(world, world.weni, 1)
      // Dead only to the brokers, like a replica whose session ended: its attempt is still under way.
      yield* world.broker.kill
      yield* world.start
      const [response] = yield* world.responded(1)
      assert.strictEqual(channels(response).whatsapp?.response.resultado, "desconhecido")
      assert.strictEqual(world.store.communications.get(fixtureId)?.view.inDoubt, true)

      yield* TestClock.adjust("15 seconds")
      const settled = (yield* world.facts(fixtureId)).filter((fact) => fact._tag === "DispatchSettled")
      assert.deepStrictEqual(
        settled.map(({ attempt, outcome }) => [attempt, outcome]),
        [
          [1, "in_doubt"],
          [1, "sent"]
        ]
      )
      assert.strictEqual(world.store.communications.get(fixtureId)?.view.inDoubt, false)
      // The process that the brokers no longer know stored the second response, and the other one publishes it.
      assert.deepStrictEqual(
        (yield* world.responses).map((each) => channels(each).whatsapp?.response.resultado),
        ["desconhecido", undefined]
      )
      assert.lengthOf(yield* world.weni.requests, 1)
    })
  )
})

describe("a dispatch under way when its process crashes", () => {
  it.effect("SPEC 5.3, 6.1: an intent found without an answer is in doubt, and the Case says so", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.weni.faults.add({ kind: "slow", delayMs: 10_000 })
      yield* world.produce(record())
      yield* asked(world, world.weni, 1)
      yield* world.process.kill
      yield* world.start
      const [response] = yield* world.responded(1)
      assert.deepStrictEqual(channels(response).whatsapp, {
        status: "failure",
        request: bodyOf((yield* world.weni.requests)[0]),
        response: {
          status: 502,
          message: "resultado desconhecido",
          resultado: "desconhecido",
          erro: {
            codigo: "INDETERMINADO",
            detalhe: "envio iniciado e interrompido antes de registrar a resposta",
            tentativas: 1
          }
        }
      })
      const [theCase] = yield* world.serviceNow.cases
      assert.deepStrictEqual(theCase?.notes, ["Envio do WhatsApp sem confirmação: 502 resultado desconhecido"])
    })
  )
})
