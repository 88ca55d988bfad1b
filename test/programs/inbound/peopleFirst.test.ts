import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import type { FaultRule } from "../../../simulators/core/FaultRule.ts"
import type { Flow } from "../../../simulators/servicenow/options.ts"
import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { record } from "../../domain/outbound/records.ts"
import { channels, preparedWorld, readBack } from "../../support/scene.ts"
import type { Overrides } from "../../support/settings.ts"
import { caseOf, event, humanGroup, notesOf, patchesOf, peopleChange, reply, sentWorld, told } from "./scene.ts"

const ourGroup = "0123456789abcdef0123456789abcdef"
const otherGroup = "fedcba9876543210fedcba9876543210"
const groups = { serviceNow: { assignmentGroup: ourGroup, humanGroup } }
/** Half a minute before the desk opens. */
const beforeOpening = Date.parse("2025-10-01T10:59:30Z")

const yesNote = "Confirmação recebida do cliente: SIM."
const cancelledNote = "Fechamento agendado cancelado: caso alterado pelo atendimento."
const noKept = "Cliente respondeu NÃO. Caso mantido com o atendimento humano."
const noNote = "Cliente respondeu NÃO. Encaminhado para atendimento humano para remarcar a entrega."
const delivered = event("entregue")
const deliveredNote = "Mensagem entregue as 30/09/2025 12:31:02"

const changes: Readonly<Record<string, Json>> = {
  "its state": { state: 18 },
  "its group": { assignment_group: otherGroup },
  "both, and taken it": { state: 18, assignment_group: otherGroup, assigned_to: "a".repeat(32) }
}
const ends: Readonly<Record<string, Json>> = { Closed: { state: 3 }, Resolved: { state: 6 }, Cancelled: { state: 7 } }

/** State and group. */
const standing = (world: Parameters<typeof caseOf>[0]) =>
  Effect.map(caseOf(world), ({ fields }) => [fields.state, fields.assignment_group])

it.effect("SPEC 8.8, 8.9: a Case whose number is hidden on reads is closed by SIM and taken back by NÃO", () =>
  Effect.gen(function* () {
    const world = yield* sentWorld({ settings: groups })
    yield* world.serviceNow.change({ hiddenOnRead: ["number"] })
    yield* told(world, reply("SIM"))
    assert.strictEqual((yield* caseOf(world)).fields.state, "6")
    yield* told(world, reply("NÃO"))
    assert.deepStrictEqual(yield* standing(world), ["10", humanGroup])
  })
)

it.effect("SPEC 8.10: a no word that does not begin the text gives people the Case, even after a SIM", () =>
  Effect.gen(function* () {
    const world = yield* sentWorld({ settings: groups })
    yield* told(world, reply("SIM"))
    assert.strictEqual((yield* caseOf(world)).fields.state, "6")
    const [response] = yield* told(world, reply("mas hoje não"))
    assert.strictEqual(response?.evento, "retorno_outro")
    assert.deepStrictEqual(yield* standing(world), ["10", humanGroup])
    assert.strictEqual((yield* notesOf(world)).at(-1), "Resposta do cliente não reconhecida: mas hoje não")
  })
)

describe("an answer on a Case that people have changed before it", () => {
  for (const [name, fields] of Object.entries({ ...changes, ...ends })) {
    for (const [when, events] of Object.entries({ "": [], ", with a delivery in between": [delivered] })) {
      it.effect(`SPEC 8.8: SIM at once, people have changed ${name}${when}: only a note`, () =>
        Effect.gen(function* () {
          const world = yield* sentWorld({ settings: groups })
          yield* peopleChange(world, fields)
          const before = yield* standing(world)
          yield* told(world, ...events)
          const [response] = yield* told(world, reply("SIM"))
          assert.deepStrictEqual(yield* standing(world), before)
          const note = { work_notes: `${yesNote} ${cancelledNote}` }
          assert.deepStrictEqual(channels(response).itsm, {
            status: "success",
            request: note,
            response: { status: 200 }
          })
          assert.strictEqual((yield* notesOf(world)).at(-1), note.work_notes)
        })
      )
    }

    it.effect(`SPEC 8.9: NÃO, people have changed ${name}: only a note`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld({ settings: groups })
        yield* peopleChange(world, fields)
        const before = yield* standing(world)
        yield* told(world, reply("NÃO"))
        assert.deepStrictEqual(yield* standing(world), before)
        assert.deepStrictEqual(yield* notesOf(world), [noKept])
      })
    )
  }

  it.effect("SPEC 8.8: hours later, with events in between: only a note", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld({ settings: groups, at: Date.parse("2025-09-30T12:00:00Z") })
      yield* TestClock.adjust("1 hour")
      yield* peopleChange(world, { state: 18 })
      yield* told(world, delivered)
      yield* TestClock.adjust("1 hour")
      yield* told(world, reply("SIM"))
      assert.strictEqual((yield* standing(world))[0], "18")
    })
  )

  it.effect("SPEC 8.8: what people have changed and put back, or change besides, does not matter", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld({ settings: groups })
      yield* peopleChange(world, { state: 18, priority: 1 })
      yield* told(world, delivered)
      yield* peopleChange(world, { state: 10, work_notes: "Vi." })
      yield* told(world, reply("SIM"))
      assert.strictEqual((yield* standing(world))[0], "6")
    })
  )

  it.effect("SPEC 8.9: a Case that is in the human group already is handed over", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld({ settings: groups })
      yield* peopleChange(world, { assignment_group: humanGroup })
      yield* told(world, reply("NÃO"))
      assert.deepStrictEqual(yield* notesOf(world), [noNote])
      assert.strictEqual((yield* caseOf(world)).fields.priority, "2")
    })
  )

  it.effect("SPEC 8.9: our own close, that the instance has made final since, is not reopened", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld({ settings: groups })
      yield* world.serviceNow.change({ flows: [{ on: "update", when: "state=6", delayMs: 5000, set: { state: "3" } }] })
      yield* told(world, reply("SIM"))
      yield* TestClock.adjust("10 seconds")
      const [response] = yield* told(world, reply("NÃO"))
      assert.strictEqual((yield* standing(world))[0], "3")
      assert.deepStrictEqual(yield* notesOf(world), [yesNote, noKept])
      assert.deepStrictEqual(response?.avisos, ["o Case está fechado (state 3) e não pode ser reaberto"])
    })
  )

  it.effect("SPEC 8.9: an ended Case that takes nothing at all: a failure, with the same warning", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld({ settings: groups })
      yield* world.serviceNow.change({ endedCases: "takeNothing" })
      yield* peopleChange(world, { state: 7 })
      const [response] = yield* told(world, reply("NÃO"))
      assert.deepStrictEqual(
        [response?.response_status, channels(response).itsm?.status],
        ["partial_success", "failure"]
      )
      assert.deepStrictEqual(response?.avisos, ["o Case foi encerrado pelo atendimento (state 7) e não foi reaberto"])
    })
  )
})

describe("an instance whose flows change the Case soon after its insert", () => {
  const flows: Readonly<Record<string, Flow>> = {
    "its state": { delayMs: 4000, set: { state: "18" } },
    "its group": { delayMs: 4000, set: { assignment_group: otherGroup } },
    "both after our note": { on: "update", delayMs: 3000, set: { state: "1", assignment_group: otherGroup } }
  }
  /** A node of the instance lets nobody read a Case. */
  const forbidden: FaultRule = {
    kind: "status",
    status: 403,
    match: { method: "GET", path: "/api/now/table/sn_customerservice_case/" }
  }
  const prepared = Effect.fnUntraced(function* (
    flow: Flow,
    at?: number,
    faults: ReadonlyArray<FaultRule> = [],
    settings: Overrides = {}
  ) {
    const world = yield* preparedWorld({ settings: { ...groups, ...settings }, ...(at !== undefined && { at }) })
    yield* world.serviceNow.change({ flows: [flow] })
    for (const fault of faults) yield* world.serviceNow.faults.add(fault)
    yield* world.start
    yield* world.produce(record())
    yield* world.responded(1)
    yield* readBack(world)
    return world
  })

  for (const [name, flow] of Object.entries(flows)) {
    for (const [when, events] of Object.entries({ "": [], ", with a delivery in between": [delivered] })) {
      it.effect(`SPEC 8.8: ${name}${when}: SIM closes at once`, () =>
        Effect.gen(function* () {
          const world = yield* prepared(flow)
          yield* TestClock.adjust("10 seconds")
          yield* told(world, ...events)
          yield* TestClock.adjust("10 seconds")
          yield* told(world, reply("SIM"))
          assert.strictEqual((yield* standing(world))[0], "6")
        })
      )

      it.effect(`SPEC 8.8: ${name}${when}: SIM hours later closes`, () =>
        Effect.gen(function* () {
          const world = yield* prepared(flow)
          yield* TestClock.adjust("1 hour")
          yield* told(world, ...events)
          yield* TestClock.adjust("10 minutes")
          yield* told(world, reply("SIM"))
          assert.strictEqual((yield* standing(world))[0], "6")
        })
      )

      it.effect(`SPEC 8.8: ${name}${when}: a scheduled close is carried out`, () =>
        Effect.gen(function* () {
          const world = yield* prepared(flow, beforeOpening - 60_000)
          yield* TestClock.adjust("10 seconds")
          yield* told(world, ...events, reply("SIM"))
          yield* world.responded(3 + events.length)
          assert.strictEqual((yield* standing(world))[0], "6")
        })
      )
    }

    it.effect(`SPEC 8.8: ${name}, after the SIM: a scheduled close is carried out`, () =>
      Effect.gen(function* () {
        const world = yield* prepared(flow, beforeOpening)
        yield* told(world, reply("SIM"))
        yield* world.responded(3)
        assert.strictEqual((yield* standing(world))[0], "6")
      })
    )

    it.effect(`SPEC 8.9: ${name}: NÃO hands the Case over`, () =>
      Effect.gen(function* () {
        const world = yield* prepared(flow)
        yield* TestClock.adjust("10 seconds")
        yield* told(world, reply("NÃO"))
        assert.deepStrictEqual(yield* standing(world), ["10", humanGroup])
      })
    )

    it.effect(`SPEC 8.8: ${name}, and then people: only a note`, () =>
      Effect.gen(function* () {
        const world = yield* prepared(flow)
        yield* TestClock.adjust("10 seconds")
        yield* told(world, delivered)
        yield* peopleChange(world, { state: 10, assignment_group: humanGroup })
        yield* told(world, reply("SIM"))
        assert.deepStrictEqual(yield* standing(world), ["10", humanGroup])
        assert.deepStrictEqual(yield* notesOf(world), [deliveredNote, `${yesNote} ${cancelledNote}`])
      })
    )
  }

  it.effect("SPEC 8.8: between two events: the read before the second one still tells it from people", () =>
    Effect.gen(function* () {
      const world = yield* prepared({ delayMs: 4000, set: { state: "18" } })
      yield* told(world, delivered)
      yield* TestClock.adjust("10 seconds")
      yield* told(world, event("lida", { timestamp: "2025-09-30T15:33:00Z" }), reply("SIM"))
      assert.strictEqual((yield* standing(world))[0], "6")
    })
  )

  it.effect("SPEC 8.8: a Case is no longer read before notes once it has settled", () =>
    Effect.gen(function* () {
      const world = yield* prepared({ delayMs: 4000, set: { state: "18" } })
      yield* TestClock.adjust("6 minutes")
      yield* told(world, delivered)
      const reads = Effect.map(world.serviceNow.requests, (all) => all.filter(({ method }) => method === "GET").length)
      const before = yield* reads
      yield* told(world, event("lida", { timestamp: "2025-09-30T15:33:00Z" }), reply("Oi"))
      assert.strictEqual(yield* reads, before)
      yield* told(world, reply("SIM"))
      assert.strictEqual((yield* standing(world))[0], "6")
    })
  )

  it.effect("SPEC 8.8: a flow that follows what people do does not hide them", () =>
    Effect.gen(function* () {
      const world = yield* prepared({ on: "update", when: "state=18", delayMs: 1000, set: { assigned_to: otherGroup } })
      yield* peopleChange(world, { state: 18 })
      yield* told(world, delivered)
      yield* TestClock.adjust("10 seconds")
      yield* told(world, reply("SIM"))
      assert.strictEqual((yield* standing(world))[0], "18")
    })
  )

  it.effect("SPEC 8.8: a change long after the insert is people's, whoever made it", () =>
    Effect.gen(function* () {
      const world = yield* prepared({ delayMs: 3_600_000, set: { state: "18" } })
      yield* TestClock.adjust("2 hours")
      yield* told(world, reply("SIM"))
      assert.strictEqual((yield* standing(world))[0], "18")
    })
  )

  it.effect("SPEC 8.8: a Case that may not be read before our note shows nothing of earlier changes: only a note", () =>
    Effect.gen(function* () {
      const world = yield* prepared({ delayMs: 1, set: { state: "18" } })
      // The read of the plan, and the two of the note.
      yield* world.serviceNow.faults.add({ ...forbidden, times: 3 })
      yield* told(world, delivered, reply("SIM"))
      assert.strictEqual((yield* standing(world))[0], "18")
      assert.lengthOf(yield* patchesOf(world), 2)
    })
  )

  it.effect("SPEC 4.6, 8.8: a single 403 to the read before a note: the note is preceded by another read", () =>
    Effect.gen(function* () {
      const world = yield* prepared({ delayMs: 1, set: { state: "18" } })
      yield* world.serviceNow.faults.add(forbidden)
      yield* told(world, delivered, reply("SIM"))
      assert.strictEqual((yield* standing(world))[0], "6")
    })
  )

  describe("while ServiceNow is away", () => {
    /** From now on. */
    const away: FaultRule = { kind: "refuse", times: -1, forMs: 90_000 }
    const slowBreaker = { breaker: { failures: 2, after: 3000, reset: 10_000 } }

    for (const [name, flow] of Object.entries(flows)) {
      it.effect(`SPEC 8.8, 9.2: ${name}, and a delivery comes meanwhile: SIM closes`, () =>
        Effect.gen(function* () {
          const world = yield* prepared(flow, undefined, [], slowBreaker)
          yield* world.serviceNow.faults.add(away)
          yield* TestClock.adjust("10 seconds")
          yield* told(world, delivered, reply("SIM"))
          assert.strictEqual((yield* standing(world))[0], "6")
        })
      )

      it.effect(`SPEC 8.8, 9.2: ${name}, and the SIM comes meanwhile: its scheduled close is carried out`, () =>
        Effect.gen(function* () {
          const world = yield* prepared(flow, beforeOpening - 180_000, [], slowBreaker)
          yield* world.serviceNow.faults.add(away)
          yield* TestClock.adjust("10 seconds")
          yield* told(world, reply("SIM"))
          yield* world.responded(3)
          assert.strictEqual((yield* standing(world))[0], "6")
        })
      )
    }

    it.effect("SPEC 8.8, 9.2: people change the Case before the note that waits: only a note", () =>
      Effect.gen(function* () {
        const world = yield* prepared({ delayMs: 4000, set: { state: "18" } }, undefined, [], slowBreaker)
        yield* TestClock.adjust("10 seconds")
        // The plan reads the Case, and its note waits.
        yield* world.serviceNow.faults.add({ ...away, match: { contains: "Mensagem" } })
        yield* world.answer(delivered)
        yield* TestClock.adjust("30 seconds")
        yield* peopleChange(world, { state: 1 })
        yield* world.responded(2)
        yield* told(world, reply("SIM"))
        assert.strictEqual((yield* standing(world))[0], "1")
      })
    )
  })

  it.effect("SPEC 8.8: a flow before the note of a dispatch that took minutes: SIM closes", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld({
        settings: { ...groups, breaker: { failures: 2, after: 3000, reset: 10_000 } }
      })
      yield* world.serviceNow.change({ flows: [{ delayMs: 4000, set: { state: "18" } }] })
      yield* world.weni.faults.add({ kind: "refuse", times: -1, forMs: 120_000 })
      yield* world.start
      yield* world.produce(record())
      yield* world.responded(1)
      yield* told(world, reply("SIM"))
      assert.strictEqual((yield* standing(world))[0], "6")
    })
  )

  it.effect("SPEC 8.8, 8.9: a flow, and a close that is refused minutes later: NÃO hands the Case over", () =>
    Effect.gen(function* () {
      const world = yield* prepared({ delayMs: 4000, set: { state: "18" } })
      yield* TestClock.adjust("10 minutes")
      yield* world.serviceNow.change({
        dataPolicies: [{ table: "sn_customerservice_case", when: "state=6", mandatory: ["resolution_code"] }]
      })
      yield* told(world, reply("SIM"))
      yield* TestClock.adjust("10 minutes")
      yield* told(world, reply("NÃO"))
      assert.deepStrictEqual(yield* standing(world), ["10", humanGroup])
    })
  )
})
