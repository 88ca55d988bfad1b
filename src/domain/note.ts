import type { FactOf } from "./Fact.ts"
import { inOnePiece } from "./inOnePiece.ts"
import { formatDateTime } from "./localTime.ts"
import { truncate } from "./template.ts"

/** Code points of an API's message that a note holds; the whole of it is in the response. */
const messageLimit = 500

const decidedNotes = {
  sent: "WhatsApp confirmado pelo operador",
  not_sent: "WhatsApp não enviado, segundo o operador"
} as const

/** What the Case says of an operator's word on a doubt (SPEC 5.3); nothing of its own where the message is sent again. */
export const decisionNote = ({ decision }: FactOf<"Decided">): string | undefined =>
  decision === "resend" ? undefined : decidedNotes[decision]

/** What the Case says of the dispatch (SPEC 6.1): the same text for the same fact. */
export const outcomeNote = (dispatch: FactOf<"DispatchSettled">, timeZone: string): string => {
  const said = `${dispatch.response.status} ${truncate(dispatch.response.message ?? "", messageLimit)}`.trimEnd()
  switch (dispatch.outcome) {
    case "sent":
      return inOnePiece("WhatsApp enviado com sucesso ", formatDateTime(dispatch.at, timeZone))
    case "failed":
      return `Falha no envio do WhatsApp: ${said}`
    case "in_doubt":
      return `Envio do WhatsApp sem confirmação: ${said}`
  }
}
