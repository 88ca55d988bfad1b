import type { ResponseEvent } from "../inbound/ResponseEvent.ts"
import { truncate } from "../journeys/template.ts"
import { formatDateTime, formatMinute } from "../values/localTime.ts"
import { inOnePiece } from "../values/memo.ts"
import type { FactOf } from "./Fact.ts"

/** Maximum length of a customer's or a vendor's text in a note, in code points (SPEC 8.10). */
const textLimit = 500

/** Maximum length of an API's message in a note, in code points. The response holds all of it. */
const messageLimit = 500

/** Epoch milliseconds, the earliest that any event reports. */
export interface DeliveryTimes {
  readonly deliveredAt?: number
  readonly readAt?: number
}

/** SPEC 8.7; `undefined` while neither time is known. */
export const deliveryNote = ({ deliveredAt, readAt }: DeliveryTimes, zone: string): string | undefined => {
  if (readAt === undefined) {
    return deliveredAt === undefined ? undefined : `Mensagem entregue as ${formatDateTime(deliveredAt, zone)}`
  }
  const read = formatDateTime(readAt, zone)
  return deliveredAt === undefined
    ? `Mensagem lida as ${read}`
    : `Mensagem entregue as ${formatDateTime(deliveredAt, zone)} e lida as ${read}`
}

/** SPEC 8.6. */
export const confirmedNote = (evento: ResponseEvent): string => `WhatsApp confirmado pelo evento ${evento}`

/** SPEC 8.7: the failure note of 6.1 with the event's code and text. */
export const failedNote = (code: string | undefined, message: string | undefined): string =>
  ["Falha no envio do WhatsApp:", code, message && truncate(message, textLimit)]
    .filter((word) => word !== undefined && word !== "")
    .join(" ")

/** SPEC 8.8. */
export const yesNote = "Confirmação recebida do cliente: SIM."

export const yesLaterNote = (closesAt: number, zone: string): string =>
  `${yesNote} Fechamento agendado para ${formatMinute(closesAt, zone)}.`

export const cancelledNote = "Fechamento agendado cancelado: caso alterado pelo atendimento."

/** SPEC 8.8. Replaces an immediate close that is cancelled, since no other note reports the answer. */
export const yesCancelledNote = `${yesNote} ${cancelledNote}`

/** SPEC 8.9. */
export const noNote = "Cliente respondeu NÃO. Encaminhado para atendimento humano para remarcar a entrega."

/** SPEC 8.9. Replaces a hand-over when agents have the Case already. */
export const noCancelledNote = "Cliente respondeu NÃO. Caso mantido com o atendimento humano."

export const yesAfterNoNote = "Cliente respondeu SIM depois de NÃO. Caso mantido com o atendimento humano."

/** SPEC 8.10. */
export const otherNote = (text: string): string => `Resposta do cliente não reconhecida: ${truncate(text, textLimit)}`

/** SPEC 8.8. An adopted Case has no delivery date. */
export const closeNotes = (deliveryDate: string | undefined): string =>
  deliveryDate === undefined
    ? "Cliente confirmou a entrega. Caso encerrado."
    : `Cliente confirmou a entrega para ${deliveryDate}. Caso encerrado.`

const decidedNotes = {
  sent: "WhatsApp confirmado pelo operador",
  not_sent: "WhatsApp não enviado, segundo o operador"
} as const

/** The note of an operator's decision on a doubt (SPEC 5.3); `undefined` when the message is sent again. */
export const decisionNote = ({ decision }: FactOf<"Decided">): string | undefined =>
  decision === "resend" ? undefined : decidedNotes[decision]

/** The note of the dispatch's outcome (SPEC 6.1): the same text for the same fact. */
export const outcomeNote = (dispatch: FactOf<"DispatchSettled">, timeZone: string): string => {
  const answer = `${dispatch.response.status} ${truncate(dispatch.response.message ?? "", messageLimit)}`.trimEnd()
  switch (dispatch.outcome) {
    case "sent":
      return inOnePiece("WhatsApp enviado com sucesso ", formatDateTime(dispatch.at, timeZone))
    case "failed":
      return `Falha no envio do WhatsApp: ${answer}`
    case "in_doubt":
      return `Envio do WhatsApp sem confirmação: ${answer}`
  }
}
