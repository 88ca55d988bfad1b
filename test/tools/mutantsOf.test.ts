import { assert, describe, it } from "@effect/vitest"

import { mutantsOf } from "../../tools/mutants/mutantsOf.ts"

/** Every mutant of one function's body: what the change is called, and the body with it. */
const mutants = (body: string) =>
  mutantsOf("a.ts", `function a() {\n${body}\n}`).map(({ change, line, source, text }) => {
    assert.strictEqual(text, body.split("\n")[line - 2]?.trim())
    return [change, source.slice("function a() {\n".length, -"\n}".length)]
  })

describe("mutants", () => {
  it("a condition is forced both ways, and a border of a comparison moves", () => {
    assert.deepStrictEqual(mutants("if (a < 1) b = 2"), [
      ["a < 1 → true", "if (true) b = 2"],
      ["a < 1 → false", "if (false) b = 2"],
      ["a < 1: < → <=", "if (a <= 1) b = 2"],
      ["removed b = 2", "if (a < 1) ;"]
    ])
    assert.deepStrictEqual(mutants("return a ? b : c"), [
      ["a → true", "return true ? b : c"],
      ["a → false", "return false ? b : c"]
    ])
  })

  it("a comparison or a `!` that is a value is negated; within a condition its removal says as much", () => {
    assert.deepStrictEqual(mutants("return a === b"), [["a === b: === → !==", "return a !== b"]])
    assert.deepStrictEqual(mutants("return !a"), [["!a: negated", "return a"]])
    assert.deepStrictEqual(
      mutants("if (a !== b) c").map(([change]) => change),
      ["a !== b → true", "a !== b → false"]
    )
  })

  it("an operand is removed where it stands, and the first connective is swapped", () => {
    assert.deepStrictEqual(mutants("return a &&\nb &&\n(c || d)"), [
      ["a && b: && → ||", "return a || b &&\n(c || d)"],
      ["without a", "return b &&\n(c || d)"],
      ["without b", "return a &&\n(c || d)"],
      ["without (c || d)", "return a &&\nb"],
      ["c || d: || → &&", "return a &&\nb &&\n(c && d)"],
      ["without c", "return a &&\nb &&\n(d)"],
      ["without d", "return a &&\nb &&\n(c)"]
    ])
  })

  it("a spread is removed, and its condition", () => {
    assert.deepStrictEqual(mutants("return { ...(a && { b }) }"), [
      ["...a && { b }: removed", "return { ...(false) }"],
      ["without a", "return { ...({ b }) }"]
    ])
  })

  it("a call, a `yield*` and an assignment are removed, but not what only logs", () => {
    assert.deepStrictEqual(mutants("a()\nb = 1"), [
      ["removed a()", ";\nb = 1"],
      ["removed b = 1", "a()\n;"]
    ])
    assert.deepStrictEqual(
      mutantsOf("a.ts", "function* a() { yield* b; yield* Effect.logInfo(1) }").map(({ source }) => source),
      ["function* a() { ; yield* Effect.logInfo(1) }"]
    )
  })

  it("an early return that is not alone under its condition is removed, and what it returns is still carried out", () => {
    assert.deepStrictEqual(mutants("if (a) {\nb()\nreturn c\n}\nreturn d").at(-1), [
      "return c: no return",
      "if (a) {\nb()\n;c\n}\nreturn d"
    ])
  })

  it("of a statement of SQL each condition is removed, a border moves, and an order and an extreme are turned", () => {
    const statement = (of: string, where: string, by: string, value: string) =>
      `return \`WITH a AS (SELECT b FROM c JOIN d ON ${of} WHERE ${where} ORDER BY ${by} LIMIT 1)\nINSERT INTO p SELECT ${value} FROM a ON CONFLICT DO NOTHING\``
    const [of, either, by] = ["c.e = d.e", "(h = 'i AND j' OR k IN (SELECT l FROM m WHERE n))", "o DESC"]
    const where = `g < 1 AND ${either}`
    const value = "CASE WHEN q IS NULL THEN 1 ELSE least(r, 2) END"
    assert.deepStrictEqual(mutants(statement(of, where, by, value)), [
      ["without c.e = d.e", statement("true", where, by, value)],
      ["without g < 1", statement(of, `true AND ${either}`, by, value)],
      [`without ${either}`, statement(of, "g < 1 AND true", by, value)],
      ["without n", statement(of, where.replace("WHERE n", "WHERE true"), by, value)],
      ["g < 1 → g <= 1", statement(of, `g <= 1 AND ${either}`, by, value)],
      ["o DESC → o", statement(of, where, "o", value)],
      ["without q IS NULL", statement(of, where, by, value.replace("q IS NULL", "true"))],
      ["least( → greatest(", statement(of, where, by, value.replace("least", "greatest"))]
    ])
    assert.deepStrictEqual(mutants("return `lost: ${a}, where it was`"), [])
  })

  it("types have no mutants", () => {
    assert.deepStrictEqual(mutantsOf("a.ts", "type A<B> = B extends true ? 1 : 2"), [])
  })
})
