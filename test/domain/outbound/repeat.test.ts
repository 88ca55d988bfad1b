import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

import { conflictsWith, contentHash } from "../../../src/domain/outbound/repeat.ts"
import { fixture, outbound } from "./records.ts"

const differs = (before: Record<string, unknown>, after: Record<string, unknown>) => {
  const [known, other] = [outbound(before), outbound(after)]
  const paths = conflictsWith(known, other)
  assert.deepStrictEqual([...conflictsWith(other, known)].sort(), [...paths].sort())
  assert.strictEqual(contentHash(known) === contentHash(other), paths.length === 0)
  return paths
}

describe("conflictsWith and contentHash", () => {
  it("SPEC 1.4: the record itself is a repeat", () => {
    assert.deepStrictEqual(differs({}, {}), [])
  })

  it("SPEC 1.4: the order of channels, other services' channels and channels named twice do not count", () => {
    assert.deepStrictEqual(differs({}, { cod_canais: ["sms", "itsm", "whatsapp", "itsm"] }), [])
    assert.deepStrictEqual(differs({}, { cod_canais: ["itsm"] }), ["cod_canais"])
  })

  it("SPEC 1.4: tims_evento counts by its day in America/Sao_Paulo", () => {
    assert.deepStrictEqual(differs({}, { tims_evento: "2025-10-01T02:59:59Z" }), [])
    assert.deepStrictEqual(differs({}, { tims_evento: "2025-09-30T00:00:00-03:00" }), [])
    assert.deepStrictEqual(differs({}, { tims_evento: "2025-10-01T03:00:00Z" }), ["tims_evento"])
    assert.deepStrictEqual(differs({}, { tims_evento: "2025-09-30T02:59:59Z" }), ["tims_evento"])
  })

  it("SPEC 1.4: an absent optional field, null and undefined are one", () => {
    assert.deepStrictEqual(differs({ "cliente.cpf": null }, {}), [])
    const known = outbound()
    const other = { ...known, cliente: { ...known.cliente, outro: undefined } }
    assert.deepStrictEqual(conflictsWith(known, other), [])
    assert.strictEqual(contentHash(known), contentHash(other))
  })

  it("SPEC 1.4, 2.1: an integer that an earlier version kept as a number is still the same; another one is not", () => {
    const digits = "35250912345678000195550010000012341000012345"
    const before = { ...outbound(), dados_jornada: { ...outbound().dados_jornada, chave: Number(digits) } }
    const after = outbound({ "dados_jornada.chave": digits })
    assert.deepStrictEqual(conflictsWith(before, after), [])
    const other = outbound({ "dados_jornada.chave": digits.replace("3", "4") })
    assert.deepStrictEqual(conflictsWith(before, other), ["dados_jornada.chave"])
  })

  it("SPEC 1.5: the detail of fixture conflito names the path", () => {
    const paths = differs({}, { "cliente.num_telefone": "+5511988888888" })
    const detail = `id_correlacao já usado com outro conteúdo: ${paths.join(", ")}`
    assert.deepStrictEqual({ codigo: "CONFLITO", status: 409, detalhe: detail }, fixture("responses/conflito")["erro"])
  })

  const itens = (sku: string, ...more: ReadonlyArray<unknown>) => [{ sku: "a" }, { sku: "b" }, { sku }, ...more]
  const rows: ReadonlyArray<readonly [Record<string, unknown>, Record<string, unknown>, ReadonlyArray<string>]> = [
    [{ "dados_jornada.itens": itens("c") }, { "dados_jornada.itens": itens("d") }, ["dados_jornada.itens[2].sku"]],
    [{ "dados_jornada.itens": itens("c") }, { "dados_jornada.itens": itens("c", 1) }, ["dados_jornada.itens[3]"]],
    [{ "dados_jornada.itens": [] }, { "dados_jornada.itens": {} }, ["dados_jornada.itens"]],
    [{ "dados_jornada.num_nota": 5 }, { "dados_jornada.num_nota": "5" }, ["dados_jornada.num_nota"]],
    [{ "dados_jornada.x": null }, { "dados_jornada.x": undefined }, ["dados_jornada.x"]],
    [{ "dados_jornada.x": {} }, { "dados_jornada.x": { y: 1 } }, ["dados_jornada.x.y"]],
    [{}, { dados_canal_itsm: { fila: "a" } }, ["dados_canal_itsm.fila"]],
    [{}, { dados_canal_itsm: undefined }, ["dados_canal_itsm"]],
    [{}, { "dados_whats.id_campanha": "outra", cod_jornada: "outra" }, ["cod_jornada", "dados_whats.id_campanha"]]
  ]
  it.each(rows)("SPEC 1.5: %j against %j differs in %j", (before, after, paths) => {
    assert.deepStrictEqual(differs(before, after), paths)
  })

  it("SPEC 1.5: 20 paths are named, the others are counted, and a long name is cut", () => {
    const list = (value: number) => ({ "dados_jornada.x": Array.from({ length: 200_000 }, () => value) })
    const named = Array.from({ length: 20 }, (_, index) => `dados_jornada.x[${index}]`)
    assert.deepStrictEqual(differs(list(1), list(2)), [...named, "mais 199980"])
    const name = "k".repeat(900_000)
    const cut = `dados_jornada.x.${"k".repeat(184)}…`
    assert.deepStrictEqual(differs({ "dados_jornada.x": {} }, { "dados_jornada.x": { [name]: 1 } }), [cut])
  })

  /** The same JSON with the keys of every object in reverse. */
  const reversed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(reversed)
    if (typeof value !== "object" || value === null) return value
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, item]) => [key, reversed(item)])
    )
  }

  it("SPEC 1.4: a property of any content: its own repeat, in any order of keys; the hash says the same as the paths", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.jsonValue({ maxDepth: 4 }), (a, b) => {
        const [one, two] = [{ "dados_jornada.x": { a } }, { "dados_jornada.x": { a: b } }]
        assert.deepStrictEqual(differs(one, { "dados_jornada.x": reversed({ a }) }), [])
        const same = JSON.stringify(reversed(reversed(a))) === JSON.stringify(reversed(reversed(b)))
        if (same) assert.deepStrictEqual(differs(one, two), [])
        else differs(one, two)
      })
    )
  })

  it("the hash is the same in every version of the service", () => {
    assert.strictEqual(contentHash(outbound()), "5d0d07d54c06d53d67a9efb98f28f4d85a552c31b3193e4b8ab06c9d420823e4")
  })
})
