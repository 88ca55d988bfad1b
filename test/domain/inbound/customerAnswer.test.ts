import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"

import {
  type CustomerAnswer,
  classifyAnswer,
  classifyReply,
  meaningOf,
  meaningOfReply,
  saysMore
} from "../../../src/domain/inbound/customerAnswer.ts"
import { journey } from "../outbound/records.ts"

const { answers } = journey()
const classify = (text: string): CustomerAnswer => classifyAnswer(text, answers)

const spellings: Readonly<Record<CustomerAnswer, ReadonlyArray<string>>> = {
  sim: [
    "SIM",
    "sim",
    "Sim",
    "sIm",
    "sim!",
    "Sim.",
    "SIM!!!",
    "¡sim!",
    "...sim",
    "  sim  ",
    "sim\n",
    "\n\tSim\r\n",
    "s",
    "S",
    "S.",
    "s,",
    "(s)",
    "Sim, pode entregar",
    "Sim\nObrigado",
    "sim\u00A0pode",
    "\u200Bsim\u200B",
    "sim\u200Bpode",
    "\uFEFFsim",
    "\u2068sim\u2069",
    "s\u00ADim",
    "confir\u00ADmo",
    "confir\u200Dmado",
    "sim\u200D",
    "\u3000sim\u2003",
    "sím",
    "si\u0301m",
    "ＳＩＭ",
    "𝐒𝐢𝐦",
    "Sim 👍",
    "👍 sim",
    "👍🏽sim",
    "sim👍🏿👍🏿",
    "👨‍👩‍👧 sim",
    "❤️ Sim ❤️",
    "☺️sim",
    "ℹ️ sim",
    "🇧🇷 sim",
    "sim 🙏🏾 obrigada",
    '"Sim"',
    "“sim”",
    "‘sim’",
    "*Sim*",
    "_sim_",
    "~sim~",
    "- sim",
    "SIM_ENTREGA",
    "sim-sim",
    "Confirmo",
    "CONFIRMO!",
    "confirmo a entrega",
    "Confirmado",
    "confirmado, obrigada 😊",
    "S.I.M.",
    "Ok, sim",
    "Oi, sim",
    "sim :)"
  ],
  nao: [
    "não",
    "Não",
    "NÃO",
    "NAO",
    "nao",
    "Nao.",
    "na\u0303o",
    "NA\u0303O!",
    "n",
    "N",
    "N.",
    "ñ",
    "Ñ!",
    "nao quero",
    "Não, quero remarcar",
    "não posso receber",
    "não, obrigado",
    "Não 👎",
    "👎🏽 não",
    "“Não”",
    "*não*",
    "não\nsim",
    "não, sim",
    "sim não",
    "Sim, mas não hoje",
    "sim, mas NAO amanhã",
    "Sim! Quero remarcar",
    "confirmo que não estarei",
    "sim ou não?",
    "remarcar",
    "Remarcar, por favor",
    "REMARCAR!",
    "reagendar",
    "Reagendar para sexta",
    "\u00A0não\u00A0",
    "\u200Bnão",
    "NÃO_CONFIRMO",
    "não confirmo"
  ],
  outro: [
    "",
    " ",
    "\u200B",
    "?",
    "!!!",
    "👍",
    "👍🏽",
    "❤️",
    "ssim",
    "simm",
    "siiim",
    "simpatico",
    "sinal",
    "simnão",
    "naoo",
    "nada",
    "nunca",
    "no",
    "nº 25",
    "ok",
    "pode entregar",
    "Claro",
    "sim?",
    "sim pode entregar amanhã",
    "Sim, às 14h",
    "Confirmado? n",
    "s/n",
    "acho que sim",
    "acho que não",
    "Que horas chega?",
    "Bom dia",
    "1",
    "si",
    "sm",
    "confirmei",
    "remarcação",
    "ℹ️",
    "™"
  ]
}

describe("classifyAnswer: spellings", () => {
  for (const [expected, texts] of Object.entries(spellings)) {
    for (const text of texts) {
      it(`SPEC 8.10: ${JSON.stringify(text)} is ${expected}`, () => assert.strictEqual(classify(text), expected))
    }
  }
})

describe("classifyAnswer: the journey's words", () => {
  it("SPEC 8.10: words of the journey are compared in the same way", () => {
    const words = { yes: [" SÍM! "], no: ["NA\u0303O."] }
    assert.strictEqual(classifyAnswer("sim", words), "sim")
    assert.strictEqual(classifyAnswer("não", words), "nao")
  })

  it("SPEC 8.10: an entry of several words counts as a whole", () => {
    const words = { yes: ["pode entregar"], no: ["Quero  remarcar", "outro dia"] }
    assert.strictEqual(classifyAnswer("Pode, entregar!", words), "sim")
    assert.strictEqual(classifyAnswer("pode", words), "outro")
    assert.strictEqual(classifyAnswer("entregar pode", words), "outro")
    assert.strictEqual(classifyAnswer("quero REMARCAR pra sexta", words), "nao")
    assert.strictEqual(classifyAnswer("quero muito remarcar", words), "outro")
    assert.strictEqual(classifyAnswer("pode entregar, mas outro dia", words), "nao")
    assert.strictEqual(classifyAnswer("pode entregar outro, um dia", words), "outro")
  })

  it("SPEC 8.10: a word of both lists is no", () => {
    assert.strictEqual(classifyAnswer("talvez", { yes: ["talvez"], no: ["talvez"] }), "nao")
  })

  it("SPEC 8.10: no words, no answer; an entry of punctuation matches nothing", () => {
    assert.strictEqual(classifyAnswer("sim", { yes: [], no: [] }), "outro")
    for (const text of ["", "!", "! sim", "sim"]) {
      assert.strictEqual(classifyAnswer(text, { yes: ["!"], no: ["", "\u200B"] }), "outro")
    }
  })

  it("SPEC 8.10: a yes beside a rude emoji or a box that is not ticked is not a yes", () => {
    for (const text of ["Sim 🖕", "sim 🖕🏽 obrigado", "sim 💩", "( ) Sim", "sim [ ]"]) {
      assert.strictEqual(classifyAnswer(text, { yes: ["sim"], no: ["não"] }), "outro", text)
    }
  })

  it("SPEC 8.10: an emoji is an answer only where the journey lists it, whatever its skin tone", () => {
    const words = { yes: ["sim", "👍", "❤️"], no: ["não", "👎🏻"] }
    for (const text of ["👍", "👍🏿", " 👍👍", "👍 ok", "❤", "❤️", "sim 👍"]) {
      assert.strictEqual(classifyAnswer(text, words), "sim", text)
    }
    for (const text of ["👎", "👎🏽", "sim 👎", "👍👎", "não 👍"]) {
      assert.strictEqual(classifyAnswer(text, words), "nao", text)
    }
    for (const text of ["ok 👍", "🙏", ""]) assert.strictEqual(classifyAnswer(text, words), "outro", text)
  })
})

describe("meaningOf: words of courtesy", () => {
  const words = { yes: ["sim"], no: ["não", "n"], courtesy: ["Obrigada!", "pode entregar"] }

  it("SPEC 8.10: a yes may have words of courtesy on both sides, and nothing else", () => {
    for (const text of ["sim, obrigada", "Obrigada! Pode entregar, sim", "sim obrigada sim"]) {
      assert.strictEqual(meaningOf(text, words), "sim", text)
    }
    for (const text of ["sim, obrigado", "sim, pode", "sim, pode não", "bom dia, sim"]) {
      assert.notStrictEqual(meaningOf(text, words), "sim", text)
    }
  })

  it("SPEC 8.10: courtesy alone is not an answer; with an empty list only the word itself counts", () => {
    assert.strictEqual(meaningOf("obrigada", words), "none")
    assert.strictEqual(meaningOf("sim, obrigada", { ...words, courtesy: [] }), "outro")
    assert.strictEqual(meaningOf("sim", { ...words, courtesy: [] }), "sim")
  })

  it("SPEC 8.10: a no may come after words of courtesy", () => {
    assert.strictEqual(meaningOf("Obrigada, não", words), "nao")
    assert.strictEqual(meaningOf("bom dia, não", words), "outro")
  })

  it("SPEC 8.10: a no word anywhere else is for people", () => {
    for (const text of ["hoje não", "amanhã não vai dar", "infelizmente não vou estar", "mas não hoje"]) {
      assert.strictEqual(meaningOf(text, words), "outro", text)
    }
  })

  it("SPEC 8.10: a single character counts only alone, a digit too", () => {
    const numbers = { yes: ["1"], no: ["2"] }
    for (const [text, meaning] of Object.entries({ "1": "sim", "2.": "nao", "1 kg": "none", "2 dias": "none" })) {
      assert.strictEqual(meaningOf(text, numbers), meaning, text)
    }
  })
})

describe("saysMore", () => {
  it("SPEC 8.10: an answer says more where it has other words than those of its list", () => {
    const texts = {
      "Sim!": false,
      "sim, SIM": false,
      "S 👍": false,
      Não: false,
      "Sim, obrigada": true,
      "não, sábado": true
    }
    for (const [text, more] of Object.entries(texts)) assert.strictEqual(saysMore({ text }, answers), more, text)
    assert.isTrue(saysMore({ text: "SIM", label: "Pode entregar" }, answers))
    assert.isFalse(saysMore({ text: "btn-1", label: "Sim" }, answers))
  })
})

describe("classifyReply: buttons", () => {
  it("SPEC 8.10: a payload counts as text", () => {
    assert.strictEqual(classifyReply({ text: "SIM" }, answers), "sim")
    assert.strictEqual(classifyReply({ text: "SIM", label: "Pode entregar" }, answers), "sim")
    assert.strictEqual(classifyReply({ text: "NAO", label: "Quero mudar" }, answers), "nao")
  })

  it("SPEC 8.10: what the customer read on the button takes precedence over its payload", () => {
    assert.strictEqual(classifyReply({ text: "btn-1", label: "Sim" }, answers), "sim")
    assert.strictEqual(classifyReply({ text: "n-1", label: "Sim" }, answers), "sim")
    assert.strictEqual(classifyReply({ text: "s-2", label: "Não" }, answers), "nao")
    assert.strictEqual(classifyReply({ text: "btn-3", label: "Ajuda" }, answers), "outro")
    assert.strictEqual(classifyReply({}, answers), "outro")
  })

  it("SPEC 8.10: a payload decides only when it is one of the words", () => {
    const label = "Falar com atendente"
    for (const text of ["2", "sim_cancelar", "sim, por favor", "s1", "não sei", "remarcar tudo", ""]) {
      assert.strictEqual(meaningOfReply({ text, label }, answers), "none", text)
    }
    assert.strictEqual(meaningOfReply({ text: "S", label }, answers), "sim")
    assert.strictEqual(meaningOfReply({ text: "remarcar", label }, answers), "nao")
    assert.strictEqual(meaningOfReply({ text: "SIM", label: "Sim, a entrega de amanhã" }, answers), "sim")
    assert.strictEqual(meaningOfReply({ text: "ok-1", label: "Sim, a entrega de amanhã" }, answers), "outro")
    assert.strictEqual(meaningOfReply({ text: "👎", label }, { yes: ["👍"], no: ["👎"] }), "nao")
  })
})

describe("classifyAnswer: properties", () => {
  const anyText = fc.oneof(
    fc.string({ unit: "binary" }),
    fc
      .array(fc.constantFrom("sim", "não", "s", "n", "remarcar", "ok", " ", ", ", "👍", "\n"), { maxLength: 6 })
      .map((parts) => parts.join(""))
  )
  it("SPEC 8.10: returns an answer for any text and any words", () => {
    const words = fc.record({ yes: fc.array(anyText, { maxLength: 3 }), no: fc.array(anyText, { maxLength: 3 }) })
    fc.assert(
      fc.property(anyText, words, (text, list) => assert.include(["sim", "nao", "outro"], classifyAnswer(text, list)))
    )
  })

  const spelling = fc.constantFrom(...Object.values(spellings).flat())

  it("SPEC 8.10: case does not count", () => {
    fc.assert(
      fc.property(spelling, (text) => assert.strictEqual(classify(text.toUpperCase()), classify(text.toLowerCase())))
    )
  })

  it("SPEC 8.10: composed and decomposed accents are the same", () => {
    fc.assert(
      fc.property(fc.oneof(spelling, anyText), (text) => {
        assert.strictEqual(classify(text.normalize("NFD")), classify(text))
        assert.strictEqual(classify(text.normalize("NFC")), classify(text))
      })
    )
  })

  it("SPEC 8.10: punctuation, emoji and spaces around do not count", () => {
    const around = fc.array(fc.constantFrom("!", "…", "“", " ", "\u00A0", "\u200B", "👍🏽", "❤️", "\n", "*", "¿"))
    fc.assert(
      fc.property(spelling, around, around, (text, before, after) =>
        assert.strictEqual(classify(`${before.join("")} ${text} ${after.join("")}`), classify(text))
      )
    )
  })

  it("SPEC 8.10: whatever follows a no, it stays no; whatever follows a yes, people get it", () => {
    fc.assert(
      fc.property(anyText, (rest) => {
        assert.strictEqual(classify(`não ${rest}`), "nao")
        assert.notStrictEqual(meaningOf(`sim ${rest}`, answers), "none")
      })
    )
  })
})
