import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { channels, journeysWith } from "../../support/scene.ts"
import { caseOf, event, notesOf, patchesOf, sentWorld, told } from "./scene.ts"

const delivered = event("entregue")
const read = event("lida", { timestamp: "2025-09-30T15:33:00Z" })
const failed = (timestamp: string, fields: Json = {}) =>
  event("falha", { message_id: "wamid.f", timestamp, code: "131026", message: "Message undeliverable", ...fields })

const deliveredNote = "Mensagem entregue as 30/09/2025 12:31:02"
const readNote = "Mensagem lida as 30/09/2025 12:33:00"
const bothNote = "Mensagem entregue as 30/09/2025 12:31:02 e lida as 30/09/2025 12:33:00"
const failedNote = "Falha no envio do WhatsApp: 131026 Message undeliverable"

const histories: Readonly<Record<string, readonly [events: ReadonlyArray<Json>, notes: ReadonlyArray<string>]>> = {
  "8.7: delivered": [[delivered], [deliveredNote]],
  "8.7: delivered, then read": [
    [delivered, read],
    [deliveredNote, bothNote]
  ],
  "8.5, 8.7: read with delivery unknown": [[read], [readNote]],
  "8.5, 8.7: read, then delivered": [
    [read, delivered],
    [readNote, bothNote]
  ],
  "8.5: a second delivered that is later changes nothing": [
    [delivered, event("entregue", { message_id: "wamid.2", timestamp: "2025-09-30T15:32:00Z" })],
    [deliveredNote]
  ],
  "8.5: a second delivered that is earlier corrects the time": [
    [event("entregue", { message_id: "wamid.2", timestamp: "2025-09-30T15:32:00Z" }), delivered],
    ["Mensagem entregue as 30/09/2025 12:32:00", deliveredNote]
  ],
  "8.7: sent": [[event("enviada")], []],
  "8.7: failed": [[failed("2025-09-30T15:30:40Z")], [failedNote]],
  "8.7: failed with a code alone": [
    [failed("2025-09-30T15:30:40Z", { message: undefined })],
    ["Falha no envio do WhatsApp: 131026"]
  ],
  "8.7: failed without a reason": [
    [failed("2025-09-30T15:30:40Z", { message: undefined, code: undefined })],
    ["Falha no envio do WhatsApp:"]
  ],
  "8.6: a failed that is older than delivered": [[delivered, failed("2025-09-30T15:31:01Z")], [deliveredNote]],
  "8.6: a failed as old as delivered": [[delivered, failed("2025-09-30T15:31:02Z")], [deliveredNote]],
  "8.6: a failed that is older than read": [[read, failed("2025-09-30T15:32:59Z")], [readNote]],
  "8.6: a failed that is newer than delivered": [
    [delivered, failed("2025-09-30T15:31:03Z")],
    [deliveredNote, failedNote]
  ],
  "8.5: delivered after a failed": [
    [failed("2025-09-30T15:30:40Z"), delivered],
    [failedNote, deliveredNote]
  ]
}

describe("delivery, reading and failure on the Case", () => {
  for (const [name, [events, notes]] of Object.entries(histories)) {
    it.effect(`SPEC ${name}: ${notes.length} note(s), nothing else of the Case`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld()
        const { notes: _, ...before } = yield* caseOf(world)
        const responses = yield* told(world, ...events)
        assert.deepStrictEqual(yield* notesOf(world), notes)
        assert.deepStrictEqual(
          yield* patchesOf(world),
          notes.map((work_notes) => ({ work_notes }))
        )
        const { notes: __, ...after } = yield* caseOf(world)
        const stable = ({ fields }: { readonly fields: Json }) => [fields.state, fields.priority, fields.close_notes]
        assert.deepStrictEqual(stable(after), stable(before))
        assert.lengthOf(
          responses.filter((response) => channels(response).itsm !== undefined),
          notes.length
        )
      })
    )
  }

  for (const [name, statements, last] of [
    ["8.5, 8.6: delivered that comes after a newer failed", [delivered], deliveredNote],
    ["8.5, 8.6: read and delivered that come after a newer failed", [delivered, read], bothNote]
  ] as const) {
    it.effect(`SPEC ${name}: the failure's note is last again, once for each`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld()
        const responses = yield* told(world, failed("2025-09-30T15:34:00Z"), ...statements)
        const notes = yield* notesOf(world)
        assert.deepStrictEqual(
          notes,
          [failedNote, deliveredNote, failedNote, bothNote, failedNote].slice(0, 1 + 2 * statements.length)
        )
        const { itsm } = channels(responses.at(-1))
        assert.deepStrictEqual(itsm?.request, { work_notes: last })
        assert.deepStrictEqual(itsm?.atualizacoes, [
          { status: "success", request: { work_notes: failedNote }, response: { status: 200 } }
        ])
      })
    )
  }

  it.effect("SPEC 8.5: several failures: the newest one's note is the last, and the others' are not written late", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      const older = failed("2025-09-30T15:30:10Z", { message_id: "wamid.g", code: "1", message: undefined })
      yield* told(world, failed("2025-09-30T15:30:40Z"), older)
      assert.deepStrictEqual(yield* notesOf(world), [failedNote])
    })
  )

  it.effect(
    "SPEC 8.4, 8.5: an earlier time of the same message corrects the note, and is reported; then it is known",
    () =>
      Effect.gen(function* () {
        const world = yield* sentWorld()
        const late = event("entregue", { timestamp: "2025-09-30T15:32:00Z" })
        const responses = yield* told(world, late, delivered, delivered, late, {
          ...late,
          timestamp: "2025-09-30T15:31:40Z"
        })
        assert.deepStrictEqual(yield* notesOf(world), ["Mensagem entregue as 30/09/2025 12:32:00", deliveredNote])
        const [first, second] = responses.map(({ id_resposta }) => id_resposta)
        assert.deepStrictEqual(
          responses.map(({ duplicado, id_resposta }) => [id_resposta, duplicado]),
          [
            [first, undefined],
            [second, undefined],
            [second, true],
            [first, true],
            [first, true]
          ]
        )
        assert.notStrictEqual(first, second)
      })
  )

  it.effect("SPEC 8.11: an event that changes nothing on the Case has no itsm, and is a success", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      const [, response] = yield* told(world, delivered, failed("2025-09-30T15:31:01Z"))
      assert.strictEqual(response?.evento, "falha_envio")
      assert.strictEqual(response?.response_status, "failure")
      assert.deepStrictEqual(Object.keys(response?.resultados as Json), ["whatsapp"])
    })
  )

  it.effect("SPEC 8.7: deliveredField and readField are set in the note's own PATCH, in UTC", () =>
    Effect.gen(function* () {
      const journeys = journeysWith({ deliveredField: "u_entregue_em", readField: "u_lida_em" })
      const world = yield* sentWorld({ journeys })
      yield* world.serviceNow.change({ extraFields: ["u_entregue_em", "u_lida_em"] })
      yield* told(world, read, delivered)
      assert.deepStrictEqual(yield* patchesOf(world), [
        { work_notes: readNote, u_lida_em: "2025-09-30 15:33:00" },
        { work_notes: bothNote, u_entregue_em: "2025-09-30 15:31:02", u_lida_em: "2025-09-30 15:33:00" }
      ])
      const { fields } = yield* caseOf(world)
      assert.deepStrictEqual([fields.u_entregue_em, fields.u_lida_em], ["2025-09-30 15:31:02", "2025-09-30 15:33:00"])
    })
  )

  it.effect("SPEC 4.5: a field that the instance does not have is a warning of the event's response", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld({ journeys: journeysWith({ deliveredField: "u_entregue_em" }) })
      const [response] = yield* told(world, delivered)
      assert.strictEqual(response?.response_status, "success")
      assert.deepStrictEqual(response?.avisos, ["Case: campos não gravados como enviados: u_entregue_em"])
    })
  )

  it.effect(
    "SPEC 2.3, 8.7: a communication without a Case: its events are reported, and ServiceNow is not called",
    () =>
      Effect.gen(function* () {
        const world = yield* sentWorld({ record: { cod_canais: ["whatsapp"] } })
        const before = (yield* world.serviceNow.requests).length
        const events = [delivered, read, event("resposta", { message_id: "m", texto: "sim" })]
        const responses = yield* told(world, ...events)
        assert.deepStrictEqual(
          responses.map(({ evento, cod_canais, resultados }) => [evento, cod_canais, Object.keys(resultados as Json)]),
          [
            ["entregue", ["whatsapp"], ["whatsapp"]],
            ["lida", ["whatsapp"], ["whatsapp"]],
            ["retorno_sim", ["whatsapp"], ["whatsapp"]]
          ]
        )
        assert.lengthOf(yield* world.serviceNow.requests, before)
      })
  )
})
