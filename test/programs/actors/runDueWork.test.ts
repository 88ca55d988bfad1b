import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import type { FaultRule } from "../../../simulators/core/FaultRule.ts"
import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { record } from "../../domain/outbound/records.ts"
import { bodyOf, channels, journeysWith, preparedWorld } from "../../support/scene.ts"
import type { World } from "../../support/World.ts"
import {
  caseOf,
  counted,
  event,
  fixtureId,
  notesOf,
  patchesOf,
  reply,
  responsesTo,
  sentWorld,
  told
} from "../inbound/scene.ts"

/** One attempt per try, so that the time of a request is the time of its try. */
const once = { settings: { retry: { attempts: 1 } } }
const deliveredNote = "Mensagem entregue as 30/09/2025 12:31:02"

const patchFails = (world: World, fault: FaultRule) =>
  world.serviceNow.faults.add({ ...fault, match: { method: "PATCH" } })
const refusing: FaultRule = { kind: "refuse", times: -1 }

const patches = (world: World) =>
  Effect.map(world.serviceNow.requests, (all) => all.filter(({ method }) => method === "PATCH"))

const statusOf = (response: Json | undefined) => [
  response?.id_resposta,
  response?.evento,
  response?.response_status,
  channels(response).itsm?.status
]

describe("writes on the Case that failed for a transient reason", () => {
  it.effect("CONTRACT GET /metrics: an event, or a close, whose write comes later is counted once", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld({ ...once, at: Date.parse("2025-10-01T10:57:00Z") })
      yield* patchFails(world, { kind: "refuse", times: 1 })
      yield* told(world, event("entregue"))
      yield* world.responded(3)
      yield* told(world, reply("sim"))
      yield* patchFails(world, { kind: "refuse", times: 1 })
      yield* world.responded(6)
      assert.deepStrictEqual(yield* counted(world, "ctx_events_total"), { entregue: 1, retorno_sim: 1, fechamento: 1 })
    })
  )

  it.effect(
    "SPEC 6.4: the outcome's note: after 1, 5 and 15 minutes, then hourly; one more response says that it is written",
    () =>
      Effect.gen(function* () {
        const world = yield* preparedWorld(once)
        yield* world.start
        yield* patchFails(world, refusing)
        yield* world.produce(record(), { partition: 0 })
        yield* world.responded(1)
        yield* TestClock.adjust("85 minutes")
        const tries = yield* patches(world)
        const [first = 0, ...later] = tries.map(({ at }) => at)
        const seconds = later.map((at, index) => Math.round((at - ([first, ...later][index] ?? 0)) / 1000))
        const expected = [60, 300, 900, 3600]
        assert.lengthOf(seconds, expected.length)
        for (const [index, wait] of seconds.entries()) {
          assert.isAtLeast(wait, expected[index] ?? 0)
          assert.isAtMost(wait, (expected[index] ?? 0) + 2)
        }
        assert.deepStrictEqual((yield* world.responses).map(statusOf), [
          [`${fixtureId}#1`, "comunicacao", "partial_success", "partial_success"]
        ])

        yield* world.serviceNow.faults.clear
        yield* world.responded(2)
        const [, second] = yield* world.responses
        assert.deepStrictEqual(statusOf(second), [`${fixtureId}#2`, "comunicacao", "success", "success"])
        assert.deepStrictEqual(channels(second).itsm?.atualizacoes, [
          {
            status: "success",
            request: { work_notes: "WhatsApp enviado com sucesso 30/09/2025 12:30:00" },
            response: { status: 200 }
          }
        ])
        assert.deepStrictEqual((yield* caseOf(world)).notes, ["WhatsApp enviado com sucesso 30/09/2025 12:30:00"])

        yield* world.produce(record(), { partition: 0 })
        const repeated = (yield* world.responded(3)).at(-1)
        assert.deepStrictEqual(repeated, {
          ...second,
          origem: { topico: "comunicacaoTransacional", particao: 0, offset: 1 },
          duplicado: true
        })
      })
  )

  const passing: Readonly<Record<string, FaultRule>> = {
    "no connection": refusing,
    "503": { kind: "status", status: 503, times: -1 },
    "a time-out": { kind: "timeout", times: -1 },
    "an unreadable answer": { kind: "html", times: -1 }
  }
  for (const [name, fault] of Object.entries(passing)) {
    it.effect(
      `SPEC 6.4: ${name}: an event's PATCH is written a minute later, and a repeat then gets the new response`,
      () =>
        Effect.gen(function* () {
          const world = yield* sentWorld(once)
          yield* patchFails(world, fault)
          const [first] = yield* told(world, event("entregue"))
          yield* world.serviceNow.faults.clear
          assert.deepStrictEqual(statusOf(first), [`${fixtureId}#2`, "entregue", "partial_success", "failure"])
          yield* TestClock.adjust("55 seconds")
          assert.deepStrictEqual(yield* notesOf(world), [])
          yield* TestClock.adjust("10 seconds")
          assert.deepStrictEqual(yield* notesOf(world), [deliveredNote])
          const second = (yield* responsesTo(world, "entregue")).at(-1)
          assert.deepStrictEqual(statusOf(second), [`${fixtureId}#3`, "entregue", "success", "success"])
          assert.deepStrictEqual(second?.origem, first?.origem)
          const [repeated] = yield* told(world, event("entregue"))
          assert.deepStrictEqual(repeated, {
            ...second,
            origem: { topico: "omnichannelRespostaCampanha", particao: 0, offset: 1 },
            duplicado: true
          })
          yield* TestClock.adjust("10 minutes")
          assert.lengthOf(yield* world.responses, 4)
          assert.deepStrictEqual(yield* notesOf(world), [deliveredNote])
        })
    )
  }

  it.effect("SPEC 6.2, 6.4: a note that was written after all is not written again and is reported as written", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld(once)
      yield* patchFails(world, { kind: "status", status: 503, when: "after" })
      yield* world.serviceNow.faults.add({
        kind: "status",
        status: 503,
        match: { method: "GET", contains: "work_notes" }
      })
      const [first] = yield* told(world, event("entregue"))
      assert.strictEqual(channels(first).itsm?.status, "failure")
      assert.deepStrictEqual(yield* notesOf(world), [deliveredNote])
      yield* world.responded(3)
      assert.lengthOf(yield* patchesOf(world), 1)
      assert.strictEqual(channels((yield* world.responses).at(-1)).itsm?.status, "success")
    })
  )

  it.effect(
    "SPEC 6.2, 9.3: a process crashes in a later try while its PATCH is still under way: the note is there once",
    () =>
      Effect.gen(function* () {
        const world = yield* sentWorld(once)
        yield* patchFails(world, { kind: "refuse" })
        yield* patchFails(world, { kind: "drop", when: "later", delayMs: 20_000 })
        yield* told(world, event("entregue"))
        yield* world.until(Effect.map(patchesOf(world), ({ length }) => length === 2))
        yield* world.process.kill
        yield* world.start
        yield* world.responded(3)
        yield* TestClock.adjust("2 minutes")
        assert.deepStrictEqual(yield* notesOf(world), [deliveredNote])
        assert.lengthOf(yield* patchesOf(world), 2)
      })
  )

  for (const status of [400, 403, 404]) {
    it.effect(`SPEC 6.4: ${status} is final`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld(once)
        // A 403 gets one more attempt (SPEC 4.6).
        const times = status === 403 ? 2 : 1
        yield* patchFails(world, { kind: "status", status, times })
        yield* told(world, event("entregue"))
        yield* TestClock.adjust("30 minutes")
        assert.lengthOf(yield* patchesOf(world), times)
        assert.lengthOf(yield* world.responses, 2)
      })
    )
  }

  for (const death of ["kill", "stop"] as const) {
    it.effect(`SPEC 6.4, 9.3: survives a ${death}`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld(once)
        yield* patchFails(world, { kind: "refuse" })
        yield* told(world, event("entregue"))
        yield* world.process[death]
        yield* TestClock.adjust("3 hours")
        assert.deepStrictEqual(yield* notesOf(world), [])
        yield* world.start
        yield* world.responded(3)
        assert.deepStrictEqual(yield* notesOf(world), [deliveredNote])
      })
    )
  }

  it.effect("SPEC 6.4, 8.8: a scheduled close that failed is written later, with one more fechamento", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld({ ...once, at: Date.parse("2025-10-01T10:59:30Z") })
      yield* told(world, reply("SIM"))
      yield* patchFails(world, { kind: "refuse" })
      yield* world.responded(4)
      const closes = yield* responsesTo(world, "fechamento")
      assert.deepStrictEqual(
        closes.map((close) => [close.id_resposta, close.response_status]),
        [
          [`${fixtureId}#3`, "failure"],
          [`${fixtureId}#4`, "success"]
        ]
      )
      assert.strictEqual((yield* caseOf(world)).fields.state, "6")
    })
  )

  it.effect("SPEC 6.4, 8.9: NÃO is written later, too", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld(once)
      yield* told(world, reply("SIM"))
      yield* patchFails(world, { kind: "refuse" })
      yield* told(world, reply("NÃO"))
      assert.strictEqual((yield* caseOf(world)).fields.state, "6")
      yield* world.responded(4)
      const { fields } = yield* caseOf(world)
      assert.deepStrictEqual([fields.state, fields.priority, fields.close_notes], ["10", "2", undefined])
    })
  )
})

describe("writes on the Case that have been overtaken", () => {
  /** Nothing is written in the next half an hour. */
  const assertQuiet = Effect.fnUntraced(function* (world: World) {
    const before = yield* Effect.all([patches(world), world.responses])
    yield* TestClock.adjust("30 minutes")
    assert.deepStrictEqual(yield* Effect.all([patches(world), world.responses]), before)
  })

  it.effect("SPEC 6.4, 8.9: SIM's close that failed, then NÃO", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld(once)
      yield* patchFails(world, { kind: "refuse" })
      yield* told(world, reply("SIM"), reply("NÃO"))
      yield* assertQuiet(world)
      assert.strictEqual((yield* caseOf(world)).fields.state, "10")
    })
  )

  it.effect("SPEC 6.4, 8.9: a scheduled close that failed, then NÃO", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld({ ...once, at: Date.parse("2025-10-01T10:59:30Z") })
      yield* told(world, reply("SIM"))
      yield* patchFails(world, { kind: "refuse" })
      yield* world.responded(3)
      yield* told(world, reply("NÃO"))
      yield* assertQuiet(world)
      assert.strictEqual((yield* caseOf(world)).fields.state, "10")
    })
  )

  it.effect("SPEC 6.4, 8.5: a delivery note that failed, then the one of read", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld(once)
      yield* patchFails(world, { kind: "refuse" })
      yield* told(world, event("entregue"), event("lida"))
      yield* assertQuiet(world)
      assert.deepStrictEqual(yield* notesOf(world), [
        "Mensagem entregue as 30/09/2025 12:31:02 e lida as 30/09/2025 12:31:02"
      ])
    })
  )

  it.effect("SPEC 6.4, 8.5: both delivery notes that failed: the last one is written", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld(once)
      yield* patchFails(world, { kind: "refuse", times: 2 })
      yield* told(world, event("entregue"), event("lida"))
      yield* world.responded(4)
      yield* assertQuiet(world)
      assert.deepStrictEqual(yield* notesOf(world), [
        "Mensagem entregue as 30/09/2025 12:31:02 e lida as 30/09/2025 12:31:02"
      ])
    })
  )

  it.effect(
    "SPEC 6.4, 8.5, 8.7: a delivery note that failed, then a newer failure: only its field is still written",
    () =>
      Effect.gen(function* () {
        const world = yield* sentWorld({ ...once, journeys: journeysWith({ deliveredField: "u_entregue_em" }) })
        yield* world.serviceNow.change({ extraFields: ["u_entregue_em"] })
        yield* patchFails(world, { kind: "refuse" })
        yield* told(world, event("entregue"), event("falha", { timestamp: "2025-09-30T15:34:00Z", code: "1" }))
        yield* world.responded(4)
        yield* assertQuiet(world)
        assert.deepStrictEqual(yield* notesOf(world), ["Falha no envio do WhatsApp: 1"])
        assert.strictEqual((yield* caseOf(world)).fields.u_entregue_em, "2025-09-30 15:31:02")
      })
  )

  it.effect("SPEC 6.4, 8.6: the note that an event settled a doubt is not overtaken by a later event", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld(once)
      yield* world.weni.faults.add({ kind: "timeout" })
      yield* world.start
      yield* world.produce(record())
      yield* world.responded(1)
      yield* patchFails(world, { kind: "refuse", times: 2 })
      yield* told(world, event("entregue"), event("lida"))
      yield* world.responded(5)
      yield* assertQuiet(world)
      assert.deepStrictEqual((yield* notesOf(world)).toSorted(), [
        "Mensagem entregue as 30/09/2025 12:31:02 e lida as 30/09/2025 12:31:02",
        "WhatsApp confirmado pelo evento entregue"
      ])
      const bodies = (yield* patches(world)).map(bodyOf)
      assert.isFalse(bodies.slice(3).some(({ work_notes }) => work_notes === deliveredNote))
    })
  )
})
