import type { FactOf } from "../communication/Fact.ts"
import type { Journey } from "../journeys/Journey.ts"
import { type Outbound, wants } from "../outbound/Outbound.ts"
import type { Answer } from "../record/ChannelResult.ts"
import { expired, type Refusal, notCalled } from "../responses/refusal.ts"
import { formatDateTime } from "../values/localTime.ts"
import { durationText } from "../values/parseTime.ts"
import { readPhone } from "../values/phone.ts"

/** `telefone` in E.164 when a message may be sent now, else the stand-in answer with the reason. */
export type DispatchCheck =
  | { readonly telefone: string; readonly blockedBy?: never }
  | { readonly blockedBy: Answer; readonly telefone?: never }

/** When the order becomes too old for its journey (SPEC 2.5), epoch milliseconds; infinity without a limit. */
export const expiresAt = (order: Outbound, { expiresAfter }: Journey): number =>
  expiresAfter === undefined ? Number.POSITIVE_INFINITY : order.eventTime + expiresAfter + 1

/** The refusal of an order that is older than its journey allows (SPEC 2.5); `undefined` while it is not. */
export const expiryOf = (order: Outbound, journey: Journey, now: number): Refusal | undefined =>
  journey.expiresAfter === undefined || now < expiresAt(order, journey)
    ? undefined
    : expired(formatDateTime(order.eventTime, journey.timeZone), durationText(journey.expiresAfter))

const blocked = (codigo: string, status: number, message: string, detalhe: string): DispatchCheck => ({
  blockedBy: notCalled({ codigo, status, detalhe }, message)
})

/**
 * Checks the Case (SPEC 2.4), the expiry (SPEC 2.5) and the phone (SPEC 5.1) just before each dispatch. `attempts`
 * counts the dispatches so far.
 */
export const checkDispatchable = (
  order: Outbound,
  journey: Journey,
  caseFact: FactOf<"CaseOpened"> | FactOf<"CaseFailed"> | undefined,
  now: number,
  attempts: number
): DispatchCheck => {
  if (wants(order, "itsm") && caseFact?._tag !== "CaseOpened" && !journey.sendWithoutCase) {
    return blocked("CASE_NAO_ABERTO", 424, "Case não aberto", "o Case não foi aberto; a mensagem não foi enviada")
  }
  const expiry = expiryOf(order, journey, now)
  if (expiry !== undefined) return { blockedBy: notCalled(expiry, "validade expirada", attempts) }
  const { problem, value } = readPhone(order.cliente.num_telefone ?? "")
  return value === undefined
    ? blocked(
        "TELEFONE_INVALIDO",
        422,
        "telefone inválido",
        `cliente.num_telefone não é um telefone válido: ${problem}`
      )
    : { telefone: value }
}
