import { assert, describe, it } from "@effect/vitest"

import { countNoteEntries, noteMark, searchEntries } from "../../../src/domain/communication/noteMark.ts"

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

  const html: ReadonlyArray<readonly [string, string]> = [
    ["escaped twice", "&amp;lt;b&amp;gt;Mensagem&amp;lt;/b&amp;gt; entregue as 30/09/2025 12:30:40"],
    ["in elements and lines", "<p>Mensagem entregue<br/>\nas 30/09/2025</p>\n<p>12:30:40</p>"],
    ["with entities", "Mensagem&nbsp;entregue&#32;as&#x20;30/09/2025 12:30:40"],
    ["between marks of HTML", "[code]<b>Mensagem entregue as</b>[/code] 30/09/2025 12:30:40"],
    ["before a tag that was cut", "Mensagem entregue as 30/09/2025 12:30:40 <a href='x"]
  ]
  for (const [title, text] of html) {
    it(`SPEC 6.2: ${title}`, () => assert.strictEqual(countNoteEntries(entry("c") + entry(text) + entry("d"), note), 1))
  }

  it("SPEC 6.2: a sanitiser dropped a script with its words, or its tags alone", () => {
    const scripted = "a<script>alert(1)</script >b < c <iframe src=x"
    assert.strictEqual(countNoteEntries(entry("a b < c"), scripted), 1)
    assert.strictEqual(countNoteEntries(entry("aalert(1)b < c"), scripted), 1)
    assert.strictEqual(countNoteEntries(entry("a b"), scripted), 0)
  })

  it("SPEC 6.2: letters beside their accent, composed or not, are one", () => {
    assert.strictEqual(noteMark("não é <b>ok</b>"), noteMark("não é <b>ok</b>".normalize("NFD")))
  })
})

/** Pieces that once made the search read the same text again and again, each to be repeated. */
const stubborn = [
  "\n",
  "a\n",
  "<b>\n",
  "<x\n",
  "<x <",
  "<style/0",
  "<script>\n",
  "</script",
  "&amp;",
  "&a",
  "[code]",
  "2025-09-30 12:31:00 - J (W)\n",
  "2025-09-30 12:31:00 - J (W)\n<b>\n",
  "2025-09-30 12:31:00 - J (W)\nMensagem\n",
  "0.0/0T0.00 - (",
  " - (",
  "Mensagem <b\n",
  "Mensagem entregue as 30/09/2025\n"
]

describe("the work of a look", () => {
  it.each(stubborn)("SPEC 6.2: twice the journal is at most twice the steps: %j", (piece) => {
    const stepsOf = (times: number) => searchEntries(piece.repeat(times), note).steps
    const [once, twice] = [stepsOf(2000), stepsOf(4000)]
    assert.isAtMost(twice, 2.1 * once + 2000)
    assert.isAtMost(once, 2000 * 2000)
  })
})
