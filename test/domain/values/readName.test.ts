import { assert, describe, it } from "@effect/vitest"

import { readName } from "../../../src/domain/values/readName.ts"

describe("readName", () => {
  const none = [
    "",
    " \u200B",
    "-",
    "...",
    "123",
    "😀",
    "null",
    "NULL NULL",
    "[null]",
    "undefined undefined",
    "N/A",
    "N.A.",
    "s/n",
    "xxx",
    "sem nome",
    "(Sem nome)",
    "Não informado",
    "nao_informado",
    "NÃO IDENTIFICADA",
    "não se aplica",
    "Não possui sobrenome",
    "desconhecido"
  ]
  it.each(none)("SPEC 3.3: %j is not a name", (raw) => {
    assert.isUndefined(readName(raw))
  })

  const names: ReadonlyArray<readonly [string, string]> = [
    ["João", "João"],
    [" Ana \u200B Maria\n", "Ana Maria"],
    ["Nadia", "Nadia"],
    ["Xuxa", "Xuxa"],
    ["Ana Null", "Ana Null"],
    ["José Não Consta", "José Não Consta"],
    ["João 😀", "João 😀"],
    ["\u202EoãoJ\u202C", "oãoJ"],
    ["شركة", "شركة"]
  ]
  it.each(names)("SPEC 3.3: %j is a name", (raw, name) => {
    assert.strictEqual(readName(raw), name)
  })
})
