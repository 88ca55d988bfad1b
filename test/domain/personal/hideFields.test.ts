import { assert, describe, it } from "@effect/vitest"

import * as notes from "../../../src/domain/communication/notes.ts"
import { hideCustomer } from "../../../src/domain/personal/hideCustomer.ts"
import { hideFields, makeHideText, textsIn } from "../../../src/domain/personal/hideFields.ts"
import { fixture } from "../../support/World.ts"

const order = fixture("comunicacaoTransacional.json")
const hideText = makeHideText(textsIn(order.cliente))

describe("hideFields", () => {
  it("SPEC 11.2: the person and every unknown field of an order are hidden", () => {
    const given = {
      ...order,
      novo: "Rua das Flores, 7",
      cliente: { ...Object(order.cliente), cpf: 12345678909, vip: true }
    }
    assert.deepStrictEqual(hideFields(given, hideText), {
      tims_evento: "2025-09-30T15:30:00Z",
      cod_canais: ["whatsapp", "itsm"],
      cod_jornada: "pedido_entregue_amanha",
      cliente: {
        id: "550e8400-e29b-41d4-a716-446655440000",
        nome: "***",
        sobrenome: "***",
        email: "***",
        num_telefone: "***9999",
        cpf: "***",
        vip: true
      },
      dados_jornada: {
        id: "OBM3028874-01",
        num_pedido: "OBM3028874-01",
        num_nota: 12345566,
        remessa: "805566999",
        dat_emissao: "2025-07-07",
        url_nota: "***"
      },
      dados_whats: { id_campanha: "xpro" },
      dados_canal_itsm: {},
      novo: "***"
    })
  })

  it("SPEC 11.2: a response keeps ids, times, codes and texts, without the name and the phone in them", () => {
    const shown = JSON.stringify(hideFields(fixture("response.json"), hideText))
    assert.include(shown, "Olá, ***! Informamos que sua entrega está prevista para 01/10/2025.")
    assert.include(shown, '"fullNumber":"***9999"')
    assert.include(shown, '"u_msisdn":"***9999"')
    assert.include(shown, "WhatsApp enviado com sucesso 30/09/2025 12:30:02")
    assert.notMatch(shown, /João|Silva|99999999|joao/)
  })

  it.each([
    ["Resposta do cliente não reconhecida: moro na Rua A, 7", "Resposta do cliente não reconhecida: ***"],
    [
      "Confirmação recebida do cliente: SIM. Resposta: sim, sou a Bia",
      "Confirmação recebida do cliente: SIM. Resposta: ***"
    ],
    [
      "Olá, JOÃO SILVA, escreva a joao.silva@example.com ou ligue 11 99999-9999",
      "Olá, *** ***, escreva a *** ou ligue ***"
    ],
    ["Joãozinho não é ele", "Joãozinho não é ele"]
  ])("SPEC 11.2: the note %o says nothing of the person", (note, shown) => {
    assert.deepStrictEqual(hideFields({ work_notes: note }, hideText), { work_notes: shown })
  })
})

describe("makeHideText", () => {
  it.each([
    [
      "Lu",
      "Olá, LU! Sua entrega, Lu, está com a Lucia e com a Ilu.",
      "Olá, ***! Sua entrega, ***, está com a Lucia e com a Ilu."
    ],
    ["Sá", "Sr. Sá, do Sábado", "Sr. ***, do Sábado"],
    ["Li", "Li\u0301via leu; li.", "Li\u0301via leu; ***."],
    ["李", "您好，李。李明", "您好，***。李明"],
    ["Ana da Sé", "Ana da Sé, e a Sé da cidade", "***, e a *** da cidade"],
    ["12", "entrega em 12/10, nº 12", "entrega em 12/10, nº 12"],
    ["Cliente", "Resposta do cliente não reconhecida: sou eu", "Resposta do *** não reconhecida: ***"]
  ])("SPEC 11.2: hides the name %s as a whole word, however short", (name, text, shown) => {
    assert.strictEqual(makeHideText([name])(text), shown)
    assert.deepStrictEqual(hideCustomer({ body: [{ text, n: 1 }] }, { id: text, nome: name }), {
      body: [{ text: shown, n: 1 }]
    })
  })
})

describe("a note that ends with the customer's words", () => {
  const words = "quero falar com a Maria, da Rua das Flores"
  const event = { kind: "reply", at: 0, text: words } as const
  const told: Readonly<Record<string, string>> = {
    withWords: notes.withWords(notes.noNote, words),
    withdrawnNote: notes.withdrawnNote(event),
    otherNote: notes.otherNote(event),
    ambiguousNote: notes.ambiguousNote(event)
  }
  /**
   * Their arguments hold nothing that a customer said. `saidText` is the text that the others put after their own
   * words.
   */
  const others = new Set(
    [
      ["deliveryNote", "confirmedNote", "failedNote", "yesLaterNote", "notClosedNote", "notHandedOverNote"],
      ["isYesKept", "saidText", "closeNotes", "decisionNote", "outcomeNote"]
    ].flat()
  )

  it("SPEC 8.10: every function of the notes is known to quote the customer's words or not", () => {
    const functions = Object.entries(notes).flatMap(([name, note]) => (typeof note === "function" ? [name] : []))
    assert.deepStrictEqual(functions.toSorted(), [...Object.keys(told), ...others].toSorted())
  })

  it.each(Object.entries(told))("SPEC 11.2: %s is shown without them", (_, note) => {
    assert.include(note, words)
    const shown = note.replace(words, "***")
    assert.deepStrictEqual(hideFields({ work_notes: note }, hideText), { work_notes: shown })
    const refused = notes.notClosedNote(note, { status: 403, message: "no" })
    assert.deepStrictEqual(hideFields({ work_notes: refused }, hideText), { work_notes: shown })
    const echoed = JSON.stringify({ work_notes: note })
    assert.notInclude(JSON.stringify(hideFields({ message: echoed }, hideText)), "Maria")
  })
})
