import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import type { FaultRule } from "../../../simulators/core/FaultRule.ts"
import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { channels } from "../../support/scene.ts"
import type { World, WorldOptions } from "../../support/World.ts"
import {
  caseOf,
  event,
  humanGroup,
  notesOf,
  patchesOf,
  peopleChange,
  reply,
  responsesTo,
  sentWorld,
  told
} from "../inbound/scene.ts"

const ourGroup = "0123456789abcdef0123456789abcdef"
const otherGroup = "fedcba9876543210fedcba9876543210"
const groups = { serviceNow: { assignmentGroup: ourGroup, humanGroup } }
/** One attempt for one try. */
const once: WorldOptions = { settings: { ...groups, retry: { attempts: 1 } } }

const yesNote = "Confirmação recebida do cliente: SIM."
const cancelledNote = "Fechamento agendado cancelado: caso alterado pelo atendimento."
const yesCancelled = `${yesNote} ${cancelledNote}`
const noNote = "Cliente respondeu NÃO. Encaminhado para atendimento humano para remarcar a entrega."
const noCancelled = "Cliente respondeu NÃO. Caso mantido com o atendimento humano."

const refused: FaultRule = { kind: "refuse", match: { method: "PATCH" } }
/** The PATCH is written, its answer lost, and its note cannot be looked for. */
const writtenUnheard: ReadonlyArray<FaultRule> = [
  { kind: "status", status: 503, when: "after", match: { method: "PATCH" } },
  { kind: "status", status: 503, match: { method: "GET", contains: "work_notes" } }
]

/** The answer's PATCH fails; then people change the Case; then its next try is due. */
const failedThen = Effect.fnUntraced(function* (
  answer: Json,
  fields: Json,
  faults: ReadonlyArray<FaultRule> = [refused],
  options = once
) {
  const world = yield* sentWorld(options)
  for (const fault of faults) yield* world.serviceNow.faults.add(fault)
  const [first] = yield* told(world, answer)
  assert.strictEqual(channels(first).itsm?.status, "failure")
  yield* peopleChange(world, fields)
  return world
})

const standing = (world: World) =>
  Effect.map(caseOf(world), ({ fields }) => [fields.state, fields.assignment_group, fields.priority])

const changes: Readonly<Record<string, Json>> = {
  state: { state: 18 },
  group: { assignment_group: otherGroup },
  "state, to Resolved": { state: 6, close_notes: "Entregue." }
}

describe("a later try of SIM's close", () => {
  for (const [name, fields] of Object.entries(changes)) {
    it.effect(`SPEC 6.4, 8.8: people have changed its ${name}: only a note, and the response shows it`, () =>
      Effect.gen(function* () {
        const world = yield* failedThen(reply("SIM"), fields)
        const before = (yield* caseOf(world)).fields
        yield* world.responded(3)
        const after = (yield* caseOf(world)).fields
        assert.deepStrictEqual(
          [after.state, after.assignment_group, after.close_notes],
          [before.state, before.assignment_group, before.close_notes]
        )
        assert.deepStrictEqual(yield* notesOf(world), [yesCancelled])
        const [, later] = yield* responsesTo(world, "retorno_sim")
        assert.deepStrictEqual(channels(later).itsm, {
          status: "success",
          request: { work_notes: yesCancelled },
          response: { status: 200 }
        })
        yield* TestClock.adjust("30 minutes")
        assert.lengthOf(yield* world.responses, 3)
      })
    )
  }

  it.effect("SPEC 6.4, 8.8: an unchanged Case is closed", () =>
    Effect.gen(function* () {
      const world = yield* failedThen(reply("SIM"), { priority: 1 })
      yield* world.responded(3)
      assert.strictEqual((yield* caseOf(world)).fields.state, "6")
      assert.deepStrictEqual(yield* notesOf(world), [yesNote])
    })
  )

  for (const [name, fields] of Object.entries({
    ...changes,
    "nothing that matters": { priority: 1 },
    "state, to Open again": { state: 10 }
  })) {
    it.effect(`SPEC 6.2, 6.4, 8.8: its answer was lost, and people have changed ${name} since: left alone`, () =>
      Effect.gen(function* () {
        const world = yield* failedThen(reply("SIM"), fields, writtenUnheard)
        const before = yield* standing(world)
        yield* world.responded(3)
        assert.deepStrictEqual(yield* standing(world), before)
        assert.deepStrictEqual(yield* notesOf(world), [yesNote])
        assert.lengthOf(yield* patchesOf(world), 2)
        assert.strictEqual(channels((yield* world.responses).at(-1)).itsm?.status, "success")
      })
    )
  }

  it.effect(
    "SPEC 6.2, 6.4, 8.8: its answer was lost, people have reopened it, and we have added a note since: left alone",
    () =>
      Effect.gen(function* () {
        const world = yield* failedThen(reply("SIM"), { state: 18 }, writtenUnheard)
        yield* told(world, event("entregue"))
        yield* world.responded(4)
        assert.strictEqual((yield* caseOf(world)).fields.state, "18")
        assert.deepStrictEqual(yield* notesOf(world), [yesNote, "Mensagem entregue as 30/09/2025 12:31:02"])
      })
  )

  it.effect("SPEC 8.8: the decision stands, whatever people do before the note is written", () =>
    Effect.gen(function* () {
      const world = yield* failedThen(reply("SIM"), { state: 18 })
      yield* world.serviceNow.faults.add({ ...refused, match: { ...refused.match, contains: cancelledNote } })
      yield* world.until(
        Effect.map(world.serviceNow.faults.list, (all) => all.every(({ remaining }) => remaining === 0))
      )
      yield* world.process.kill
      yield* peopleChange(world, { state: 10 })
      yield* world.start
      yield* world.responded(3)
      assert.strictEqual((yield* caseOf(world)).fields.state, "10")
      assert.deepStrictEqual(yield* notesOf(world), [yesCancelled])
    })
  )

  it.effect("SPEC 8.9: NÃO after it leaves close_notes alone: nothing of ours is to be taken back", () =>
    Effect.gen(function* () {
      const world = yield* failedThen(reply("SIM"), { state: 6, close_notes: "Entregue." })
      yield* world.responded(3)
      yield* told(world, reply("NÃO"))
      assert.strictEqual((yield* caseOf(world)).fields.close_notes, "Entregue.")
    })
  )

  it.effect("SPEC 4.6, 8.8: people change the Case while ServiceNow has us wait: only a note", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld({ settings: groups })
      yield* world.serviceNow.faults.add({
        kind: "status",
        status: 429,
        headers: { "retry-after": "600" },
        match: { method: "PATCH" }
      })
      yield* world.answer(reply("SIM"))
      yield* TestClock.adjust("5 minutes")
      yield* peopleChange(world, { state: 18 })
      yield* world.responded(2)
      assert.strictEqual((yield* caseOf(world)).fields.state, "18")
      assert.deepStrictEqual(yield* notesOf(world), [yesCancelled])
    })
  )

  it.effect(
    "SPEC 6.2, 9.2: ServiceNow has us wait, and nothing of it was written: the note is written without a look for it",
    () =>
      Effect.gen(function* () {
        const world = yield* sentWorld({ settings: groups })
        yield* world.serviceNow.faults.add({
          kind: "status",
          status: 429,
          headers: { "retry-after": "600" },
          match: { method: "PATCH" },
          times: 1
        })
        yield* world.answer(reply("SIM"))
        yield* world.responded(2)
        assert.deepStrictEqual(yield* notesOf(world), [yesNote])
        const looks = (yield* world.serviceNow.requests).filter(
          ({ method, query }) => method === "GET" && query.sysparm_fields?.includes("work_notes") === true
        )
        assert.deepStrictEqual(looks, [])
      })
  )

  it.effect("SPEC 8.8, 9.3: people change the Case while no process runs: only a note", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld({ settings: groups })
      yield* world.serviceNow.faults.add({ kind: "timeout", match: { method: "PATCH" } })
      yield* world.answer(reply("SIM"))
      yield* TestClock.adjust("10 seconds")
      yield* world.process.kill
      yield* peopleChange(world, { state: 18 })
      yield* world.start
      yield* world.responded(2)
      assert.strictEqual((yield* caseOf(world)).fields.state, "18")
      assert.deepStrictEqual(yield* notesOf(world), [yesCancelled])
    })
  )
})

describe("a later try of a scheduled close", () => {
  it.effect("SPEC 6.4, 8.8: people have changed the Case since: the note, with one more fechamento", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld({ ...once, at: Date.parse("2025-10-01T10:59:30Z") })
      yield* told(world, reply("SIM"))
      yield* world.serviceNow.faults.add(refused)
      yield* world.responded(3)
      yield* peopleChange(world, { state: 18 })
      yield* world.responded(4)
      assert.strictEqual((yield* caseOf(world)).fields.state, "18")
      assert.strictEqual((yield* notesOf(world)).at(-1), cancelledNote)
      const [first, second] = yield* responsesTo(world, "fechamento")
      assert.strictEqual(first?.response_status, "failure")
      assert.deepStrictEqual(second?.resultados, {
        itsm: { status: "success", request: { work_notes: cancelledNote }, response: { status: 200 } }
      })
    })
  )
})

describe("a later try of NÃO", () => {
  for (const [name, fields] of Object.entries({ state: { state: 18 }, group: { assignment_group: otherGroup } })) {
    it.effect(`SPEC 6.4, 8.9: people have changed its ${name}, so they have it: only a note`, () =>
      Effect.gen(function* () {
        const world = yield* failedThen(reply("NÃO"), fields)
        const before = yield* standing(world)
        yield* world.responded(3)
        assert.deepStrictEqual(yield* standing(world), before)
        assert.deepStrictEqual(yield* notesOf(world), [noCancelled])
        const [, later] = yield* responsesTo(world, "retorno_nao")
        assert.deepStrictEqual(channels(later).itsm?.request, { work_notes: noCancelled })
      })
    )
  }

  const standingCases: Readonly<Record<string, Json>> = {
    "as we left it": { priority: 1 },
    "given to the human group already": { assignment_group: humanGroup }
  }
  for (const [name, fields] of Object.entries(standingCases)) {
    it.effect(`SPEC 6.4, 8.9: the Case is ${name}: handed over`, () =>
      Effect.gen(function* () {
        const world = yield* failedThen(reply("NÃO"), fields)
        yield* world.responded(3)
        assert.deepStrictEqual(yield* standing(world), ["10", humanGroup, "2"])
        assert.deepStrictEqual(yield* notesOf(world), [noNote])
      })
    )
  }

  for (const state of ["3", "6", "7"]) {
    it.effect(`SPEC 6.4, 8.9: ended by people (${state}): only a note, and not tried again`, () =>
      Effect.gen(function* () {
        const world = yield* failedThen(reply("NÃO"), { state, close_notes: "Entregue." })
        yield* TestClock.adjust("2 hours")
        const [, later, ...others] = yield* responsesTo(world, "retorno_nao")
        assert.deepStrictEqual([later?.response_status, others], ["success", []])
        const { fields } = yield* caseOf(world)
        assert.deepStrictEqual([fields.state, fields.close_notes], [state, "Entregue."])
        assert.deepStrictEqual(yield* notesOf(world), [noCancelled])
      })
    )
  }

  it.effect("SPEC 6.2, 8.9: its answer was lost, and people work on it since: left alone", () =>
    Effect.gen(function* () {
      const world = yield* failedThen(reply("NÃO"), { state: 18, assignment_group: otherGroup }, writtenUnheard)
      yield* world.responded(3)
      assert.deepStrictEqual(yield* standing(world), ["18", otherGroup, "2"])
      assert.deepStrictEqual(yield* notesOf(world), [noNote])
    })
  )

  it.effect("SPEC 8.9: after our own close: resolved as we left it, it is reopened", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld(once)
      yield* told(world, reply("SIM"))
      yield* world.serviceNow.faults.add(refused)
      yield* told(world, reply("NÃO"))
      yield* world.responded(4)
      assert.deepStrictEqual(yield* standing(world), ["10", humanGroup, "2"])
      assert.notProperty((yield* caseOf(world)).fields, "close_notes")
    })
  )

  it.effect("SPEC 8.9: after our own close, reopened by people: only a note", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld(once)
      yield* told(world, reply("SIM"))
      yield* world.serviceNow.faults.add(refused)
      yield* told(world, reply("NÃO"))
      yield* peopleChange(world, { state: 10, priority: 1 })
      yield* world.responded(4)
      assert.deepStrictEqual(yield* standing(world), ["10", ourGroup, "1"])
      assert.strictEqual((yield* notesOf(world)).at(-1), noCancelled)
    })
  )
})
