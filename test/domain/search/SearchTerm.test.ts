import { assert, describe, it } from "@effect/vitest"

import type { Fact } from "../../../src/domain/communication/Fact.ts"
import { fold } from "../../../src/domain/communication/State.ts"
import type { Outbound } from "../../../src/domain/outbound/Outbound.ts"
import { termsOf } from "../../../src/domain/search/SearchTerm.ts"
import { outbound } from "../outbound/records.ts"

const origin = { topic: "in", partition: 0, offset: 0 }

const accepted = (order: Outbound): Fact => ({ _tag: "Accepted", at: 1, origin, order })

const termsOfOrder = (order: Outbound, id = "j|1|2") => termsOf(id, [accepted(order)], fold([accepted(order)]))

const orderOf = (cliente: Partial<Outbound["cliente"]>, dados: Partial<Outbound["dados_jornada"]> = {}): Outbound => {
  const { cliente: _, dados_jornada: __, ...rest } = outbound()
  return {
    ...rest,
    cliente: { id: "123", ...cliente },
    dados_jornada: { num_pedido: "PED-1", ...dados }
  }
}

const planned = (phone: string, group?: string): Fact => ({
  _tag: "EventPlanned",
  at: 2,
  key: "k",
  origin,
  event: { kind: "reply", at: 2, phone, ...(group !== undefined && { group }) } as never,
  evento: "retorno_outro",
  patches: []
})

describe("SPEC 12.1: the terms of an order", () => {
  it("each in its canonical spelling, as far as it could be read", () => {
    const order = orderOf(
      {
        num_telefone: "(11) 99999-8888",
        email: "Ana <ANA@example.com>",
        cpf: "529.982.247-25",
        documento: "52998224725",
        cnpj: "11.222.333/0001-81"
      },
      { num_pedido: " PED 1 ", remessa: "R1" }
    )
    assert.deepStrictEqual(termsOfOrder(order), [
      { kind: "order", value: "PED 1" },
      { kind: "shipment", value: "R1" },
      { kind: "customer", value: "123" },
      { kind: "phone", value: "+5511999998888" },
      { kind: "email", value: "ana@example.com" },
      { kind: "document", value: "52998224725" },
      { kind: "document", value: "11222333000181" }
    ])
  })

  it("no term for a value that cannot be read", () => {
    const order = orderOf({ num_telefone: "?", email: "none", cpf: "1" })
    assert.deepStrictEqual(termsOfOrder(order), [
      { kind: "order", value: "PED-1" },
      { kind: "customer", value: "123" }
    ])
  })

  it("its id, if that holds personal data", () =>
    assert.deepStrictEqual(termsOfOrder(orderOf({}), "j|52998224725|PED-1").at(-1), {
      kind: "id",
      value: "j|52998224725|PED-1"
    }))
})

describe("SPEC 12.1: the terms of an event", () => {
  const order = accepted(orderOf({ num_telefone: "11999998888" }))

  it("its phone, if it differs from the order's", () => {
    const same = planned("5511999998888")
    assert.deepStrictEqual(termsOf("j|1|2", [same], fold([order, same])), [])
    const other = planned("5521988887777")
    assert.deepStrictEqual(termsOf("j|1|2", [other], fold([order, other])), [
      { kind: "phone", value: "+5521988887777" }
    ])
  })

  it("no phone in a group", () => {
    const fact = planned("5521988887777", "group")
    assert.deepStrictEqual(termsOf("j|1|2", [fact], fold([order, fact])), [])
  })
})
