import type { Fact } from "../communication/Fact.ts"
import { dispatchOutcome, caseOf, journeyName, type State } from "../communication/State.ts"
import type { InboundEvent } from "../inbound/InboundEvent.ts"
import { answerName, type IndexEntry } from "../inbound/namesOf.ts"
import { dueOf } from "../rules/pendingWrites.ts"

/** What one communication looks like from outside: the row of the read model. */
export interface View {
  readonly journey: string
  /** `working`, or the `response_status`. */
  readonly status: string
  readonly caseNumber?: string
  readonly caseSysId?: string
  readonly inDoubt: boolean
  /** When a sweep has to look at it again, epoch milliseconds; none: nothing waits for a time. */
  readonly due?: number
  /** A dispatch, sent or in doubt, that has no answer: to whom in E.164, since when in epoch milliseconds (SPEC 8.2). */
  readonly awaiting?: { readonly phone: string; readonly since: number }
  readonly updatedAt: number
}

/** A message went out, or may have, and nobody has said yes or no: what was not understood is no answer yet (SPEC 8.2). */
const awaiting = (state: State, phone: string | undefined): Pick<View, "awaiting"> => {
  const { dispatch, events } = state
  const answered = events.saidYes || events.saidNo
  return phone === undefined || dispatch === undefined || dispatchOutcome(state) === "failed" || answered
    ? {}
    : { awaiting: { phone, since: dispatch.at } }
}

/** The row of the read model; `phone` in E.164, where there is one. */
export const viewOf = (state: State, phone: string | undefined, updatedAt: number): View => {
  const theCase = caseOf(state)
  const due = dueOf(state)
  const status = state.response?.content.response_status
  return {
    journey: journeyName(state),
    status: typeof status === "string" ? status : state.adopted === undefined ? "working" : "adopted",
    ...(theCase && { caseNumber: theCase.number, caseSysId: theCase.sysId }),
    inDoubt: dispatchOutcome(state) === "in_doubt",
    ...(due !== undefined && { due }),
    ...awaiting(state, phone),
    updatedAt
  }
}

const messageIds = (ids: ReadonlyArray<string | undefined>): ReadonlyArray<IndexEntry> =>
  ids.flatMap((value) => (value === undefined ? [] : [{ kind: "message_id", value }]))

/** Only an event that names its communication teaches message ids: one matched by phone may speak of somebody else's message. */
const taughtBy = (event: InboundEvent): ReadonlyArray<IndexEntry> => {
  const answer = answerName(event)
  if (answer !== undefined) return [{ kind: "answer", value: answer }]
  return event.correlationId === undefined && event.caseId === undefined
    ? []
    : messageIds([event.messageId, event.answersTo])
}

/** What these new facts let an event name the communication by (SPEC 8.2). */
export const indexOf = (facts: ReadonlyArray<Fact>): ReadonlyArray<IndexEntry> =>
  facts.flatMap((fact): ReadonlyArray<IndexEntry> => {
    switch (fact._tag) {
      case "CaseOpened":
      case "Adopted":
        return [
          { kind: "case_number", value: fact.number },
          { kind: "case_sys_id", value: fact.sysId }
        ]
      case "DispatchSettled":
        return messageIds([fact.messageId])
      case "EventPlanned":
        return taughtBy(fact.event)
      default:
        return []
    }
  })
