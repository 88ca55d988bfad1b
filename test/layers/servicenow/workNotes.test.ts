import { assert, describe, it } from "@effect/vitest"

import { hasNote } from "../../../src/layers/servicenow/workNotes.ts"

const note = "Mensagem entregue as 30/09/2025 12:30:40"
const entry = (text: string, header = "2025-09-30 12:31:00 - João (API) Silva (Work notes)") => `${header}\n${text}\n\n`

describe("hasNote", () => {
  const rows: ReadonlyArray<readonly [string, string, boolean]> = [
    ["the only entry", entry(note), true],
    ["one of several", entry("other") + entry(note) + entry("last"), true],
    ["with \\r\\n", entry(note).replaceAll("\n", "\r\n"), true],
    ["with spaces around it", entry(` ${note} `), true],
    ["with a Brazilian header", entry(note, "30/09/2025 12:31:00 - João (Anotações de trabalho)"), true],
    ["no entries", "", false],
    ["the beginning of a longer entry", entry(`${note} e lida as 30/09/2025 12:33:05`), false],
    ["a line of a longer entry", entry(`${note}\nmore`), false],
    ["quoted inside an entry", entry(`see: ${note}`), false],
    ["a header that is not known: its lines count", `Tuesday, by João\n${note}\n\n`, true],
    ["a header that is not known: part of a line does not", `Tuesday, by João\n${note} e mais\n\n`, false]
  ]
  for (const [title, journal, expected] of rows) {
    it(`SPEC 6.2: ${title}: ${expected}`, () => assert.strictEqual(hasNote(journal, note), expected))
  }

  it("SPEC 6.2: a note of several lines", () => {
    assert.isTrue(hasNote(entry("a\n\nb") + entry("c"), "a\r\n\r\nb"))
  })
})
