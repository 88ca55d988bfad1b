import type { Answer } from "./Canal.ts"
import type { Fact } from "./Fact.ts"
import { formatMinute, saoPaulo } from "./localTime.ts"

const said = ({ message, status }: Answer) => `${status}${message === undefined ? "" : ` ${message}`}`

/** One fact in a line for people: no personal data, but for what a vendor's own text may quote. */
export const factText = (fact: Fact): string => {
  switch (fact._tag) {
    case "Accepted":
      return `record accepted from ${fact.origin.topic}/${fact.origin.partition}/${fact.origin.offset}`
    case "ConsumerFound":
      return `consumer ${fact.sysId} (${fact.origem})`
    case "CaseIntended":
      return "about to open the Case (durable before the POST)"
    case "CaseOpened":
      return `Case ${fact.number} opened: HTTP ${fact.response.status}`
    case "CaseFailed":
      return `no Case: ${said(fact.response)}`
    case "DispatchIntended":
      return `about to send WhatsApp, attempt ${fact.attempt} (durable before the POST)`
    case "DispatchRefused":
      return `attempt ${fact.attempt} refused: ${said(fact.response)}; tried again`
    case "DispatchSettled":
      return `WhatsApp ${{ sent: "sent", failed: "failed", in_doubt: "in doubt, never sent again by itself" }[fact.outcome]}: ${said(fact.response)}`
    case "OutcomeNoted":
      return `note on the Case: ${String(fact.request.work_notes)}`
    case "Decided":
      return `operator's decision: ${fact.decision}`
    case "Adopted":
      return `Case ${fact.number} adopted`
    case "EventPlanned":
      return `customer: ${fact.evento}${fact.closesAt === undefined ? "" : `, the Case is to be closed at ${formatMinute(fact.closesAt, saoPaulo)}`}`
    case "EventWritten":
    case "WriteRetried":
    case "CloseWritten":
      return `Case ${fact.written ? "written" : "not written"}: ${said(fact.response)}`
    case "WriteIntended":
      return "about to try a write on the Case again"
    case "WriteCancelled":
      return "write on the Case cancelled, only a note is left: people have the Case"
    case "CloseIntended":
      return fact.cancelled ? "scheduled close given up: people have the Case" : "scheduled close is due"
    case "ResponseStored":
      return `response ${String(fact.content.evento)} ${String(fact.content.response_status)} stored`
    case "ResponseAcknowledged":
      return "response acknowledged by Kafka, offset may be committed"
  }
}
