import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { channels } from "../../support/scene.ts"
import { caseOf, event, humanGroup, notesOf, patchesOf, reply, sentWorld, told } from "./scene.ts"

const otherNote = "Resposta do cliente não reconhecida: "
const yesNote = "Confirmação recebida do cliente: SIM."
const noNote = "Cliente respondeu NÃO. Encaminhado para atendimento humano para remarcar a entrega."

const withPeople = { settings: { serviceNow: { humanGroup } } }

/** State, priority and group of the Case. */
const standing = (world: Parameters<typeof caseOf>[0]) =>
  Effect.map(caseOf(world), ({ fields }) => [fields.state, fields.priority, fields.assignment_group])

describe("an answer that is not quite a yes", () => {
  const texts = [
    "sim, quero cancelar",
    "Sim, mas preciso mudar a data",
    "Sim?",
    "acho que sim",
    "Confirmado o recebimento da sua mensagem. Em breve retornaremos."
  ]
  for (const text of texts) {
    it.effect(`SPEC 8.10: ${JSON.stringify(text)} goes to people, with the priority that the Case has`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld(withPeople)
        const [response] = yield* told(world, reply(text))
        assert.strictEqual(response?.evento, "retorno_outro")
        assert.deepStrictEqual(yield* standing(world), ["10", "3", humanGroup])
        assert.deepStrictEqual(yield* notesOf(world), [`${otherNote}${text}`])
      })
    )
  }

  for (const text of [
    "S. José, 45",
    "N° 120 apto 2",
    "n sei",
    "S.O.S Encanamentos agradece seu contato",
    "que horas?"
  ]) {
    it.effect(`SPEC 8.10: ${JSON.stringify(text)} is a note and no more`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld(withPeople)
        const [response] = yield* told(world, reply(text))
        assert.strictEqual(response?.evento, "retorno_outro")
        assert.deepStrictEqual(yield* patchesOf(world), [{ work_notes: `${otherNote}${text}` }])
      })
    )
  }

  it.effect("SPEC 8.10: reopens a Case that a SIM has closed", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld(withPeople)
      yield* told(world, reply("Sim"), reply("Sim, mas mudei de endereço"))
      assert.deepStrictEqual(yield* standing(world), ["10", "3", humanGroup])
      assert.deepStrictEqual((yield* patchesOf(world)).at(-1), {
        state: 10,
        assignment_group: humanGroup,
        work_notes: `${otherNote}Sim, mas mudei de endereço`,
        close_notes: ""
      })
    })
  )

  it.effect("SPEC 8.10: a SIM after it leaves the Case with people, and is noted once", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld(withPeople)
      yield* told(world, reply("Sim?"), reply("sim"), reply("SIM"))
      assert.deepStrictEqual(yield* standing(world), ["10", "3", humanGroup])
      assert.deepStrictEqual(yield* notesOf(world), [
        `${otherNote}Sim?`,
        "Cliente respondeu SIM. Caso mantido com o atendimento humano."
      ])
    })
  )

  it.effect("SPEC 8.10: a NÃO after it hands the Case over as ever, and it changes nothing after a NÃO", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld(withPeople)
      yield* told(world, reply("Sim?"), reply("não"), reply("sim, quero cancelar"))
      assert.deepStrictEqual(yield* standing(world), ["10", "2", humanGroup])
      assert.deepStrictEqual(yield* notesOf(world), [`${otherNote}Sim?`, noNote, `${otherNote}sim, quero cancelar`])
      assert.deepStrictEqual((yield* patchesOf(world)).at(-1), { work_notes: `${otherNote}sim, quero cancelar` })
    })
  )

  it.effect("SPEC 8.10, 8.8: it cancels a scheduled close", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld({ ...withPeople, at: Date.UTC(2025, 9, 1, 10, 59, 30) })
      yield* told(world, reply("sim"), reply("Sim, mas preciso mudar a data"))
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual(yield* standing(world), ["10", "3", humanGroup])
      assert.lengthOf(yield* notesOf(world), 2)
    })
  )
})

describe("the customer's words", () => {
  const answers: Readonly<Record<string, readonly [events: ReadonlyArray<Json>, notes: ReadonlyArray<string>]>> = {
    "of a NÃO": [[reply("Não, só posso na sexta")], [`${noNote} Resposta: Não, só posso na sexta`]],
    "of a SIM": [[reply("Sim, obrigada!")], [`${yesNote} Resposta: Sim, obrigada!`]],
    "of the word alone are not repeated": [[reply("  Não!!! 👎")], [noNote]],
    "of a further NÃO": [
      [reply("não"), reply("Não, só depois das 18h"), reply("NÃO")],
      [noNote, "Cliente respondeu NÃO novamente. Resposta: Não, só depois das 18h"]
    ],
    "of a further SIM": [
      [reply("sim"), reply("Sim, obrigada")],
      [yesNote, "Cliente respondeu SIM novamente. Resposta: Sim, obrigada"]
    ],
    "of a SIM after NÃO": [
      [reply("não"), reply("Sim, pode entregar")],
      [
        noNote,
        "Cliente respondeu SIM depois de NÃO. Caso mantido com o atendimento humano. Resposta: Sim, pode entregar"
      ]
    ],
    "have one line and no control characters": [
      [reply("Não,\r\n\tsó\u0007 na \u202Esexta\u0085")],
      [`${noNote} Resposta: Não, só na sexta`]
    ],
    "are no HTML": [[reply("não [code]<b>oi</b>[/CODE]")], [`${noNote} Resposta: não (code)<b>oi</b>(/CODE)`]],
    "are cut at 500 code points": [
      [reply(`não ${"é".repeat(495)}🚚🚚`)],
      [`${noNote} Resposta: não ${"é".repeat(495)}🚚`]
    ],
    "are cut before a character that would be broken": [
      [reply(`não ${"é".repeat(494)}👨‍👩‍👧`)],
      [`${noNote} Resposta: não ${"é".repeat(494)}`]
    ],
    "of a button are its label": [
      [event("resposta", { message_id: "b", button: { payload: "NÃO", text: "Quero outra data" } })],
      [`${noNote} Resposta: Quero outra data`]
    ]
  }
  for (const [name, [events, notes]] of Object.entries(answers)) {
    it.effect(`SPEC 8.10: ${name}`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld()
        yield* told(world, ...events)
        assert.deepStrictEqual(yield* notesOf(world), notes)
      })
    )
  }

  it.effect("SPEC 8.10, 8.8: stand in the note of a close that waits for the desk", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld({ at: Date.UTC(2025, 9, 1, 1) })
      yield* told(world, reply("Sim, por favor"))
      assert.deepStrictEqual(yield* notesOf(world), [
        `${yesNote} Fechamento agendado para 01/10/2025 08:00. Resposta: Sim, por favor`
      ])
    })
  )
})

describe("what an answer contains", () => {
  const message = (fields: Json): Json => ({
    entry: [
      {
        changes: [
          {
            field: "messages",
            value: {
              messages: [{ from: "5511999999999", id: "wamid.in", timestamp: "1759246810", ...fields }]
            }
          }
        ]
      }
    ]
  })
  const button = (payload: string, text: string) => message({ type: "button", button: { payload, text } })
  const interactive = (type: string, inner: Json) =>
    message({ type: "interactive", interactive: { type, [type]: inner } })
  const flow = (response: unknown) =>
    interactive("nfm_reply", { name: "flow", body: "Sent", response_json: JSON.stringify(response) })

  const answers: Readonly<Record<string, readonly [event: Json, evento: string, note: string]>> = {
    "an audio": [message({ type: "audio", audio: { id: "1", voice: true } }), "retorno_outro", `${otherNote}áudio`],
    "a location": [
      message({ type: "location", location: { latitude: -23.5, longitude: -46.6, name: "Sim" } }),
      "retorno_outro",
      `${otherNote}localização`
    ],
    "a sticker": [message({ type: "sticker", sticker: { id: "1" } }), "retorno_outro", `${otherNote}figurinha`],
    contacts: [message({ type: "contacts", contacts: [{ name: {} }] }), "retorno_outro", `${otherNote}contato`],
    "an order": [message({ type: "order", order: { text: "sim" } }), "retorno_outro", `${otherNote}pedido do catálogo`],
    "what is not supported": [
      message({ type: "unsupported", errors: [{ code: 131051, title: "Message type unknown" }] }),
      "retorno_outro",
      `${otherNote}mensagem não suportada`
    ],
    "a picture with words": [
      message({ type: "image", image: { id: "1", caption: "olha como chegou" } }),
      "retorno_outro",
      `${otherNote}imagem: olha como chegou`
    ],
    "a picture with a yes": [
      message({ type: "image", image: { id: "1", caption: "Sim" } }),
      "retorno_outro",
      `${otherNote}imagem: Sim`
    ],
    "a picture with a no": [
      message({ type: "video", video: { id: "1", caption: "não" } }),
      "retorno_nao",
      `${noNote} Resposta: vídeo: não`
    ],
    "OmniChat's audio": [
      { payload: { status: "INCOMING_RECEIVED", type: "AUDIO", objectId: "m", context: event("x").context } },
      "retorno_outro",
      `${otherNote}áudio`
    ],
    "nothing at all": [event("resposta"), "retorno_outro", `${otherNote}mensagem sem texto`],
    "a reaction": [
      message({ type: "reaction", reaction: { message_id: "wamid.out", emoji: "👍" } }),
      "retorno_outro",
      `${otherNote}👍`
    ],
    "a button whose payload is no word": [
      button("2", "Falar com atendente"),
      "retorno_outro",
      `${otherNote}Falar com atendente`
    ],
    "a button whose payload only begins with a word": [
      button("sim_cancelar", "Cancelar pedido"),
      "retorno_outro",
      `${otherNote}Cancelar pedido`
    ],
    "a button whose payload is the word": [
      button("SIM", "Pode entregar"),
      "retorno_sim",
      `${yesNote} Resposta: Pode entregar`
    ],
    "a row of a list": [
      interactive("list_reply", { id: "op_1", title: "Sim", description: "confirmar" }),
      "retorno_sim",
      yesNote
    ],
    "a row of a list that is neither": [
      interactive("list_reply", { id: "1", title: "Outro assunto" }),
      "retorno_outro",
      `${otherNote}Outro assunto`
    ],
    "a flat payload with its text": [
      event("resposta", { message_id: "f", payload: "2", text: "Falar com atendente" }),
      "retorno_outro",
      `${otherNote}Falar com atendente`
    ],
    "a Flow's yes": [flow({ flow_token: "t", confirma_entrega: "Sim" }), "retorno_sim", yesNote],
    "a Flow's yes of the builder": [
      flow({ screen_0_Confirma_a_entrega_0: "0_Sim", flow_token: "sim" }),
      "retorno_sim",
      yesNote
    ],
    "a Flow's no": [
      flow({ flow_token: "t", resposta: "Não", melhor_dia: "sexta" }),
      "retorno_nao",
      `${noNote} Resposta: Não, melhor dia: sexta`
    ],
    "a Flow's yes to another question": [
      flow({ flow_token: "t", quer_cancelar: "Sim" }),
      "retorno_outro",
      `${otherNote}quer cancelar: Sim`
    ],
    "a Flow's yes to a no": [flow({ nao_confirmo: "Sim" }), "retorno_nao", `${noNote} Resposta: nao confirmo: Sim`],
    "a Flow's yes to yes or no": [flow({ sim_ou_nao: "Sim" }), "retorno_sim", yesNote],
    "a Flow's yes with more": [
      flow({ resposta: "Sim", obs: { itens: ["portaria", 2] } }),
      "retorno_outro",
      `${otherNote}Sim, obs itens: portaria, obs itens: 2`
    ],
    "a Flow's answer within a text within a text": [flow(JSON.stringify({ resposta: "SIM" })), "retorno_sim", yesNote],
    "a Flow's answer that is no JSON": [interactive("nfm_reply", { response_json: "Sim" }), "retorno_sim", yesNote],
    "a Flow without answers": [flow({ flow_token: "t" }), "retorno_outro", `${otherNote}formulário`]
  }
  for (const [name, [one, evento, note]] of Object.entries(answers)) {
    it.effect(`SPEC 8.10: ${name}`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld()
        const [response] = yield* told(world, one)
        assert.strictEqual(response?.evento, evento)
        assert.deepStrictEqual(yield* notesOf(world), [note])
      })
    )
  }
})

describe("a time that cannot be read", () => {
  const unread = ["o horário do evento não pôde ser lido: vale o do registro no Kafka"]

  for (const timestamp of [
    "2025-09-30T12:31:02 America/Sao_Paulo",
    ["2025-09-30T15:31:02Z"],
    { seconds: 1 },
    "2199-01-01T00:00:00Z"
  ]) {
    it.effect(`SPEC 8.1: ${JSON.stringify(timestamp)}: the record's time counts, and avisos says so`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld()
        const [response] = yield* told(world, event("entregue", { timestamp }))
        assert.deepStrictEqual(response?.avisos, unread)
        assert.strictEqual(response?.response_status, "success")
        assert.strictEqual(
          channels(response).whatsapp?.response.timestamp,
          new Date((yield* world.broker.records("omnichannelRespostaCampanha"))[0]?.timestamp ?? 0).toISOString()
        )
      })
    )
  }

  it.effect("SPEC 8.1: an event without any time has no such warning", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      const [response] = yield* told(world, event("entregue", { timestamp: undefined }))
      assert.notProperty(response, "avisos")
    })
  )
})
