import { readFileSync } from "node:fs"

import { assert, describe, it } from "@effect/vitest"
import { parse } from "yaml"

import { innocent, spellings } from "../domain/personal/corpus.ts"

interface Collector {
  readonly processors: {
    readonly redaction: { readonly blocked_values: ReadonlyArray<string> }
    readonly "transform/names": { readonly trace_statements: ReadonlyArray<string> }
  }
}

const { processors } = parse(readFileSync("otel-collector.yaml", "utf8")) as Collector
const sources = processors.redaction.blocked_values

/** The collector's patterns: what they have of RE2's syntax means the same here. It writes `$` as `$$`. */
const patterns = sources.map((source) => new RegExp(source.replaceAll("$$", "$"), "gu"))

const masked = (text: string) => patterns.reduce((rest, pattern) => rest.replace(pattern, "***"), text)

/** What is known by its check digits, beside letters, or by what characters stand for: the service alone masks it. */
const beyondPatterns: ReadonlySet<string> = new Set([
  "529.982.247.25",
  "cpf52998224725x",
  "12ABC34501DE35",
  "12 ABC 345 01DE 35",
  "Cel11 91000-2201",
  "⁵²⁹⁹⁸²²⁴⁷²⁵"
])

const many = /(?:\p{N}\P{N}{0,4}){6}/u

describe("otel-collector.yaml", () => {
  it.each(spellings.filter(([text]) => !beyondPatterns.has(text)))("SPEC 9.6: masks %j, too", (text) => {
    const left = masked(text).replace(/^2025-\S+/, "")
    assert.notMatch(left, many)
    assert.notMatch(left, /\w[@＠]\w|%40|&#64;/)
  })

  it.each(innocent)("leaves %j", (text) => {
    assert.strictEqual(masked(text), text)
  })

  it("masks names of span events and messages of statuses by the same patterns", () => {
    const escaped = sources.map((source) => source.replaceAll("\\", "\\\\").replaceAll('"', '\\"'))
    assert.deepStrictEqual(
      processors["transform/names"].trace_statements,
      ["spanevent.name", "span.status.message"].flatMap((target) =>
        escaped.map((source) => `replace_pattern(${target}, "${source}", "***")`)
      )
    )
  })
})
