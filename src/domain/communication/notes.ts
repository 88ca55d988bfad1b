import { shownText } from "../inbound/customerAnswer.ts"
import type { InboundEvent, ReplyContent } from "../inbound/InboundEvent.ts"
import type { ResponseEvent } from "../inbound/ResponseEvent.ts"
import { truncate } from "../journeys/template.ts"
import type { Answer } from "../record/ChannelResult.ts"
import { withoutCodeMarks } from "../values/codeMarks.ts"
import { wordsLeads } from "../values/customerWords.ts"
import { formatDateTime, formatMinute } from "../values/localTime.ts"
import { inOnePiece } from "../values/memo.ts"
import type { FactOf } from "./Fact.ts"

/** Maximum length of a customer's or a vendor's text in a note, in code points (SPEC 8.10). */
const textLimit = 500

/** Spaces and line breaks, control characters, and marks that change the direction of the text after them. */
const control = /[\s\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]+/gu

const graphemes = new Intl.Segmenter("pt-BR", { granularity: "grapheme" })

/**
 * Cuts the text to at most `max` code points, never inside a visible character, unless that character alone is longer.
 */
const wholeCharacters = (text: string, max: number): string => {
  const cut = truncate(text, max)
  if (cut.length === text.length) return text
  const last = graphemes.segment(text).containing(cut.length)
  return last === undefined || last.index === 0 ? cut : text.slice(0, last.index)
}

/** A customer's words as a note shows them: one line, no control characters, at most 500 code points (SPEC 8.10). */
const quoted = (text: string): string => wholeCharacters(withoutCodeMarks(text.replace(control, " ")).trim(), textLimit)

/** The note with the customer's words after it, if there are any (SPEC 8.10). */
export const withWords = (note: string, words: string | undefined): string =>
  words === undefined ? note : `${note} ${wordsLeads.meant} ${quoted(words)}`

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
  withoutCodeMarks(
    ["Falha no envio do WhatsApp:", code, message && truncate(message, textLimit)]
      .filter((word) => word !== undefined && word !== "")
      .join(" ")
  )

/** SPEC 8.8. */
export const yesNote = "Confirmação recebida do cliente: SIM."

export const yesLaterNote = (closesAt: number, zone: string): string =>
  `${yesNote} Fechamento agendado para ${formatMinute(closesAt, zone)}.`

export const cancelledNote = "Fechamento agendado cancelado: caso alterado pelo atendimento."

/** SPEC 8.8. Replaces an immediate close that is cancelled, since no other note reports the answer. */
export const yesCancelledNote = `${yesNote} ${cancelledNote}`

/** SPEC 8.9. Begins the note of a hand-over that ServiceNow refused. */
export const noAnswerNote = "Cliente respondeu NÃO."

/** SPEC 8.9. */
export const noNote = "Cliente respondeu NÃO. Encaminhado para atendimento humano para remarcar a entrega."

/** SPEC 8.9. Replaces a hand-over when agents have the Case already. */
export const noCancelledNote = "Cliente respondeu NÃO. Caso mantido com o atendimento humano."

/** The status and what the API says about its refusal, on one line. */
const refusalText = ({ erro, message = "", status }: Answer): string => {
  const detail = erro === undefined || erro.detalhe === message ? "" : erro.detalhe
  const words = [message, detail].filter((text) => text !== "").join(": ")
  return withoutCodeMarks(`${status} ${truncate(words.replaceAll(/\s+/g, " ").trim(), messageLimit)}`.trimEnd())
}

/** SPEC 8.8. Follows the note of a close that ServiceNow refused. */
export const notClosedNote = (note: string, answer: Answer): string =>
  `${note} O caso não pôde ser fechado: ${refusalText(answer)}`

/** SPEC 8.9. Follows the note of a hand-over that ServiceNow refused. */
export const notHandedOverNote = (note: string, answer: Answer): string =>
  `${note} O caso não pôde ser encaminhado: ${refusalText(answer)}`

export const yesAfterNoNote = "Cliente respondeu SIM depois de NÃO. Caso mantido com o atendimento humano."

/** SPEC 8.10. Replaces a close when people have the Case because of an earlier answer. */
export const yesKeptNote = "Cliente respondeu SIM. Caso mantido com o atendimento humano."

/** True for the note of a SIM that closes nothing, because people have the Case. */
export const isYesKept = (note: string): boolean => note.startsWith(yesAfterNoNote) || note.startsWith(yesKeptNote)

/** The notes of a further SIM and a further NÃO that say more than the word itself (SPEC 8.9). */
export const furtherNotes = {
  sim: "Cliente respondeu SIM novamente.",
  nao: "Cliente respondeu NÃO novamente."
} as const

const contentNames: Readonly<Record<Exclude<ReplyContent, "revoke">, string>> = {
  audio: "áudio",
  image: "imagem",
  video: "vídeo",
  document: "documento",
  sticker: "figurinha",
  location: "localização",
  contacts: "contato",
  order: "pedido do catálogo",
  flow: "formulário",
  edit: "mensagem editada",
  unsupported: "mensagem não suportada"
}

/** SPEC 8.10. The customer took a message back. */
const revokedNote = "Resposta apagada pelo cliente."

/** A yes that the customer edited or took back before it was applied (SPEC 8.10). */
export const withdrawnNote = (event: InboundEvent): string => `${wordsLeads.withdrawn} ${saidText(event)}`

/** What the customer wrote, and what came with it: `imagem: olha isso`. Empty if nothing came (SPEC 8.10). */
export const saidText = (event: InboundEvent): string => {
  const { content } = event
  const name = content === undefined || content === "revoke" ? "" : contentNames[content]
  return [name, quoted(shownText(event))].filter((part) => part !== "").join(": ")
}

const withoutText = "mensagem sem texto"

/** SPEC 8.10. */
export const otherNote = (event: InboundEvent): string =>
  event.content === "revoke" ? revokedNote : `${wordsLeads.unknown} ${saidText(event) || withoutText}`

/** SPEC 8.2. Stands on each Case that the answer may be about. */
export const ambiguousNote = (event: InboundEvent): string => {
  const said = event.content === "revoke" ? "mensagem apagada" : saidText(event) || withoutText
  return `${wordsLeads.ambiguous} ${said}`
}

/** SPEC 8.8. An adopted Case has no delivery date. */
export const closeNotes = (deliveryDate: string | undefined): string =>
  deliveryDate === undefined
    ? "Cliente confirmou a entrega. Caso encerrado."
    : `Cliente confirmou a entrega para ${withoutCodeMarks(deliveryDate)}. Caso encerrado.`

const decidedNotes = {
  sent: "WhatsApp confirmado pelo operador",
  not_sent: "WhatsApp não enviado, segundo o operador"
} as const

/** The note of an operator's decision on a doubt (SPEC 5.3); `undefined` when the message is sent again. */
export const decisionNote = ({ decision }: FactOf<"Decided">): string | undefined =>
  decision === "resend" ? undefined : decidedNotes[decision]

/** The note of the dispatch's outcome (SPEC 6.1): the same text for the same fact. */
export const outcomeNote = (dispatch: FactOf<"DispatchSettled">, timeZone: string): string => {
  const message = withoutCodeMarks(truncate(dispatch.response.message ?? "", messageLimit))
  const answer = `${dispatch.response.status} ${message}`.trimEnd()
  switch (dispatch.outcome) {
    case "sent":
      return inOnePiece("WhatsApp enviado com sucesso ", formatDateTime(dispatch.at, timeZone))
    case "failed":
      return `Falha no envio do WhatsApp: ${answer}`
    case "in_doubt":
      return `Envio do WhatsApp sem confirmação: ${answer}`
  }
}
