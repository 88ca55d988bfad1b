import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { caseOf, event, humanGroup, notesOf, reply, sentWorld, told } from "./scene.ts"

const otherNote = "Resposta do cliente não reconhecida: "
const yesNote = "Confirmação recebida do cliente: SIM."
const noNote = "Cliente respondeu NÃO. Encaminhado para atendimento humano para remarcar a entrega."
const yesAfterNo = "Cliente respondeu SIM depois de NÃO. Caso mantido com o atendimento humano."
const revokedNote = "Resposta apagada pelo cliente."

/** A message of the customer's in WhatsApp's envelope. Only his phone names the communication. */
const message = (id: string, fields: Json, from = "5511999999999"): Json => ({
  entry: [{ changes: [{ field: "messages", value: { messages: [{ from, id, timestamp: "1759246810", ...fields }] } }] }]
})
const said = (id: string, body: string, more: Json = {}) => message(id, { type: "text", text: { body }, ...more })
const edit = (id: string, original: string, body: string, context: Json = {}, from?: string) =>
  message(
    id,
    { type: "edit", edit: { original_message_id: original, message: { type: "text", text: { body }, ...context } } },
    from
  )
const revoke = (id: string, original: string) =>
  message(id, { type: "revoke", revoke: { original_message_id: original } })

interface Story {
  readonly events: ReadonlyArray<Json>
  readonly eventos: ReadonlyArray<string>
  readonly notes: ReadonlyArray<string>
  /** State, priority and group of the Case at the end. */
  readonly ends: readonly [string, string, string | undefined]
}

const open = ["10", "3", undefined] as const
const closed = ["6", "3", undefined] as const
const given = ["10", "2", humanGroup] as const
const toRead = ["10", "3", humanGroup] as const

const stories: Readonly<Record<string, Story>> = {
  "before any answer is the answer": {
    events: [edit("e1", "unknown", "Sim")],
    eventos: ["retorno_sim"],
    notes: [yesNote],
    ends: closed
  },
  "of a text that was not understood is the answer": {
    events: [said("m1", "Sin"), edit("e1", "m1", "Sim")],
    eventos: ["retorno_outro", "retorno_sim"],
    notes: [`${otherNote}Sin`, yesNote],
    ends: closed
  },
  "of a SIM to a NÃO reopens the Case": {
    events: [said("m1", "Sim"), edit("e1", "m1", "Não, só sexta")],
    eventos: ["retorno_sim", "retorno_nao"],
    notes: [yesNote, `${noNote} Resposta: Não, só sexta`],
    ends: given
  },
  "of a NÃO to a SIM leaves the Case with people": {
    events: [said("m1", "Não"), edit("e1", "m1", "Sim")],
    eventos: ["retorno_nao", "retorno_sim"],
    notes: [noNote, yesAfterNo],
    ends: given
  },
  "of a SIM to something else goes to people": {
    events: [said("m1", "Sim"), edit("e1", "m1", "quem é?")],
    eventos: ["retorno_sim", "retorno_outro"],
    notes: [yesNote, `${otherNote}quem é?`],
    ends: toRead
  },
  "of an edit counts as well, by the id of the original or of the edit": {
    events: [said("m1", "Sim"), edit("e1", "m1", "Sim!"), edit("e2", "e1", "Sim, obrigada"), edit("e3", "m1", "Não")],
    eventos: ["retorno_sim", "retorno_sim", "retorno_sim", "retorno_nao"],
    notes: [yesNote, "Cliente respondeu SIM novamente. Resposta: Sim, obrigada", noNote],
    ends: given
  },
  "that comes before its original outdoes it": {
    events: [edit("e1", "m1", "Não"), said("m1", "Sim")],
    eventos: ["retorno_nao", "retorno_outro"],
    notes: [noNote, "Resposta alterada ou apagada pelo cliente: Sim"],
    ends: given
  },
  "to something else that comes before its SIM keeps the Case open, for people": {
    events: [edit("e1", "m1", "quem é?"), said("m1", "Sim")],
    eventos: ["retorno_outro", "retorno_outro"],
    notes: [`${otherNote}quem é?`, "Resposta alterada ou apagada pelo cliente: Sim"],
    ends: toRead
  },
  "of an answer that named its communication finds it, too": {
    events: [reply("Sim", { message_id: "m1" }), edit("e1", "m1", "Não", {}, "5521888888888")],
    eventos: ["retorno_sim", "retorno_nao"],
    notes: [yesNote, noNote],
    ends: given
  },
  "finds the message that its new words answer": {
    events: [
      event("entregue", { message_id: "out" }),
      edit("e1", "m9", "Sim", { context: { id: "out" } }, "5521888888888")
    ],
    eventos: ["entregue", "retorno_sim"],
    notes: ["Mensagem entregue as 30/09/2025 12:31:02", yesNote],
    ends: closed
  },
  "in the flat shape": {
    events: [reply("Sim", { message_id: "m1" }), reply("não", { type: "edit", original_message_id: "m1" })],
    eventos: ["retorno_sim", "retorno_nao"],
    notes: [yesNote, noNote],
    ends: given
  },
  "of a picture shows its new words": {
    events: [
      message("e1", {
        type: "edit",
        edit: { original_message_id: "m1", message: { type: "image", image: { caption: "sim" } } }
      })
    ],
    eventos: ["retorno_outro"],
    notes: [`${otherNote}imagem: sim`],
    ends: toRead
  }
}

const revoked: Readonly<Record<string, Story>> = {
  "of a SIM says so and changes nothing else": {
    events: [said("m1", "Sim"), revoke("r1", "m1")],
    eventos: ["retorno_sim", "retorno_outro"],
    notes: [yesNote, revokedNote],
    ends: closed
  },
  "of a NÃO says so and changes nothing else": {
    events: [said("m1", "Não"), revoke("r1", "m1")],
    eventos: ["retorno_nao", "retorno_outro"],
    notes: [noNote, revokedNote],
    ends: given
  },
  "is no answer: the next SIM closes the Case": {
    events: [said("m1", "oi"), revoke("r1", "m1"), said("m2", "Sim")],
    eventos: ["retorno_outro", "retorno_outro", "retorno_sim"],
    notes: [`${otherNote}oi`, revokedNote, yesNote],
    ends: closed
  },
  "that comes before its SIM keeps the Case open, for people": {
    events: [revoke("r1", "m1"), said("m1", "Sim")],
    eventos: ["retorno_outro", "retorno_outro"],
    notes: [revokedNote, "Resposta alterada ou apagada pelo cliente: Sim"],
    ends: toRead
  },
  "under the id of its message is no duplicate of it": {
    events: [message("m1", { type: "audio", audio: { id: "1" } }), revoke("m1", "m1")],
    eventos: ["retorno_outro", "retorno_outro"],
    notes: [`${otherNote}áudio`, revokedNote],
    ends: open
  }
}

for (const [what, all] of Object.entries({ "an edit": stories, "a revoked message": revoked })) {
  describe(`${what}`, () => {
    for (const [name, { ends, eventos, events, notes }] of Object.entries(all)) {
      it.effect(`SPEC 8.10, 8.2: ${name}`, () =>
        Effect.gen(function* () {
          const world = yield* sentWorld({ settings: { serviceNow: { humanGroup } } })
          const responses = yield* told(world, ...events)
          assert.deepStrictEqual(
            responses.map(({ evento }) => String(evento)),
            [...eventos]
          )
          assert.deepStrictEqual(yield* notesOf(world), notes)
          const { fields } = yield* caseOf(world)
          assert.deepStrictEqual([fields.state, fields.priority, fields.assignment_group], [...ends])
        })
      )
    }
  })
}
