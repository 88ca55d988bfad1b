import { assert, describe, it } from "@effect/vitest"

import { ambiguousNote, outcomeNote } from "../../../src/domain/communication/notes.ts"

describe("outcomeNote", () => {
  const fact = { _tag: "DispatchSettled", at: 0, attempt: 1 } as const
  const note = (outcome: "failed" | "in_doubt", message: string) =>
    outcomeNote({ ...fact, outcome, response: { status: 400, message } }, "America/Sao_Paulo")

  it("SPEC 6.1: holds a message of 500 code points whole", () => {
    const message = "😀".repeat(500)
    assert.strictEqual(note("failed", message), `Falha no envio do WhatsApp: 400 ${message}`)
  })

  it("SPEC 6.1: holds the first 500 code points of a longer message", () => {
    const cut = "é".repeat(500)
    assert.strictEqual(note("failed", "é".repeat(50_000)), `Falha no envio do WhatsApp: 400 ${cut}`)
    assert.strictEqual(note("in_doubt", "é".repeat(501)), `Envio do WhatsApp sem confirmação: 400 ${cut}`)
  })
})

describe("ambiguousNote", () => {
  const begins = "Resposta do cliente que pode ser sobre outro pedido: "
  const reply = { kind: "reply", at: 0 } as const

  it("SPEC 8.2, 8.10: shows what came as other notes do", () => {
    const told = {
      "Não, só sexta": { ...reply, text: "Não,\nsó\u0007 sexta" },
      "Falar com atendente": { ...reply, text: "2", label: "Falar com atendente" },
      áudio: { ...reply, text: "", content: "audio" as const },
      "mensagem apagada": { ...reply, text: "", content: "revoke" as const, revokes: "m" },
      "mensagem sem texto": { ...reply, text: " " }
    }
    for (const [text, event] of Object.entries(told)) assert.strictEqual(ambiguousNote(event), begins + text)
    assert.strictEqual(ambiguousNote({ ...reply, text: "é".repeat(501) }), begins + "é".repeat(500))
  })
})
