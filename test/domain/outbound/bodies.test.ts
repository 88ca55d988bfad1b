import { assert, describe, it } from "@effect/vitest"

import type { CaseTemplate } from "../../../src/domain/journeys/Journey.ts"
import { caseBody, deliveryDate } from "../../../src/domain/outbound/caseBody.ts"
import { dispatchBody } from "../../../src/domain/outbound/dispatchBody.ts"
import { fixture, journey, outbound } from "./records.ts"

const consumer = "c0ffee00c0ffee00c0ffee00c0ffee00"
const withCase = (fields: CaseTemplate) => ({ ...journey(), case: { ...journey().case, ...fields } })
const rendered = (template: string, changes: Record<string, unknown> = {}) =>
  caseBody({ outbound: outbound(changes), journey: withCase({ description: template }), consumer })["description"]

describe("caseBody", () => {
  it("SPEC 4.1: byte by byte the fixture case, with the project's own journeys file", () => {
    const body = caseBody({ outbound: outbound(), journey: journey(), consumer })
    assert.strictEqual(JSON.stringify(body), JSON.stringify(fixture("case")))
  })

  it("SPEC 4.1: group and opener are sent if set; the journey's own win", () => {
    const settings = { outbound: outbound(), consumer, assignmentGroup: "g1", openedBy: "u1" }
    const body = caseBody({ ...settings, journey: journey() })
    assert.deepInclude(body, { assignment_group: "g1", opened_by: "u1" })
    assert.deepStrictEqual(Object.keys(body).slice(0, 12), [
      ...Object.keys(fixture("case")).slice(0, 10),
      "assignment_group",
      "opened_by"
    ])
    const own = caseBody({ ...settings, journey: withCase({ assignment_group: "g2" }) })
    assert.deepInclude(own, { assignment_group: "g2", opened_by: "u1" })
  })

  it("SPEC 4.1: variables are the journey's data, else the customer's fields, and the two of the service", () => {
    const changes = { "dados_jornada.nome": "Loja", "dados_jornada.sobrenome": null, "dados_jornada.data_entrega": "?" }
    assert.strictEqual(rendered("{{nome}} {{sobrenome}} {{num_nota}}", changes), "Loja Silva 12345566")
    assert.strictEqual(
      rendered("{{id}} {{email}} {{data_entrega}}", changes),
      "OBM3028874-01 joao.silva@example.com 01/10/2025"
    )
    assert.strictEqual(
      rendered("{{num_pedido}}", { "dados_jornada.num_pedido": null, "dados_jornada.id": "NF-7" }),
      "NF-7"
    )
    const unnamed = { "cliente.nome": "null", "cliente.sobrenome": "-" }
    assert.strictEqual(rendered("Olá, {{nome|cliente}}{{sobrenome}}!", unnamed), "Olá, cliente!")
    assert.strictEqual(rendered("{{nome|cliente}} {{sobrenome|?}}"), "João Silva")
    assert.strictEqual(rendered("[{{dat_emissao}}{{outro}}]", { "dados_jornada.dat_emissao": null }), "[]")
  })

  it("SPEC 4.1: short_description is cut at 160 characters, description and every other text at 4000", () => {
    const long = "😀".repeat(5000)
    const fields = { short_description: "{{x}}", description: "{{x}}", u_text: "{{x}}" }
    const body = caseBody({ outbound: outbound({ "dados_jornada.x": long }), journey: withCase(fields), consumer })
    assert.strictEqual(body["short_description"], "😀".repeat(160))
    assert.strictEqual(body["description"], "😀".repeat(4000))
    assert.strictEqual(body["u_text"], "😀".repeat(4000))
  })

  it("SPEC 4.7: no field of the Case but its key has a producer's mark of HTML", () => {
    const mark = "[code]<b>x</b>[/code]"
    const changes = {
      id_correlacao: `j|${mark}`,
      cod_canais: ["itsm"],
      "cliente.nome": `Ana ${mark}`,
      "cliente.num_telefone": mark,
      "dados_jornada.num_pedido": mark,
      "dados_jornada.dat_entrega": mark
    }
    const template = { description: "{{nome}} {{num_pedido}} {{data_entrega}}", short_description: "{{num_pedido}}" }
    const body = caseBody({ outbound: outbound(changes), journey: withCase(template), consumer })
    const marked = Object.entries(body).filter(([, value]) => /\[\/?code/.test(String(value)))
    assert.deepStrictEqual(marked, [["u_id_correlacao", `j|${mark}`]])
    assert.strictEqual(body["description"], "Ana (code)<b>x</b>(/code) (code)<b>x</b>(/code) (code)<b>x</b>(/code)")
  })

  it("SPEC 4.1: u_msisdn is E.164, unchanged if it is not a valid phone, and absent without one", () => {
    const body = (changes: Record<string, unknown>) =>
      caseBody({ outbound: outbound({ cod_canais: ["itsm"], ...changes }), journey: journey(), consumer })
    assert.strictEqual(body({ "cliente.num_telefone": "(11) 99999-9999" })["u_msisdn"], "+5511999999999")
    assert.strictEqual(body({ "cliente.num_telefone": "não tem" })["u_msisdn"], "não tem")
    assert.strictEqual(body({ "cliente.num_telefone": "x".repeat(99) })["u_msisdn"], "x".repeat(40))
    for (const none of [undefined, null, ""]) assert.isFalse("u_msisdn" in body({ "cliente.num_telefone": none }))
  })
})

describe("deliveryDate", () => {
  const rows: ReadonlyArray<readonly [Record<string, unknown>, string]> = [
    [{}, "01/10/2025"],
    [{ tims_evento: "2025-10-01T02:59:59Z" }, "01/10/2025"],
    [{ tims_evento: "2025-10-01T03:00:00Z" }, "02/10/2025"],
    [{ "dados_jornada.dat_entrega": "2025-10-07" }, "07/10/2025"],
    [{ "dados_jornada.dat_entrega": "07/10/2025" }, "07/10/2025"],
    [{ "dados_jornada.dat_entrega": "2025-10-07T01:00:00Z" }, "06/10/2025"],
    [{ "dados_jornada.dat_entrega": "2025-10-07T00:00:00Z" }, "07/10/2025"],
    [{ "dados_jornada.dat_entrega": "2025-10-07 00:00:00" }, "07/10/2025"],
    [{ "dados_jornada.dat_entrega": "20251007" }, "07/10/2025"],
    [{ "dados_jornada.dat_entrega": "amanhã" }, "amanhã"],
    [{ "dados_jornada.dat_entrega": " " }, "01/10/2025"],
    [{ "dados_jornada.dat_entrega": null }, "01/10/2025"]
  ]
  it.each(rows)("SPEC 4.2: with %j it is %s", (changes, expected) => {
    assert.strictEqual(deliveryDate(outbound(changes), journey()), expected)
  })

  it("SPEC 4.2: the offset is the journey's", () => {
    assert.strictEqual(deliveryDate(outbound(), { ...journey(), deliveryOffsetDays: 0 }), "30/09/2025")
  })
})

describe("dispatchBody", () => {
  const phone = "+5511999999999"

  it("SPEC 5.1: byte by byte the fixture dispatch", () => {
    const body = dispatchBody({ outbound: outbound(), phone, caseNumber: "CS0001005" })
    assert.strictEqual(JSON.stringify(body), JSON.stringify(fixture("dispatch")))
  })

  it("SPEC 1.2, 2.3: without Case no id_case, without remessa none, num_pedido from the journey's id", () => {
    const changes = { "dados_jornada.remessa": undefined, "dados_jornada.num_pedido": undefined }
    const order = outbound(changes)
    assert.deepStrictEqual(dispatchBody({ outbound: order, phone }), {
      contacts: [
        {
          context: { cod_jornada: order.cod_jornada, id_contexto: order.id_correlacao },
          fullNumber: phone,
          num_pedido: "OBM3028874-01"
        }
      ]
    })
  })
})
