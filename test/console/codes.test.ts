import { readFileSync } from "node:fs"

import { assert, describe, it } from "@effect/vitest"

import { manualOfCodigo, meaningOfCodigo, problemShown } from "../../console/src/problems.ts"
import { text } from "../../console/src/text/text.ts"
import { manualHtml } from "../../tools/console/manualHtml.ts"

/** Every `codigo` that the contract names. */
const codes = (): ReadonlyArray<string> => {
  const [, list = ""] = /^codigo( [^`]*)/m.exec(readFileSync("docs/contract.md", "utf8")) ?? []
  return list.match(/\b[A-Z]+(?:_[A-Z]+)*\b/g) ?? []
}

const anchors = () =>
  new Set([...manualHtml(readFileSync("docs/operations.md", "utf8")).matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))

it.each([
  ["stalled", "/auditoria"],
  ["overdue", "/auditoria"],
  ["unaccounted", "/auditoria"]
])("the problem %s leads to the list of what it counts", (id, list) => {
  assert.strictEqual(problemShown({ id, text: id, count: 1, runbook: "docs/operations.md#is-it-well" }).list, list)
})

describe("the manual says what to do about", () => {
  it("every codigo of the contract, and the console says what it means", () => {
    const named = codes().filter((code) => code !== "HTTP")
    assert.include(named, "TIMEOUT")
    assert.include(named, "ERRO_INTERNO")
    const known = anchors()
    const missing = named.filter((code) => !known.has(manualOfCodigo(code).replace("/manual#", "")))
    assert.deepStrictEqual(missing, [])
    assert.deepStrictEqual(
      named.filter((code) => text.codigo[code] === undefined),
      []
    )
  })

  it("a codigo that the filter gives as an example", () => {
    const given = text.filters.codigoHint.match(/\b[A-Z]+(?:_[A-Z0-9]+)+\b/g) ?? []
    const known = codes()
    assert.isNotEmpty(given)
    assert.deepStrictEqual(
      given.filter((code) => !known.includes(code) && !/^HTTP_\d{3}$/.test(code)),
      []
    )
  })

  it.each([
    ["HTTP_400", "http_400"],
    ["HTTP_401", "http_401"],
    ["HTTP_403", "http_403"],
    ["HTTP_404", "http_404"],
    ["HTTP_422", "http_400"],
    ["HTTP_429", "http_429"],
    ["HTTP_500", "http_500"],
    ["HTTP_503", "http_500"]
  ])("%s", (code, anchor) => {
    assert.strictEqual(manualOfCodigo(code), `/manual#${anchor}`)
    assert.isTrue(anchors().has(anchor))
    assert.isString(meaningOfCodigo(code))
  })
})
