import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

import { readEmail, sameEmail } from "../../../src/domain/values/email.ts"

describe("readEmail", () => {
  const valid: ReadonlyArray<readonly [string, string]> = [
    ["joao@example.com", "joao@example.com"],
    [" Joao.Silva+loja@Example.COM.br ", "joao.silva+loja@example.com.br"],
    ["mailto:joao@example.com", "joao@example.com"],
    ["João da Silva <joao@example.com>", "joao@example.com"],
    ["joao@example.com;", "joao@example.com"],
    ["\u200Ejoao@example.com\u00A0", "joao@example.com"],
    ["ｊｏａｏ＠example.com", "joao@example.com"]
  ]
  it.each(valid)("SPEC 3.1: %j is %s", (raw, value) => {
    assert.deepStrictEqual(readEmail(raw), { value })
    assert.isTrue(sameEmail(raw, value.toUpperCase()))
  })

  const none = [
    "",
    "-",
    "null",
    "sem email",
    "joao",
    "joao@",
    "@example.com",
    "joao@example",
    "joao@@example.com",
    "joao silva@example.com",
    "joao@example.com, maria@example.com",
    "joao@exa mple.com",
    "joao..silva@example.com",
    "joao@-example.com",
    "joao^@example.com",
    `${"a".repeat(250)}@example.com`
  ]
  it.each(none)("SPEC 3.1: %j is not an e-mail address, and does not even match itself", (raw) => {
    assert.match(readEmail(raw).problem ?? "", /^esperado um endereço de e-mail, veio /)
    assert.isFalse(sameEmail(raw, raw))
  })

  it("total on any text, and its result is a fixed point", () => {
    const nearly = fc.string({ unit: fc.constantFrom(..."abA.@-<> ;^1é") })
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          nearly,
          fc.tuple(nearly, nearly).map((parts) => `${parts.join("@")}.com`)
        ),
        (raw) => {
          const { problem, value } = readEmail(raw)
          assert.isTrue(value === undefined ? problem.startsWith("esperado ") : readEmail(value).value === value)
        }
      ),
      { numRuns: 1000 }
    )
  })
})
