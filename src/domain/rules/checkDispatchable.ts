import type { FactOf } from "../communication/Fact.ts"
import type { Journey } from "../journeys/Journey.ts"
import { type Outbound, wants } from "../outbound/Outbound.ts"
import type { Answer } from "../record/ChannelResult.ts"
import { expired, type Refusal, notCalled } from "../responses/refusal.ts"
import { formatDateTime } from "../values/localTime.ts"
import { durationText } from "../values/parseTime.ts"
import { toE164 } from "../values/phone.ts"

/** From when on the order is too old for its journey (SPEC 2.5), epoch milliseconds; never, where the journey does not say. */
export const expiresAt = (order: Outbound, { expiresAfter }: Journey): number =>
  expiresAfter === undefined ? Number.POSITIVE_INFINITY : order.eventTime + expiresAfter + 1

/** The refusal of an order that is older than its journey allows (SPEC 2.5), or `undefined`. */
export const expiryOf = (order: Outbound, journey: Journey, now: number): Refusal | undefined =>
  journey.expiresAfter === undefined || now < expiresAt(order, journey)
    ? undefined
    : expired(formatDateTime(order.eventTime, journey.timeZone), durationText(journey.expiresAfter))

/** `telefone` in E.164 when a message may be sent now, else the stand-in answer that says why not. */
export type DispatchCheck =
  | { readonly telefone: string; readonly blockedBy?: never }
  | { readonly blockedBy: Answer; readonly telefone?: never }

const blocked = (codigo: string, status: number, message: string, detalhe: string): DispatchCheck => ({
  blockedBy: notCalled({ codigo, status, detalhe }, message)
})

/** Checked just before each dispatch, after `attempts` of them: the Case (SPEC 2.4), the expiry (SPEC 2.5), the phone (SPEC 5.1). */
export const checkDispatchable = (
  order: Outbound,
  journey: Journey,
  theCase: FactOf<"CaseOpened"> | FactOf<"CaseFailed"> | undefined,
  now: number,
  attempts: number
): DispatchCheck => {
  if (wants(order, "itsm") && theCase?._tag !== "CaseOpened" && !journey.sendWithoutCase) {
    return blocked("CASE_NAO_ABERTO", 424, "Case não aberto", "o Case não foi aberto; a mensagem não foi enviada")
  }
  const expiry = expiryOf(order, journey, now)
  if (expiry !== undefined) return { blockedBy: notCalled(expiry, "validade expirada", attempts) }
  const telefone = toE164(order.cliente.num_telefone ?? "")
  return telefone === undefined
    ? blocked("TELEFONE_INVALIDO", 422, "telefone inválido", "cliente.num_telefone não é um telefone válido")
    : { telefone }
}
