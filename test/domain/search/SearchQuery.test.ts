import { assert, describe, it } from "@effect/vitest"

import {
  readSearch,
  type SearchFields,
  searchMarks,
  searchStatuses,
  soughtInBody,
  soughtInUrl
} from "../../../src/domain/search/SearchQuery.ts"

const now = Date.parse("2026-11-30T12:00:00Z")
const hour = 3_600_000

const read = (fields: SearchFields, where: "url" | "body" = "url") => readSearch(fields, now, where)

describe("SPEC 12.2: the fields of a search", () => {
  it("no field is a search for everything", () =>
    assert.deepStrictEqual(read({}), { value: { statuses: [], marks: [] } }))

  it("statuses and marks stand in one field", () => {
    const status = [...searchStatuses, ...searchMarks]
    assert.deepStrictEqual(read({ status }), { value: { statuses: [...searchStatuses], marks: [...searchMarks] } })
  })

  it.each([
    ["2026-11-30T12:00:00Z", now],
    ["2026-11-30T09:00-03:00", now],
    ["2026-11-30T15:00:00+03:00", now],
    ["2026-11-30T15:00:00 03:00", now],
    ["24h", now - 24 * hour],
    ["30m", now - hour / 2],
    ["7d", now - 7 * 24 * hour]
  ])("since and until: %s", (text, expected) => {
    assert.deepStrictEqual(read({ since: text, until: text }), {
      value: { statuses: [], marks: [], since: expected, until: expected }
    })
  })

  it.each<readonly [SearchFields, string]>([
    [{ status: ["success", "sucess"] }, "status"],
    [{ status: [""] }, "status"],
    [{ journey: " " }, "journey"],
    [{ codigo: "timeout" }, "codigo"],
    [{ codigo: "HTTP 500" }, "codigo"],
    [{ codigo: "" }, "codigo"],
    [{ case: "" }, "case"],
    [{ q: "\u200B " }, "q"],
    [{ since: "yesterday" }, "since"],
    [{ since: "2026-11-30T12:00:00" }, "since"],
    [{ since: "2026-02-30T12:00:00Z" }, "since"],
    [{ since: "-1h" }, "since"],
    [{ until: "24" }, "until"],
    [{ until: "" }, "until"]
  ])("%j is wrong in %s", (fields, field) => {
    for (const where of ["url", "body"] as const) assert.strictEqual(read(fields, where).wrong?.field, field)
  })

  it("a Case is its number in any letter case, or its sys_id", () => {
    const names = (text: string) => read({ case: text }).value?.case?.names
    assert.deepStrictEqual(names("CS0001234"), [{ kind: "case_number", value: "CS0001234" }])
    assert.deepStrictEqual(names(" cs0001234 "), [
      { kind: "case_number", value: "CS0001234" },
      { kind: "case_number", value: "cs0001234" }
    ])
    const sysId = "0123456789ABCDEF0123456789ABCDEF"
    assert.deepStrictEqual(names(sysId), [{ kind: "case_sys_id", value: sysId.toLowerCase() }])
  })
})

describe("SPEC 12.2: what a text in a URL means", () => {
  it("an id, a number of the order or shipment, a ref, a Case, a message", () => {
    assert.deepStrictEqual(soughtInUrl(" R1PED-1 "), {
      _tag: "Sought",
      onlyIfKnown: false,
      sought: {
        ids: ["R1PED-1"],
        names: [
          { kind: "case_number", value: "R1PED-1" },
          { kind: "message_id", value: "R1PED-1" }
        ],
        terms: [
          { kind: "order", value: "R1PED-1" },
          { kind: "shipment", value: "R1PED-1" },
          { kind: "ref", value: "R1PED-1" }
        ]
      }
    })
  })

  it.each(["11999998888", "52998224725", "5511999998888", "11222333000181"])("digits alone must be known: %s", (text) =>
    assert.include(soughtInUrl(text), { _tag: "Sought", onlyIfKnown: true })
  )

  it.each(["12345678", "4711", "12345678901", "pedido_entregue_amanha|123|R1PED-1", "CS0001234", "wamid.HBgNNTUx"])(
    "no person: %s",
    (text) => assert.include(soughtInUrl(text), { _tag: "Sought", onlyIfKnown: false })
  )

  it.each([
    "ana@example.com",
    "Ana <ana@example.com>",
    "@",
    "+55 11 99999-8888",
    "(11) 99999-8888",
    "11 99999-8888",
    "+1 212 555 0123",
    "529.982.247-25",
    "529.982.247-00",
    "52998224725.0",
    "CPF 529.982.247-25",
    "11.222.333/0001-81",
    "12.ABC.345/01DE-35"
  ])("a person's: %s", (text) => {
    assert.deepStrictEqual(soughtInUrl(text), { _tag: "Personal" })
    assert.strictEqual(read({ q: text }).wrong?.field, "q")
    assert.isUndefined(read({ q: text }, "body").wrong)
  })
})

describe("SPEC 12.2: what else a text in a body means", () => {
  const terms = (text: string) =>
    soughtInBody(text).terms.filter(({ kind }) => !["order", "shipment", "ref", "customer"].includes(kind))

  it.each(["+55 11 99999-8888", "11999998888", "(011) 99999.8888", "5511999998888", "whatsapp:+5511999998888"])(
    "a phone in any spelling: %s",
    (text) =>
      assert.deepStrictEqual(
        terms(text).filter(({ kind }) => kind === "phone"),
        [
          { kind: "phone", value: "+5511999998888" },
          { kind: "phone", value: "+551199998888" }
        ]
      )
  )

  it.each(["529.982.247-25", "52998224725", "CPF: 529.982.247-25"])("a document: %s", (text) =>
    assert.deepStrictEqual(
      terms(text).filter(({ kind }) => kind === "document"),
      [{ kind: "document", value: "52998224725" }]
    )
  )

  it("an e-mail", () =>
    assert.deepStrictEqual(terms(" Ana <ANA@Example.com> "), [{ kind: "email", value: "ana@example.com" }]))

  it("the id of a customer, as it is", () =>
    assert.deepInclude(soughtInBody(" Cli-7 ").terms, { kind: "customer", value: "Cli-7" }))
})
