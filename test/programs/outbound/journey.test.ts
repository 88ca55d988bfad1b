import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"

import { record } from "../../domain/outbound/records.ts"
import { defaultJourneys } from "../../support/defaultJourneys.ts"
import {
  bodyOf,
  channels,
  contactOf,
  endings,
  erroOf,
  headersOf,
  journeysWith,
  preparedWorld,
  readBack,
  requestCount,
  runningWorld,
  writes
} from "../../support/scene.ts"

const casePost = { method: "POST", path: "/api/now/table/sn_" } as const

describe("expiry and journeys", () => {
  it.effect("SPEC 2.5: a record exactly as old as allowed is sent, a millisecond older is not", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld({ journeys: journeysWith({ expiresAfter: "24 hours" }) })
      yield* TestClock.adjust("24 hours")
      yield* world.start
      yield* world.produce(record(), { partition: 0 })
      const [first] = yield* world.responded(1)
      assert.strictEqual(first?.response_status, "success")
      yield* readBack(world)
      const before = yield* requestCount(world)
      yield* world.produce(record({ id_correlacao: "velho", tims_evento: "2025-09-29T15:29:59Z" }), { partition: 0 })
      const [, second] = yield* world.responded(2)
      assert.deepStrictEqual(second?.erro, {
        codigo: "EXPIRADA",
        status: 410,
        detalhe: "evento de 29/09/2025 12:29:59, validade de 24 horas"
      })
      assert.strictEqual(yield* requestCount(world), before)
      assert.deepStrictEqual(yield* world.facts("velho"), [])
      assert.deepStrictEqual(endings(world), { "0/0": "response", "0/1": "refused" })
      assert.lengthOf(yield* world.deadLetters, 0)
    })
  )

  it.effect("SPEC 2.5: a known communication is repeated however old it is", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ journeys: journeysWith({ expiresAfter: "24 hours" }) })
      yield* world.produce(record(), { partition: 0 })
      yield* world.responded(1)
      yield* world.process.stop
      yield* TestClock.setTime((yield* Clock.currentTimeMillis) + 25 * 3_600_000)
      yield* world.start
      yield* world.produce(record(), { partition: 0 })
      const [, second] = yield* world.responded(2)
      assert.isTrue(second?.duplicado)
      assert.strictEqual(second?.response_status, "success")
    })
  )

  it.effect("SPEC 2.5: a message that expires while the Case is opened fails the channel alone", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ journeys: journeysWith({ expiresAfter: "30 seconds" }) })
      yield* world.serviceNow.faults.add({ kind: "slow", delayMs: 31_000, match: casePost })
      yield* world.produce(record())
      const [response] = yield* world.responded(1)
      assert.lengthOf(yield* world.weni.requests, 0)
      assert.strictEqual(response?.response_status, "partial_success")
      assert.notProperty(response, "erro")
      assert.deepStrictEqual(channels(response).whatsapp, {
        status: "failure",
        response: {
          status: 410,
          message: "validade expirada",
          erro: {
            codigo: "EXPIRADA",
            detalhe: "evento de 30/09/2025 12:30:00, validade de 30 segundos",
            tentativas: 0
          }
        }
      })
      const [theCase] = yield* world.serviceNow.cases
      assert.deepStrictEqual(theCase?.notes, ["Falha no envio do WhatsApp: 410 validade expirada"])
    })
  )

  it.effect("SPEC 2.5, 7.1: a backoff that crosses the limit ends the attempts and reports their number", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ journeys: journeysWith({ expiresAfter: "30 seconds" }) })
      yield* world.weni.faults.add({ kind: "status", status: 503, headers: { "retry-after": "31" } })
      yield* world.produce(record())
      const [response] = yield* world.responded(1)
      const [dispatch, ...more] = yield* writes(world.weni)
      assert.lengthOf(more, 0)
      assert.deepStrictEqual(channels(response).whatsapp, {
        status: "failure",
        request: bodyOf(dispatch),
        response: {
          status: 410,
          message: "validade expirada",
          erro: {
            codigo: "EXPIRADA",
            detalhe: "evento de 30/09/2025 12:30:00, validade de 30 segundos",
            tentativas: 1
          }
        }
      })
    })
  )

  it.effect("SPEC 2.6: an unknown journey without a default causes nothing but a dead letter with the record", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      const sent = yield* world.produce(record({ cod_jornada: "pedido_x" }), { partition: 0 })
      const [response] = yield* world.responded(1)
      assert.strictEqual(erroOf(response).codigo, "JORNADA_DESCONHECIDA")
      assert.strictEqual(yield* requestCount(world), 0)
      const [letter] = yield* world.deadLetters
      assert.deepStrictEqual(letter?.value, sent.value)
      assert.strictEqual(headersOf(letter)["dlq-codigo"], "JORNADA_DESCONHECIDA")
      assert.strictEqual(world.store.communications.size, 0)
      assert.deepStrictEqual(endings(world), { "0/0": "dead_letter" })
    })
  )

  it.effect("SPEC 2.6: an unknown journey is treated as the file's default, under its own name", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ journeys: `${defaultJourneys}\ndefault: pedido_entregue_amanha\n` })
      yield* world.produce(record({ cod_jornada: "pedido_x" }))
      const [response] = yield* world.responded(1)
      assert.strictEqual(response?.response_status, "success")
      const [theCase] = yield* world.serviceNow.cases
      assert.match(theCase?.fields.short_description ?? "", /^Confirmação de entrega do pedido OBM3028874-01/)
      assert.strictEqual(contactOf((yield* writes(world.weni))[0])?.context.cod_jornada, "pedido_x")
    })
  )

  it.effect("SPEC 2.6: a dead letter is redriven once the file is fixed", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.produce(record({ cod_jornada: "pedido_x" }), { partition: 0 })
      yield* world.responded(1)
      yield* world.process.stop
      yield* world.startWithJourneys(defaultJourneys.replace("  pedido_entregue_amanha:", "  pedido_x:"))
      const [letter] = yield* world.deadLetters
      yield* world.produce(letter?.value ?? null, { partition: 0 })
      const [, response] = yield* world.responded(2)
      assert.strictEqual(response?.response_status, "success")
      assert.notProperty(response, "duplicado")
    })
  )

  it.effect("SPEC 1.4, 2.6: a repeat whose journey has left the file gets the recorded response", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.produce(record(), { partition: 0 })
      const [first] = yield* world.responded(1)
      yield* world.process.stop
      yield* world.startWithJourneys(defaultJourneys.replace("  pedido_entregue_amanha:", "  pedido_x:"))
      yield* world.produce(record(), { partition: 0 })
      const [, second] = yield* world.responded(2)
      assert.deepStrictEqual(second?.resultados, first?.resultados)
      assert.isTrue(second?.duplicado)
      assert.lengthOf(yield* world.deadLetters, 0)
    })
  )
})
