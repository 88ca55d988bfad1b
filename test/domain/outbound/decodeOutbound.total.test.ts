import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as fc from "fast-check"

import { decodeOutbound } from "../../../src/domain/outbound/decodeOutbound.ts"
import { Outbound } from "../../../src/domain/outbound/Outbound.ts"
import { bytes, decode, outbound, record } from "./records.ts"

describe("decodeOutbound: cleaning and totality", () => {
  it("SPEC 1.3: removes NUL and lone surrogates from texts and keys at any depth, and nothing else", () => {
    const order = outbound({
      "cliente.nome": "Jo\u0000ão \uD83D\uDE00\uD83D",
      "dados_jornada.itens": [{ "s\u0000ku\uDC00": "\uDC00x\u0000" }]
    })
    assert.strictEqual(order.cliente.nome, "João 😀")
    assert.deepStrictEqual(order.dados_jornada["itens"], [{ sku: "x" }])
  })

  it("SPEC 1.3: the id is made of cleaned parts", () => {
    assert.strictEqual(outbound({ "cliente.id": "c\u0000\uD800" }).id_correlacao.split("|")[1], "c")
  })

  it("SPEC 1.4: a number beyond every store's range is null, so that its repeat is recognized", () => {
    const text = JSON.stringify(record({ "dados_jornada.total": 1 })).replace('"total":1', '"total":1e999')
    const decoded = decodeOutbound(bytes(text))
    assert.strictEqual(decoded._tag === "Valid" ? decoded.outbound.dados_jornada["total"] : "?", null)
  })

  it("a __proto__ key changes no prototype, and is not kept", () => {
    const text = JSON.stringify(record({ "cliente.x": 1 })).replace('"x":1', '"__proto__":{"nome":"outro"}')
    const decoded = decodeOutbound(bytes(text))
    assert.strictEqual(decoded._tag, "Valid")
    if (decoded._tag !== "Valid") return
    assert.strictEqual(Object.getPrototypeOf(decoded.outbound.cliente), Object.prototype)
    assert.isFalse(Object.hasOwn(decoded.outbound.cliente, "__proto__"))
  })

  const isOutbound = Schema.is(Outbound)
  /** Returns true for a valid record. Fails for anything that is not as it must be. */
  const isValid = (value: Uint8Array | null): boolean => {
    const decoded = decodeOutbound(value)
    if (decoded._tag === "Skipped") return false
    if (decoded._tag === "Invalid") {
      assert.isNotEmpty(decoded.problems)
      return false
    }
    const stored = JSON.parse(JSON.stringify(decoded.outbound))
    assert.deepStrictEqual(stored, decoded.outbound)
    assert.isTrue(isOutbound(decoded.outbound))
    return true
  }

  it("SPEC 2.1: returns a result for any bytes", () => {
    const anyBytes = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.json().map(bytes))
    fc.assert(fc.property(anyBytes, (value) => assert.isFalse(isValid(value))))
  })

  it("SPEC 2.1: a valid record fits the schema of facts and comes back equal from a store, whatever was put in its fields", () => {
    const paths = [
      "cod_canais",
      "cod_jornada",
      "tims_evento",
      "id_correlacao",
      "cliente",
      ...["id", "nome", "email", "num_telefone", "cpf", "documento", "outro"].map((key) => `cliente.${key}`),
      ...["id", "num_pedido", "remessa", "dat_entrega", "outro"].map((key) => `dados_jornada.${key}`),
      "dados_whats",
      "dados_whats.id_campanha",
      "dados_canal_itsm"
    ]
    const value = fc.oneof(
      fc.constantFrom<unknown>(["itsm"], ["whatsapp"], ["sms"], null, "", "x", 5, true, "2025-10-01"),
      fc.string({ unit: "binary" }),
      fc.jsonValue()
    )
    let valid = 0
    const anyRecord = fc.dictionary(fc.constantFrom(...paths), value, { maxKeys: 3 })
    fc.assert(
      fc.property(anyRecord, (changes) => {
        // Parents come before their fields. A field of a value that is no longer an object cannot be set.
        const changed = record()
        for (const path of paths.filter((name) => Object.hasOwn(changes, name))) {
          const [parent = "", key] = path.split(".")
          const object = key === undefined ? changed : changed[parent]
          if (typeof object === "object" && object !== null) Object.assign(object, { [key ?? parent]: changes[path] })
        }
        if (isValid(bytes(JSON.stringify(changed)))) valid += 1
      }),
      { numRuns: 2000, seed: 7 }
    )
    assert.isAbove(valid, 200)
  })

  it("SPEC 9.6: no problem shows a value of the record", () => {
    const secret = "s3gr3d0"
    const leaves = [secret, [secret], { x: secret }, 5551999]
    const decoded = Object.keys(record()).flatMap((path) => leaves.map((leaf) => decode(record({ [path]: leaf }))))
    const details = decoded.flatMap((each) => (each._tag === "Invalid" ? [each.detail] : []))
    assert.isAbove(details.length, 15)
    assert.notMatch(details.join("\n"), /s3gr3d0|5551999/)
  })
})
