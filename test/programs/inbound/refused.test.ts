import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import type { FaultRule } from "../../../simulators/core/FaultRule.ts"
import type { ServiceNowOptions } from "../../../simulators/servicenow/options.ts"
import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { channels } from "../../support/scene.ts"
import { caseOf, humanGroup, notesOf, patchesOf, peopleChange, reply, responsesTo, sentWorld, told } from "./scene.ts"

const yesNote = "Confirmação recebida do cliente: SIM."
const noNote = "Cliente respondeu NÃO. Encaminhado para atendimento humano para remarcar a entrega."
const closing = {
  state: 6,
  close_notes: "Cliente confirmou a entrega para 01/10/2025. Caso encerrado.",
  work_notes: yesNote
}
const handing = { state: 10, assignment_group: humanGroup, priority: 2, work_notes: noNote }
const withGroup = { settings: { serviceNow: { humanGroup } } }
/** Half a minute before the desk opens. */
const at = Date.parse("2025-10-01T10:59:30Z")

const policy = (when: string, field: string): ServiceNowOptions => ({
  dataPolicies: [{ table: "sn_customerservice_case", when, mandatory: [field] }]
})
const policyText = (field: string) =>
  `403 Operation Failed: Data Policy Exception: Following fields are mandatory: ${field}`
const notClosed = `${yesNote} O caso não pôde ser fechado: ${policyText("resolution_code")}`
const notHandedOver = `Cliente respondeu NÃO. O caso não pôde ser encaminhado: ${policyText("assigned_to")}`

const refusals: Readonly<Record<string, readonly [answer: string, ServiceNowOptions, request: Json, note: string]>> = {
  "a close that a data policy refuses": ["SIM", policy("state=6", "resolution_code"), closing, notClosed],
  "a hand-over that a data policy refuses": ["NÃO", policy("priority=2", "assigned_to"), handing, notHandedOver],
  "a hand-over to a group that does not exist": [
    "NÃO",
    { references: "refused", withoutGroups: [humanGroup] },
    handing,
    "Cliente respondeu NÃO. O caso não pôde ser encaminhado: 403 Operation Failed: Operation against file " +
      "'sn_customerservice_case' was aborted by Business Rule 'Valid references: assignment_group'"
  ]
}

describe("a close or a hand-over that ServiceNow refuses", () => {
  for (const [name, [answer, options, request, note]] of Object.entries(refusals)) {
    it.effect(`SPEC 8.8, 8.9: ${name}: the note alone is written, and the response says both`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld(withGroup)
        yield* world.serviceNow.change(options)
        const [response] = yield* told(world, reply(answer))
        const { fields } = yield* caseOf(world)
        assert.deepStrictEqual([fields.state, fields.assignment_group], ["10", undefined])
        assert.deepStrictEqual(yield* notesOf(world), [note])
        assert.strictEqual(response?.response_status, "partial_success")
        const { itsm } = channels(response)
        assert.deepStrictEqual(
          [itsm?.status, itsm?.request, itsm?.response.status, itsm?.response.erro?.codigo],
          ["partial_success", request, 403, "HTTP_403"]
        )
        assert.deepStrictEqual(itsm?.atualizacoes, [
          { status: "success", request: { work_notes: note }, response: { status: 200 } }
        ])
        yield* TestClock.adjust("10 minutes")
        assert.lengthOf(yield* world.responses, 2)
        // A 403 gets one more attempt (SPEC 4.6).
        assert.deepStrictEqual(yield* patchesOf(world), [request, request, { work_notes: note }])
      })
    )
  }

  it.effect("SPEC 8.8, 8.11: a scheduled close that is refused: the note, and a partial fechamento", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld({ at })
      yield* world.serviceNow.change(policy("state=6", "resolution_code"))
      yield* told(world, reply("SIM"))
      const response = (yield* world.responded(3))[2]
      assert.deepStrictEqual([response?.evento, response?.response_status], ["fechamento", "partial_success"])
      assert.deepStrictEqual(channels(response).itsm?.request, closing)
      assert.deepStrictEqual((yield* notesOf(world)).slice(1), [notClosed])
      assert.strictEqual((yield* caseOf(world)).fields.state, "10")
    })
  )

  for (const [what, fault] of [
    ["had no effect", { kind: "drop" }],
    ["had its effect", { kind: "drop", when: "after" }]
  ] as const) {
    it.effect(
      `SPEC 4.6, 6.2: one 403 of the look for a note, whose PATCH ${what}: looked for again, and closed once`,
      () =>
        Effect.gen(function* () {
          const world = yield* sentWorld()
          yield* world.serviceNow.faults.add({ ...fault, match: { method: "PATCH" } })
          const look = { method: "GET", contains: "work_notes" }
          yield* world.serviceNow.faults.add({ kind: "status", status: 403, match: look })
          const [response] = yield* told(world, reply("SIM"))
          assert.strictEqual(response?.response_status, "success")
          assert.deepStrictEqual(yield* notesOf(world), [yesNote])
          assert.strictEqual((yield* caseOf(world)).fields.state, "6")
        })
    )
  }

  for (const status of [400, 403, 409, 422]) {
    it.effect(`SPEC 8.8: a final ${status} is a refusal, with its reason on one line`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld()
        const body = { error: { message: "Operation  aborted", detail: "por\numa regra" }, status: "failure" }
        const times = status === 403 ? 2 : 1
        yield* world.serviceNow.faults.add({ kind: "status", status, body, times, match: { method: "PATCH" } })
        yield* told(world, reply("SIM"))
        assert.deepStrictEqual(yield* notesOf(world), [
          `${yesNote} O caso não pôde ser fechado: ${status} Operation aborted: por uma regra`
        ])
      })
    )
  }

  it.effect("SPEC 8.8, 7.1: the note is refused, too: both calls are reported, and nothing is tried again", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* world.serviceNow.faults.add({ kind: "status", status: 403, times: -1, match: { method: "PATCH" } })
      const [response] = yield* told(world, reply("SIM"))
      const { itsm } = channels(response)
      assert.deepStrictEqual(
        [response?.response_status, itsm?.status, itsm?.atualizacoes?.map(({ status }) => status)],
        ["partial_success", "failure", ["failure"]]
      )
      yield* TestClock.adjust("10 minutes")
      assert.lengthOf(yield* patchesOf(world), 4)
    })
  )

  it.effect("SPEC 6.4, 8.8: the note cannot be written now: it is tried again, and the close is not", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld({ settings: { retry: { attempts: 1 } } })
      yield* world.serviceNow.change(policy("state=6", "resolution_code"))
      yield* world.serviceNow.faults.add({ kind: "refuse", match: { method: "PATCH", contains: "O caso" } })
      const [first] = yield* told(world, reply("SIM"))
      assert.strictEqual(channels(first).itsm?.status, "failure")
      const later = (yield* world.responded(3))[2]
      assert.deepStrictEqual([later?.evento, later?.response_status], ["retorno_sim", "partial_success"])
      assert.deepStrictEqual(yield* notesOf(world), [notClosed])
      assert.deepStrictEqual(
        (yield* patchesOf(world)).map(({ state }) => state),
        // A 403 gets one more attempt (SPEC 4.6).
        [6, 6, undefined, undefined]
      )
    })
  )

  it.effect("SPEC 6.4, 8.8: a later try that is refused is reported, too", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld({ settings: { retry: { attempts: 1 } } })
      yield* world.serviceNow.faults.add({ kind: "refuse", match: { method: "PATCH" } })
      yield* told(world, reply("SIM"))
      yield* world.serviceNow.change(policy("state=6", "resolution_code"))
      const later = (yield* world.responded(3))[2]
      assert.deepStrictEqual([later?.evento, later?.response_status], ["retorno_sim", "partial_success"])
      assert.deepStrictEqual(yield* notesOf(world), [notClosed])
    })
  )

  it.effect("SPEC 6.4, 8.8: a close whose last try of a day fails is noted in the end", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld({ settings: { retry: { attempts: 1 } } })
      const match = { method: "PATCH", contains: "close_notes" }
      yield* world.serviceNow.faults.add({ kind: "status", status: 500, times: -1, match })
      yield* told(world, reply("SIM"))
      yield* world.process.stop
      yield* TestClock.adjust("23.5 hours")
      yield* world.start
      const later = (yield* world.responded(3))[2]
      assert.deepStrictEqual([later?.evento, later?.response_status], ["retorno_sim", "partial_success"])
      assert.match(String((yield* notesOf(world)).join()), /^Confirmação .* O caso não pôde ser fechado: 500 /)
    })
  )

  it.effect("SPEC 8.9: NÃO after a refused close takes nothing back", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld(withGroup)
      yield* world.serviceNow.change(policy("state=6", "resolution_code"))
      yield* told(world, reply("SIM"), reply("NÃO"))
      assert.deepStrictEqual((yield* patchesOf(world)).at(-1), handing)
      assert.deepStrictEqual(yield* notesOf(world), [notClosed, noNote])
    })
  )

  it.effect("SPEC 8.8: a Case that is gone ends as a failure, without a note", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* world.serviceNow.change({ hiddenRows: [{ table: "sn_customerservice_case" }] })
      const [response] = yield* told(world, reply("SIM"))
      assert.deepStrictEqual(
        [channels(response).itsm?.status, channels(response).itsm?.response.status],
        ["failure", 404]
      )
      assert.deepStrictEqual(yield* patchesOf(world), [])
    })
  )

  const unreadable: Readonly<Record<string, FaultRule | ServiceNowOptions>> = {
    "is refused": { kind: "status", status: 403, times: -1, match: { method: "GET", path: "/api/now/table/sn_" } },
    "does not show its state": { hiddenOnRead: ["state"] }
  }
  for (const [name, trouble] of Object.entries(unreadable)) {
    for (const [when, options] of Object.entries({ "at once": {}, scheduled: { at } })) {
      it.effect(`SPEC 8.8: a close ${when} whose read ${name} is not sent: the note, and a failure`, () =>
        Effect.gen(function* () {
          const world = yield* sentWorld(options)
          yield* "kind" in trouble ? world.serviceNow.faults.add(trouble) : world.serviceNow.change(trouble)
          yield* told(world, reply("SIM"))
          if ("at" in options) yield* world.responded(3)
          const response = (yield* world.responses).at(-1)
          assert.deepStrictEqual(
            [channels(response).itsm?.status, channels(response).itsm?.response.status],
            ["failure", 403]
          )
          assert.match(String((yield* notesOf(world)).at(-1)), /SIM\. O caso não pôde ser fechado: 403 /)
          assert.isTrue((yield* patchesOf(world)).every(({ state }) => state === undefined))
        })
      )
    }
  }
})

describe("a close or a hand-over that ServiceNow accepts and does not store", () => {
  const cases: Readonly<
    Record<string, readonly [answer: string, options: ServiceNowOptions, fields: string, note: string]>
  > = {
    "the state of a close": ["SIM", { stripOnUpdate: ["state"] }, "state", `${yesNote} O caso não pôde ser fechado`],
    "the state of a hand-over": [
      "NÃO",
      { stripOnUpdate: ["state"] },
      "state",
      "Cliente respondeu NÃO. O caso não pôde ser encaminhado"
    ],
    "the group of a hand-over": [
      "NÃO",
      { stripOnUpdate: ["assignment_group"] },
      "assignment_group",
      "Cliente respondeu NÃO. O caso não pôde ser encaminhado"
    ],
    "a group that does not exist": [
      "NÃO",
      { references: "empty", withoutGroups: [humanGroup] },
      "assignment_group",
      "Cliente respondeu NÃO. O caso não pôde ser encaminhado"
    ]
  }
  for (const [name, [answer, options, fields, note]] of Object.entries(cases)) {
    it.effect(`SPEC 4.5, 8.8, 8.9: ${name}: a refusal, with its note`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld(withGroup)
        // A hand-over changes the state only of a Case that we had closed.
        if (name === "the state of a hand-over") yield* told(world, reply("SIM"))
        yield* world.serviceNow.change(options)
        const [response] = yield* told(world, reply(answer))
        const text = `campos não gravados como enviados: ${fields}`
        assert.strictEqual((yield* notesOf(world)).at(-1), `${note}: 200 ${text}`)
        assert.strictEqual(response?.response_status, "partial_success")
        assert.deepStrictEqual(channels(response).itsm?.response, {
          status: 200,
          message: text,
          erro: { codigo: "NAO_GRAVADO", detalhe: text, tentativas: 1 }
        })
      })
    )
  }

  it.effect("SPEC 4.5, 8.9: a priority that is not stored is only a warning", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld(withGroup)
      yield* world.serviceNow.change({ stripOnUpdate: ["priority"] })
      const [response] = yield* told(world, reply("NÃO"))
      assert.deepStrictEqual(
        [response?.response_status, response?.avisos],
        ["success", ["Case: campos não gravados como enviados: priority"]]
      )
      assert.deepStrictEqual(yield* notesOf(world), [noNote])
    })
  )

  it.effect("SPEC 8.8: an answer that does not show the fields, which a read shows as sent, is a success", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* world.serviceNow.change({ hiddenOnWrite: ["state"], hiddenAs: "absent" })
      const [response] = yield* told(world, reply("SIM"))
      assert.strictEqual(response?.response_status, "success")
      assert.deepStrictEqual(yield* notesOf(world), [yesNote])
    })
  )

  it.effect("SPEC 6.2, 8.8: its answer was lost: the note that is there does not hide it", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* world.serviceNow.change({ stripOnUpdate: ["state"] })
      yield* world.serviceNow.faults.add({ kind: "drop", when: "after", match: { method: "PATCH" } })
      yield* told(world, reply("SIM"))
      assert.deepStrictEqual(yield* notesOf(world), [
        yesNote,
        `${yesNote} O caso não pôde ser fechado: 200 campos não gravados como enviados: state`
      ])
    })
  )

  it.effect("SPEC 6.2, 8.8: its answer was lost, and people have reopened the Case since: left alone", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* world.serviceNow.faults.add({ kind: "drop", when: "after", match: { method: "PATCH" } })
      yield* world.answer(reply("SIM"))
      yield* world.until(Effect.map(caseOf(world), ({ fields }) => fields.state === "6"))
      yield* peopleChange(world, { state: 10 })
      yield* world.responded(2)
      assert.strictEqual((yield* responsesTo(world, "retorno_sim"))[0]?.response_status, "success")
      assert.deepStrictEqual(yield* notesOf(world), [yesNote])
    })
  )
})
