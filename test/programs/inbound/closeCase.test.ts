import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"

import { defaultJourneys } from "../../support/defaultJourneys.ts"
import { channels, journeysWith } from "../../support/scene.ts"
import { caseOf, event, notesOf, patchesOf, reply, responsesTo, sentWorld, told } from "./scene.ts"

const closeNotes = "Cliente confirmou a entrega para 01/10/2025. Caso encerrado."
const yesNote = "Confirmação recebida do cliente: SIM."
const noNote = "Cliente respondeu NÃO. Encaminhado para atendimento humano para remarcar a entrega."
const scheduledFor = (when: string) => `${yesNote} Fechamento agendado para ${when}.`
const closing = { state: 6, close_notes: closeNotes, work_notes: yesNote }

/** Local time in São Paulo. */
const local = (time: string) => Date.parse(`${time}-03:00`)

/** Half a minute before the desk opens on a Wednesday. */
const beforeOpening = { at: local("2025-10-01T07:59:30") }

const state = (world: Parameters<typeof caseOf>[0]) => Effect.map(caseOf(world), ({ fields }) => fields.state)

describe("SIM", () => {
  const inHours: Readonly<Record<string, string>> = {
    "at noon": "2025-09-30T12:30:00",
    "when the desk opens": "2025-10-01T08:00:00",
    "in the last minute": "2025-10-04T19:59:00"
  }
  for (const [name, time] of Object.entries(inHours)) {
    it.effect(`SPEC 8.8: ${name} closes the Case at once`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld({ at: local(time) })
        const [response] = yield* told(world, reply("SIM"))
        assert.deepStrictEqual(yield* patchesOf(world), [closing])
        const { fields } = yield* caseOf(world)
        assert.deepStrictEqual([fields.state, fields.close_notes], ["6", closeNotes])
        assert.deepStrictEqual(channels(response).itsm, {
          status: "success",
          request: closing,
          response: { status: 200 }
        })
        yield* TestClock.adjust("1 minute")
        assert.lengthOf(yield* world.responses, 2)
      })
    )
  }

  const outOfHours: Readonly<Record<string, readonly [time: string, opening: string]>> = {
    "when the desk closes": ["2025-09-30T20:00:00", "01/10/2025 08:00"],
    "before it opens": ["2025-10-01T07:59:00", "01/10/2025 08:00"],
    "on Saturday evening": ["2025-10-04T20:30:00", "06/10/2025 08:00"],
    "on Sunday": ["2025-10-05T12:00:00", "06/10/2025 08:00"],
    "on a holiday": ["2025-11-20T12:00:00", "21/11/2025 08:00"],
    "on the evening before a holiday": ["2025-12-24T21:00:00", "26/12/2025 08:00"]
  }
  for (const [name, [time, opening]] of Object.entries(outOfHours)) {
    it.effect(`SPEC 8.8: ${name} is noted, and the close scheduled for ${opening}`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld({ at: local(time) })
        const [response] = yield* told(world, reply("SIM"))
        assert.deepStrictEqual(yield* patchesOf(world), [{ work_notes: scheduledFor(opening) }])
        assert.strictEqual(yield* state(world), "10")
        assert.strictEqual(response?.evento, "retorno_sim")
        assert.strictEqual(response?.response_status, "success")
      })
    )
  }

  it.effect("SPEC 8.8: business hours count by the clock, not by the event's time", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld({ at: local("2025-09-30T20:30:00") })
      yield* told(world, reply("SIM", { timestamp: "2025-09-30T15:00:00Z" }))
      assert.deepStrictEqual(yield* notesOf(world), [scheduledFor("01/10/2025 08:00")])
    })
  )

  it.effect(
    "SPEC 8.8, 8.11: the scheduled close comes within seconds of the opening, once, with a response of its own",
    () =>
      Effect.gen(function* () {
        const world = yield* sentWorld(beforeOpening)
        yield* told(world, reply("SIM"))
        yield* TestClock.adjust(local("2025-10-01T07:59:59") - (yield* Clock.currentTimeMillis))
        assert.strictEqual(yield* state(world), "10")
        yield* TestClock.adjust("4 seconds")
        assert.strictEqual(yield* state(world), "6")
        const [closed, ...others] = yield* responsesTo(world, "fechamento")
        assert.deepStrictEqual(others, [])
        assert.notProperty(closed, "origem")
        assert.deepStrictEqual(closed?.resultados, {
          itsm: { status: "success", request: closing, response: { status: 200 } }
        })
        yield* TestClock.adjust("5 minutes")
        assert.deepStrictEqual(yield* patchesOf(world), [{ work_notes: scheduledFor("01/10/2025 08:00") }, closing])
        assert.lengthOf(yield* world.responses, 3)
      })
  )

  for (const death of ["kill", "stop"] as const) {
    it.effect(`SPEC 8.8, 9.3: the scheduled close survives a ${death} over the whole Sunday`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld({ at: local("2025-10-04T20:30:00") })
        yield* told(world, reply("SIM"))
        yield* world.process[death]
        yield* TestClock.setTime(local("2025-10-06T07:59:58"))
        yield* world.start
        assert.strictEqual(yield* state(world), "10")
        yield* world.responded(3)
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(yield* patchesOf(world), [{ work_notes: scheduledFor("06/10/2025 08:00") }, closing])
        assert.lengthOf(yield* responsesTo(world, "fechamento"), 1)
      })
    )
  }

  it.effect("SPEC 8.8: a close that came due while nothing ran is done at the start", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld(beforeOpening)
      yield* told(world, reply("SIM"))
      yield* world.process.kill
      yield* TestClock.adjust("3 hours")
      yield* world.start
      yield* world.responded(3)
      assert.strictEqual(yield* state(world), "6")
    })
  )

  it.effect("SPEC 8.8: events of the delivery do not touch the scheduled close", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld(beforeOpening)
      yield* told(world, reply("SIM"), event("entregue"), event("lida"), reply("obrigado"))
      yield* world.responded(6)
      assert.strictEqual(yield* state(world), "6")
    })
  )

  it.effect("SPEC 8.8: a close that is due while ServiceNow is unavailable is written when it is back", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld(beforeOpening)
      yield* told(world, reply("SIM"))
      yield* world.serviceNow.faults.add({ kind: "status", status: 503, times: 12, match: { method: "GET" } })
      yield* world.responded(3)
      assert.strictEqual(yield* state(world), "6")
      assert.lengthOf(yield* responsesTo(world, "fechamento"), 1)
    })
  )

  it.effect("SPEC 8.9: NÃO cancels the scheduled close", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld(beforeOpening)
      yield* told(world, reply("SIM"), reply("NÃO"))
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(yield* notesOf(world), [scheduledFor("01/10/2025 08:00"), noNote])
      assert.strictEqual(yield* state(world), "10")
      assert.deepStrictEqual(yield* responsesTo(world, "fechamento"), [])
    })
  )

  it.effect("SPEC 8.9: NÃO after the scheduled close reopens the Case", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld(beforeOpening)
      yield* told(world, reply("SIM"))
      yield* world.responded(3)
      yield* told(world, reply("NÃO"))
      assert.deepStrictEqual((yield* patchesOf(world)).at(-1), {
        state: 10,
        priority: 2,
        work_notes: noNote,
        close_notes: ""
      })
      assert.strictEqual(yield* state(world), "10")
    })
  )

  it.effect("SPEC 8.8: a journey without businessHours closes at any time", () =>
    Effect.gen(function* () {
      const journeys = defaultJourneys.replace(/^ {4}businessHours:\n(?: {6}.*\n)+/m, "")
      const world = yield* sentWorld({ at: local("2025-10-05T03:00:00"), journeys })
      yield* told(world, reply("SIM"))
      assert.deepStrictEqual(yield* patchesOf(world), [closing])
    })
  )

  it.effect("SPEC 8.8: resolution_code if the journey has one, at once and scheduled", () =>
    Effect.gen(function* () {
      const journeys = journeysWith({ resolutionCode: "Solved" })
      const now = yield* sentWorld({ journeys })
      yield* told(now, reply("SIM"))
      assert.deepStrictEqual(yield* patchesOf(now), [{ ...closing, resolution_code: "Solved" }])
      yield* now.process.stop
      const later = yield* sentWorld({ journeys, ...beforeOpening })
      yield* told(later, reply("SIM"))
      yield* later.responded(3)
      assert.deepStrictEqual((yield* patchesOf(later)).at(-1), { ...closing, resolution_code: "Solved" })
    })
  )

  it.effect("SPEC 8.8, 8.11: a Case that may not be read ends the scheduled close as a failure, once", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld(beforeOpening)
      const match = { method: "GET", path: "/api/now/table/sn_customerservice_case/" }
      yield* world.serviceNow.faults.add({ kind: "status", status: 403, times: -1, match })
      yield* told(world, reply("SIM"))
      const response = (yield* world.responded(3))[2]
      assert.deepStrictEqual([response?.evento, response?.response_status], ["fechamento", "failure"])
      assert.strictEqual(channels(response).itsm?.response.status, 403)
      yield* TestClock.adjust("10 minutes")
      assert.lengthOf(yield* world.responses, 3)
      assert.strictEqual(yield* state(world), "10")
    })
  )
})
