import { assert, describe, it } from "@effect/vitest"

import { outcomeNote } from "../../../src/domain/communication/notes.ts"

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
