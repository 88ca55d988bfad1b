import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"

import { type Meaning, meaningOf } from "../../../src/domain/inbound/customerAnswer.ts"
import { fixture, journey } from "../outbound/records.ts"

const Texts = Schema.Array(Schema.String)
const corpus = Schema.decodeUnknownSync(Schema.Struct({ sim: Texts, nao: Texts, outro: Texts, none: Texts }))(
  fixture("answers")
)
const { answers } = journey()
const meanings: ReadonlyArray<Meaning> = ["sim", "nao", "outro", "none"]

/** The texts of this label that mean something else. */
const misread = (label: Meaning, change: (text: string) => string = (text) => text) =>
  corpus[label].map(change).flatMap((text) => {
    const meaning = meaningOf(text, answers)
    return meaning === label ? [] : [{ text, meaning }]
  })

describe("the corpus of answers", () => {
  for (const label of meanings) {
    it(`SPEC 8.10: every answer that is labelled ${label} means that`, () => assert.deepStrictEqual(misread(label), []))

    it(`SPEC 8.10: so does each of ${label} in capitals, decomposed, between spaces and line breaks`, () => {
      for (const change of [
        (text: string) => text.toUpperCase(),
        (text: string) => text.normalize("NFD"),
        (text: string) => `\n  ${text}\t\r\n`
      ]) {
        assert.deepStrictEqual(misread(label, change), [])
      }
    })
  }

  it("SPEC 8.10: it has at least 300 answers, each once, most of which close no Case", () => {
    const all = meanings.flatMap((label) => corpus[label])
    assert.isAtLeast(all.length, 300)
    assert.strictEqual(new Set(all).size, all.length)
    assert.isAbove(all.length - corpus.sim.length, corpus.sim.length)
  })

  it("SPEC 8.10: nothing that is added to a yes from the other answers leaves it a yes", () => {
    for (const rest of [...corpus.nao, ...corpus.outro]) {
      assert.notStrictEqual(meaningOf(`Sim, ${rest}`, answers), "sim", rest)
      assert.notStrictEqual(meaningOf(`${rest}. Sim`, answers), "sim", rest)
    }
  })
})
