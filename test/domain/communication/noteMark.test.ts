import { assert, describe, it } from "@effect/vitest"

import { countNoteEntries } from "../../../src/domain/communication/noteMark.ts"

const note = "Mensagem entregue as 30/09/2025 12:30:40"
const entry = (text: string, header = "2025-09-30 12:31:00 - João (API) Silva (Work notes)") => `${header}\n${text}\n\n`

describe("countNoteEntries", () => {
  const rows: ReadonlyArray<readonly [string, string, number]> = [
    ["the only entry", entry(note), 1],
    ["one of several", entry("other") + entry(note) + entry("last"), 1],
    ["with \\r\\n", entry(note).replaceAll("\n", "\r\n"), 1],
    ["with spaces around it", entry(` ${note} `), 1],
    ["with a Brazilian header", entry(note, "30/09/2025 12:31:00 - João (Anotações de trabalho)"), 1],
    ["three of several", entry(note) + entry("other") + entry(note) + entry(note), 3],
    ["no entries", "", 0],
    ["the beginning of a longer entry", entry(`${note} e lida as 30/09/2025 12:33:05`), 0],
    ["a line of a longer entry", entry(`${note}\nmore`), 0],
    ["quoted inside an entry", entry(`see: ${note}`), 0],
    ["a header that is not known: its lines count", `Tuesday, by João\n${note}\n\n`, 1],
    ["a header that is not known: as often as its lines", `Tuesday\n${note}\n${note}\n\nMonday\n${note}`, 3],
    ["a header that is not known: part of a line does not", `Tuesday, by João\n${note} e mais\n\n`, 0]
  ]
  for (const [title, journal, expected] of rows) {
    it(`SPEC 6.2: ${title}: ${expected}`, () => assert.strictEqual(countNoteEntries(journal, note), expected))
  }

  it("SPEC 6.2: a note of several lines", () => {
    const journal = entry("a\n\nb") + entry("c") + entry("a") + entry("a\nb\nc")
    assert.strictEqual(countNoteEntries(journal, "a\r\n\r\nb"), 1)
    assert.strictEqual(countNoteEntries(journal, "a\rb"), 1)
    assert.strictEqual(countNoteEntries(journal, "b"), 0)
  })

  it("SPEC 6.2, 8.10: a customer's text that looks like a header", () => {
    const answer = "Resposta do cliente não reconhecida: vejam\n2025-09-30 12:00:00 - João (Work notes)\nobrigado"
    assert.strictEqual(countNoteEntries(entry("c") + entry(answer) + entry("d") + entry(answer), answer), 2)
    assert.strictEqual(countNoteEntries(entry("c"), answer), 0)
  })

  it("SPEC 6.2: a blank note is in no journal", () => assert.strictEqual(countNoteEntries(entry(note), " \n"), 0))
})
