import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { channels, journeysWith } from "../../support/scene.ts"
import { caseOf, humanGroup, notesOf, patchesOf, peopleChange, reply, sentWorld, told } from "./scene.ts"

const noNote = "Cliente respondeu NÃO. Encaminhado para atendimento humano para remarcar a entrega."
const yesAfterNo = "Cliente respondeu SIM depois de NÃO. Caso mantido com o atendimento humano."
const yesNote = "Confirmação recebida do cliente: SIM."
const journeysGroup = "0123456789abcdef0123456789abcdef"

const yes = reply("SIM")
const no = reply("NÃO")
const another = (one: Json, message_id: string) => ({ ...one, message_id })

const human = (more: Json = {}, group: Json = {}) => ({ state: 10, ...group, priority: 2, work_notes: noNote, ...more })
const reopened = { close_notes: "" }

describe("NÃO", () => {
  const groups: Readonly<Record<string, readonly [Parameters<typeof sentWorld>[0], Json]>> = {
    "the human group of the settings": [{ settings: { serviceNow: { humanGroup } } }, { assignment_group: humanGroup }],
    "the human group of the journey, before that of the settings": [
      { settings: { serviceNow: { humanGroup } }, journeys: journeysWith({ humanGroup: journeysGroup }) },
      { assignment_group: journeysGroup }
    ],
    "no group where none is set": [{}, {}]
  }
  for (const [name, [options, group]] of Object.entries(groups)) {
    it.effect(`SPEC 8.9: state 10, priority 2, the note, and ${name}`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld(options)
        const [response] = yield* told(world, no)
        assert.strictEqual(JSON.stringify(yield* patchesOf(world)), JSON.stringify([human({}, group)]))
        const { fields } = yield* caseOf(world)
        assert.deepStrictEqual(
          [fields.state, fields.priority, fields.assignment_group],
          ["10", "2", group.assignment_group]
        )
        assert.strictEqual(response?.evento, "retorno_nao")
        assert.strictEqual(response?.response_status, "success")
      })
    )
  }

  it.effect("SPEC 8.9: after SIM reopens the Case and takes back what the close wrote", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld({ settings: { serviceNow: { humanGroup } } })
      yield* told(world, yes, no)
      assert.deepStrictEqual((yield* patchesOf(world)).at(-1), human(reopened, { assignment_group: humanGroup }))
      const { fields } = yield* caseOf(world)
      assert.deepStrictEqual(
        [fields.state, fields.priority, fields.close_notes, fields.assignment_group],
        ["10", "2", undefined, humanGroup]
      )
    })
  )

  it.effect("SPEC 8.9: after SIM takes back resolution_code if the journey uses it", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld({ journeys: journeysWith({ resolutionCode: "Solved" }) })
      yield* told(world, yes)
      assert.strictEqual((yield* caseOf(world)).fields.resolution_code, "Solved")
      yield* told(world, no)
      assert.deepStrictEqual((yield* patchesOf(world)).at(-1), human({ ...reopened, resolution_code: "" }))
      assert.notProperty((yield* caseOf(world)).fields, "resolution_code")
    })
  )

  it.effect("SPEC 8.9: after a SIM that ServiceNow refused is answered as after one that it took", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* world.serviceNow.faults.add({ kind: "status", status: 400, match: { method: "PATCH" } })
      yield* told(world, yes, no)
      assert.strictEqual((yield* caseOf(world)).fields.state, "10")
      assert.strictEqual((yield* notesOf(world)).at(-1), noNote)
    })
  )

  const ended: Readonly<Record<number, string>> = {
    3: "o Case está fechado (state 3) e não pode ser reaberto",
    6: "o Case foi encerrado pelo atendimento (state 6) e não foi reaberto",
    7: "o Case foi encerrado pelo atendimento (state 7) e não foi reaberto"
  }
  for (const [state, aviso] of Object.entries(ended)) {
    it.effect(`SPEC 8.9: a Case that people have ended (state ${state}) gets only a note, with a warning`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld({ settings: { serviceNow: { humanGroup } } })
        yield* peopleChange(world, { state })
        const [response] = yield* told(world, no)
        const note = { work_notes: "Cliente respondeu NÃO. Caso mantido com o atendimento humano." }
        assert.deepStrictEqual(channels(response).itsm, { status: "success", request: note, response: { status: 200 } })
        assert.deepStrictEqual(response?.avisos, [aviso])
        const { fields } = yield* caseOf(world)
        assert.deepStrictEqual([fields.state, fields.priority, fields.assignment_group], [state, "3", undefined])
        assert.deepStrictEqual(yield* notesOf(world), [note.work_notes])
      })
    )
  }

  const furtherAnswers: Readonly<
    Record<string, readonly [events: ReadonlyArray<Json>, notes: ReadonlyArray<string>, written: boolean]>
  > = {
    "SIM after NÃO: a note, the Case stays": [[no, yes], [noNote, yesAfterNo], true],
    "a further SIM": [[yes, another(yes, "m-2")], [yesNote], false],
    "a further NÃO": [[no, another(no, "m-2")], [noNote], false],
    "SIM, NÃO, SIM: the note of a SIM after NÃO": [[yes, no, another(yes, "m-2")], [yesNote, noNote, yesAfterNo], true],
    "a further SIM after SIM, NÃO and SIM": [
      [yes, no, another(yes, "m-2"), another(yes, "m-3")],
      [yesNote, noNote, yesAfterNo],
      false
    ],
    "the first SIM again after SIM and NÃO, in other words": [
      [yes, no, reply("sim!"), reply("Sim, sim")],
      [yesNote, noNote, yesAfterNo],
      false
    ],
    "a further NÃO after NÃO and SIM": [[no, yes, another(no, "m-2")], [noNote, yesAfterNo], false],
    "a further SIM after NÃO and SIM": [[no, yes, another(yes, "m-2")], [noNote, yesAfterNo], false]
  }
  for (const [name, [events, notes, written]] of Object.entries(furtherAnswers)) {
    it.effect(`SPEC 8.9: ${name}${written ? "" : " changes nothing: a response without itsm"}`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld({ settings: { serviceNow: { humanGroup } } })
        yield* told(world, ...events.slice(0, -1))
        const before = (yield* caseOf(world)).fields
        const [response] = yield* told(world, ...events.slice(-1))
        const { fields } = yield* caseOf(world)
        assert.deepStrictEqual(
          [fields.state, fields.priority, fields.assignment_group],
          [before.state, before.priority, before.assignment_group]
        )
        assert.deepStrictEqual(yield* notesOf(world), notes)
        assert.strictEqual(channels(response).itsm !== undefined, written)
        assert.strictEqual(response?.response_status, "success")
        assert.notProperty(response, "duplicado")
      })
    )
  }
})
