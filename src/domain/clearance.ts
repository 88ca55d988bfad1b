import type { Answer } from "./Canal.ts"
import { expiryOf } from "./expiry.ts"
import type { FactOf } from "./Fact.ts"
import type { Journey } from "./Journey.ts"
import { type Outbound, wants } from "./Outbound.ts"
import { toE164 } from "./phone.ts"
import { notCalled } from "./refusal.ts"

/** `telefone` in E.164 when a message may be sent now, else the stand-in answer that says why not. */
export type Clearance =
  | { readonly telefone: string; readonly hindrance?: never }
  | { readonly hindrance: Answer; readonly telefone?: never }

const hindered = (codigo: string, status: number, message: string, detalhe: string): Clearance => ({
  hindrance: notCalled({ codigo, status, detalhe }, message)
})

/** Checked just before each dispatch, after `attempts` of them: the Case (SPEC 2.4), the expiry (SPEC 2.5), the phone (SPEC 5.1). */
export const clearanceOf = (
  order: Outbound,
  journey: Journey,
  theCase: FactOf<"CaseOpened"> | FactOf<"CaseFailed"> | undefined,
  now: number,
  attempts: number
): Clearance => {
  if (wants(order, "itsm") && theCase?._tag !== "CaseOpened" && !journey.sendWithoutCase) {
    return hindered("CASE_NAO_ABERTO", 424, "Case não aberto", "o Case não foi aberto; a mensagem não foi enviada")
  }
  const expiry = expiryOf(order, journey, now)
  if (expiry !== undefined) return { hindrance: notCalled(expiry, "validade expirada", attempts) }
  const telefone = toE164(order.cliente.num_telefone ?? "")
  return telefone === undefined
    ? hindered("TELEFONE_INVALIDO", 422, "telefone inválido", "cliente.num_telefone não é um telefone válido")
    : { telefone }
}
