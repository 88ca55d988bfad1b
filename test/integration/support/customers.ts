import { readFileSync } from "node:fs"

import type { Json } from "../../../src/domain/record/ChannelResult.ts"

const fixture = JSON.parse(readFileSync("fixtures/comunicacaoTransacional.json", "utf8"))

/** The `tims_evento` of every order. */
export const orderedAt: string = fixture.tims_evento

export const humanGroup = "b85d44954a3623120004689b2d5dd60a"

export const idOf = (journey: string, customer: number): string => `${journey}|c${customer}|P${customer}`
const messageId = (customer: number): string => `wamid.${customer}`
export const phone = (customer: number): string => `55119${80000000 + customer}`

/** The record that starts one customer's communication. */
export const order = (journey: string, customer: number): string =>
  JSON.stringify({
    ...fixture,
    cod_jornada: journey,
    cliente: { ...fixture.cliente, id: `c${customer}`, num_telefone: `+${phone(customer)}` },
    dados_jornada: { ...fixture.dados_jornada, remessa: "", num_pedido: `P${customer}` }
  })

const cloudApi = (value: Json): string =>
  JSON.stringify({
    object: "whatsapp_business_account",
    entry: [{ id: "102", changes: [{ field: "messages", value }] }]
  })

/** Delivered at 12:31:02 local time, in the shape of WhatsApp's Cloud API. */
export const delivered = (journey: string, customer: number): string =>
  cloudApi({
    statuses: [
      {
        id: messageId(customer),
        status: "delivered",
        timestamp: "1759246262",
        recipient_id: phone(customer),
        biz_opaque_callback_data: idOf(journey, customer)
      }
    ]
  })

/** Read at 12:33:00 local time, in the flat shape. */
export const read = (journey: string, customer: number): string =>
  JSON.stringify({
    id_contexto: idOf(journey, customer),
    message_id: messageId(customer),
    status: "read",
    ts: 1759246380
  })

/** SIM by a button, which names only the message that it answers. */
export const yes = (customer: number): string =>
  cloudApi({
    messages: [
      {
        from: phone(customer),
        id: `wamid.answer.${customer}`,
        timestamp: "1759246810",
        type: "button",
        button: { payload: "SIM", text: "Sim" },
        context: { id: messageId(customer), from: "551133334444" }
      }
    ]
  })

/** A reply with this text in OmniChat's envelope. */
export const said = (journey: string, customer: number, text: string): string =>
  JSON.stringify({
    objectId: `e${customer}`,
    resource: "Message",
    event: "CREATE",
    timestamp: "2025-09-30T15:45:00.000Z",
    payload: {
      objectId: `m-${customer}`,
      platform: "WHATSAPP",
      status: "INCOMING_RECEIVED",
      type: "TEXT",
      text,
      createdAt: "2025-09-30T15:44:59.000Z",
      context: { cod_jornada: journey, id_contexto: idOf(journey, customer) }
    }
  })
