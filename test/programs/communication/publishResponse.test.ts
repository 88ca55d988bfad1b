import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { TestClock } from "effect/testing"

import type { FaultRule } from "../../../simulators/core/FaultRule.ts"
import { record } from "../../domain/outbound/records.ts"
import {
  asked,
  bodyOf,
  channels,
  endings,
  fixtureId,
  headersOf,
  requestCount,
  runningWorld,
  writes
} from "../../support/scene.ts"
import { jsonOf } from "../../support/World.ts"

const refused: FaultRule = { kind: "status", status: 400 }
const onCase = { ...refused, match: { method: "POST", path: "/api/now/table/sn_" } }
const onNote = { ...refused, match: { method: "PATCH" } }

describe("response_status", () => {
  interface Outcome {
    readonly canais: ReadonlyArray<string>
    readonly serviceNow?: FaultRule
    readonly weni?: FaultRule
    readonly statuses: Readonly<Record<string, string>>
    readonly whole: string
  }
  const outcomes: Readonly<Record<string, Outcome>> = {
    "both succeed": {
      canais: ["whatsapp", "itsm"],
      statuses: { whatsapp: "success", itsm: "success" },
      whole: "success"
    },
    "both fail": {
      canais: ["whatsapp", "itsm"],
      serviceNow: onCase,
      statuses: { whatsapp: "failure", itsm: "failure" },
      whole: "failure"
    },
    "only the dispatch fails": {
      canais: ["whatsapp", "itsm"],
      weni: refused,
      statuses: { whatsapp: "failure", itsm: "success" },
      whole: "partial_success"
    },
    "only the note fails": {
      canais: ["whatsapp", "itsm"],
      serviceNow: onNote,
      statuses: { whatsapp: "success", itsm: "partial_success" },
      whole: "partial_success"
    },
    "the dispatch and the note fail": {
      canais: ["whatsapp", "itsm"],
      serviceNow: onNote,
      weni: refused,
      statuses: { whatsapp: "failure", itsm: "partial_success" },
      whole: "partial_success"
    },
    "the only channel, whatsapp, fails": {
      canais: ["whatsapp"],
      weni: refused,
      statuses: { whatsapp: "failure" },
      whole: "failure"
    },
    "the only channel, itsm, fails": {
      canais: ["itsm"],
      serviceNow: onCase,
      statuses: { itsm: "failure" },
      whole: "failure"
    },
    "the only channel, itsm, succeeds": { canais: ["itsm"], statuses: { itsm: "success" }, whole: "success" }
  }
  for (const [name, { canais, serviceNow, statuses, weni, whole }] of Object.entries(outcomes)) {
    it.effect(`SPEC 7.2: ${whole} when ${name}`, () =>
      Effect.gen(function* () {
        const world = yield* runningWorld()
        if (serviceNow !== undefined) yield* world.serviceNow.faults.add(serviceNow)
        if (weni !== undefined) yield* world.weni.faults.add(weni)
        yield* world.produce(record({ cod_canais: canais }))
        const [response] = yield* world.responded(1)
        const known = Object.entries(channels(response)).map(([channel, { status }]) => [channel, status])
        assert.deepStrictEqual(Object.fromEntries(known), statuses)
        assert.strictEqual(response?.response_status, whole)
        const [published] = yield* world.broker.records(world.settings.topics.response)
        assert.strictEqual(headersOf(published).response_status, whole)
        assert.strictEqual(world.store.communications.get(fixtureId)?.view.status, whole)
      })
    )
  }
})

describe("what a response shows", () => {
  it.effect("SPEC 7.1: an answer over 16 KiB is cut, and says so", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      const body = { message: "aceita", texto: "é".repeat(20_000), resto: 1 }
      yield* world.weni.faults.add({ kind: "status", status: 200, body })
      yield* world.produce(record())
      const [response] = yield* world.responded(1)
      const { status, ...answer } = channels(response).whatsapp?.response ?? { status: 0 }
      assert.strictEqual(status, 200)
      assert.strictEqual(answer.message, "aceita")
      assert.isTrue(answer.truncado)
      assert.match(String(answer.texto), /^é{8000,}$/)
      assert.isAtMost(Buffer.byteLength(JSON.stringify(answer)), 16 * 1024)
    })
  )

  it.effect("SPEC 7.1: an answer of 16 KiB is not cut", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      const body = { texto: "x".repeat(16 * 1024 - '{"texto":""}'.length) }
      yield* world.weni.faults.add({ kind: "status", status: 200, body })
      yield* world.produce(record())
      const [response] = yield* world.responded(1)
      assert.deepStrictEqual(channels(response).whatsapp?.response, { status: 200, ...body })
    })
  )

  it.effect("SPEC 7.1: requests are shown as sent; secrets are neither shown nor stored", () =>
    Effect.gen(function* () {
      const secret = Redacted.make("segredo")
      const auth = { type: "basic", username: "segredo", password: secret } as const
      const world = yield* runningWorld({
        settings: { serviceNow: { auth }, weni: { apiKey: secret, apiSecret: secret } }
      })
      yield* world.produce(record())
      const [response] = yield* world.responded(1)
      const [post, patch] = yield* writes(world.serviceNow)
      const [dispatch] = yield* writes(world.weni)
      const { itsm, whatsapp } = channels(response)
      assert.deepStrictEqual(itsm?.request, bodyOf(post))
      assert.deepStrictEqual(itsm?.atualizacoes?.[0]?.request, bodyOf(patch))
      assert.deepStrictEqual(whatsapp?.request, bodyOf(dispatch))
      const kept = JSON.stringify([response, yield* world.facts(fixtureId)])
      for (const text of ["segredo", btoa("segredo:segredo")]) assert.notInclude(kept, text)
    })
  )

  it.effect("SPEC 3.2, 4.5, 7.1: the response has the warnings of all steps", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.serviceNow.seed([{ email: "joao.silva@example.com" }])
      yield* world.serviceNow.change({ stripFields: ["u_msisdn"] })
      yield* world.produce(record())
      const [response] = yield* world.responded(1)
      assert.deepStrictEqual(response?.avisos, [
        "2 consumidores com o mesmo e-mail; usado o mais antigo",
        "Case: campos não gravados como enviados: u_msisdn"
      ])
    })
  )
})

describe("a response is stored before it is published", () => {
  it.effect("SPEC 7.3, 9.1: without brokers the response waits, and is sent once when they are back", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.weni.faults.add({ kind: "slow", delayMs: 2000 })
      yield* world.produce(record(), { partition: 0 })
      yield* asked(world, world.weni, 1)
      yield* world.broker.setReachable(false)
      yield* TestClock.adjust("5 minutes")
      const stored = (yield* world.facts(fixtureId)).at(-1)
      assert.strictEqual(stored?._tag, "ResponseStored")
      assert.lengthOf(yield* world.responses, 0)
      assert.deepStrictEqual(endings(world), {})

      yield* world.broker.setReachable(true)
      const [response] = yield* world.responded(1)
      assert.strictEqual(response?.tims_resposta, "2025-09-30T15:30:02.000Z")
      yield* world.until(Effect.map(world.committed, ([offset]) => offset === 1))
      assert.deepStrictEqual(endings(world), { "0/0": "response" })
      assert.lengthOf(yield* world.responses, 1)
    })
  )

  it.effect(
    "SPEC 7.3, 9.3: a process crashes before Kafka has the response: the next one publishes the stored content",
    () =>
      Effect.gen(function* () {
        const world = yield* runningWorld()
        yield* world.weni.faults.add({ kind: "slow", delayMs: 2000 })
        yield* world.produce(record(), { partition: 0 })
        yield* asked(world, world.weni, 1)
        yield* world.broker.setReachable(false)
        yield* TestClock.adjust("1 minute")
        const calls = yield* requestCount(world)
        const stored = (yield* world.facts(fixtureId)).at(-1)
        yield* world.process.kill
        yield* world.broker.setReachable(true)
        yield* world.start
        const [response] = yield* world.responded(1)
        const { origem, ...content } = response ?? {}
        assert.deepStrictEqual(content, stored?._tag === "ResponseStored" ? stored.content : undefined)
        assert.deepStrictEqual(origem, { topico: "comunicacaoTransacional", particao: 0, offset: 0 })
        assert.strictEqual(yield* requestCount(world), calls)
      })
  )

  it.effect("SPEC 7.3: a crash after Kafka had it publishes the same content again, with the same id_resposta", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      // The process crashes while the acknowledgement is on its way: the record is in the topic, but no fact records
      // it.
      yield* world.process.kill
      const dying = yield* world.startWith((call, effect) =>
        call === "Kafka.publish" ? Effect.andThen(effect, Effect.never) : effect
      )
      yield* world.produce(record())
      yield* world.responded(1)
      yield* dying.kill
      yield* world.start
      const [first, second] = yield* world.responded(2)
      assert.deepStrictEqual(second, first)
      const [a, b] = yield* world.broker.records(world.settings.topics.response)
      assert.strictEqual(headersOf(a).id_resposta, `${fixtureId}#1`)
      assert.strictEqual(headersOf(b).id_resposta, `${fixtureId}#1`)
      assert.deepStrictEqual(a && jsonOf(a), b && jsonOf(b))
    })
  )
})
