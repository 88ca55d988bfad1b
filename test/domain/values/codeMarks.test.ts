import { assert, describe, it } from "@effect/vitest"

import {
  closeNotes,
  failedNote,
  notClosedNote,
  notHandedOverNote,
  outcomeNote,
  withWords
} from "../../../src/domain/communication/notes.ts"
import { render } from "../../../src/domain/journeys/template.ts"
import { withoutCodeMarks } from "../../../src/domain/values/codeMarks.ts"

const foreign = "[code]<img src=x onerror=alert(1)>[/code]"
const shown = "(code)<img src=x onerror=alert(1)>(/code)"

describe("withoutCodeMarks", () => {
  it.each([
    ["[code]", "(code)"],
    ["[/CODE]", "(/CODE)"],
    ["[co[code]de]", "[co(code)de]"],
    ["[[code]]", "[(code)]"],
    ["[co\u200Bde] [ code ] [\u0001/code]", "(co\u200Bde) ( code ) (\u0001/code)"],
    ["[código] [codec] code [1]", "[código] [codec] code [1]"]
  ])("SPEC 4.7: %j", (words, expected) => assert.strictEqual(withoutCodeMarks(words), expected))
})

describe("render", () => {
  it("SPEC 4.7: a value's marks are removed, and the template's own stay", () => {
    assert.strictEqual(
      render("[code]<b>Olá</b>[/code] {{nome}}", { nome: foreign }),
      `[code]<b>Olá</b>[/code] ${shown}`
    )
    assert.strictEqual(render("{{nome|[code]<b>cliente</b>[/code]}}", {}), "[code]<b>cliente</b>[/code]")
  })

  it("SPEC 4.7: a mark is removed if any part of it comes from a value", () => {
    assert.strictEqual(render("{{nome}}{{sobrenome}}", { nome: "[co", sobrenome: "de]" }), "(code)")
    assert.strictEqual(render("[{{nome}}] [/{{nome}}]", { nome: "code" }), "(code) (/code)")
  })
})

describe("notes", () => {
  const answer = { status: 400, message: foreign, erro: { codigo: "HTTP_400", detalhe: `x ${foreign}`, tentativas: 1 } }

  it("SPEC 4.7: the words of vendors, producers and customers have no marks", () => {
    const settled = { _tag: "DispatchSettled", at: 0, attempt: 1, response: answer } as const
    const notes = [
      outcomeNote({ ...settled, outcome: "failed" }, "America/Sao_Paulo"),
      outcomeNote({ ...settled, outcome: "in_doubt" }, "America/Sao_Paulo"),
      failedNote("[code]", foreign),
      notClosedNote("SIM.", answer),
      notHandedOverNote("NÃO.", answer),
      closeNotes(foreign),
      withWords("SIM.", foreign)
    ]
    for (const note of notes) {
      assert.notMatch(note, /\[\/?code/i)
      assert.include(note, shown)
    }
    assert.strictEqual(failedNote("[code]", "x[/code]"), "Falha no envio do WhatsApp: (code) x(/code)")
  })
})
