import { Schema } from "effect"

import type { CustomerAnswer } from "./customerAnswer.ts"
import type { InboundEvent } from "./InboundEvent.ts"

/** `evento` of a response to an inbound event (CONTRACT "Records"). */
export const ResponseEvent = Schema.Literals([
  "enviada",
  "entregue",
  "lida",
  "falha_envio",
  "retorno_sim",
  "retorno_nao",
  "retorno_outro"
])
export type ResponseEvent = typeof ResponseEvent.Type

const ofStatus = { sent: "enviada", delivered: "entregue", read: "lida", failed: "falha_envio" } as const

/** The `evento` of the response to this event. `answered` matters only for replies. */
export const responseEventOf = ({ kind }: InboundEvent, answered: CustomerAnswer): ResponseEvent =>
  kind === "reply" ? `retorno_${answered}` : ofStatus[kind]
