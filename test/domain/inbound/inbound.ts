import { type DecodedInbound, decodeInbound } from "../../../src/domain/inbound/decodeInbound.ts"
import type { InboundEvent } from "../../../src/domain/inbound/InboundEvent.ts"
import { bytes } from "../outbound/records.ts"

/** 2025-09-30T16:00:00Z. */
export const receivedAt = Date.UTC(2025, 8, 30, 16)
export const fixtureId = "pedido_entregue_amanha|550e8400-e29b-41d4-a716-446655440000|805566999OBM3028874-01"

export const decode = (value: unknown): DecodedInbound => decodeInbound(bytes(JSON.stringify(value)), receivedAt)

/** The events of a record that has nothing else in it. */
export const events = (value: unknown): ReadonlyArray<InboundEvent> => {
  const decoded = decode(value)
  if (decoded._tag !== "Events" || decoded.unknown.length > 0) throw new Error(JSON.stringify(decoded))
  return decoded.events
}

export const event = (value: unknown): InboundEvent => {
  const [first, ...others] = events(value)
  if (first === undefined || others.length > 0) throw new Error(`${others.length} others`)
  return first
}

/** WhatsApp's envelope around one `value`. */
export const whatsapp = (value: unknown, around: Record<string, unknown> = {}) => ({
  object: "whatsapp_business_account",
  entry: [{ id: "102", changes: [{ field: "messages", value }] }],
  ...around
})

export const message = (fields: Record<string, unknown>) => ({
  from: "5511999999999",
  id: "wamid.A",
  timestamp: "1759246810",
  ...fields
})
