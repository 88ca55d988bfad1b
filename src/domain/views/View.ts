import type { Fact, Vendor } from "../communication/Fact.ts"
import { heldSince } from "../communication/HeldSteps.ts"
import { caseOf, journeyName, type State, dispatchOutcome, overallOutcomeOf } from "../communication/State.ts"
import type { InboundEvent } from "../inbound/InboundEvent.ts"
import { answerName, type IndexEntry, messageName } from "../inbound/namesOf.ts"
import { dueOf, pendingSteps } from "../rules/pendingWrites.ts"

/** One communication as seen from outside: its row of the read model. */
export interface View {
  readonly journey: string
  /** `working`, or the `response_status`. */
  readonly status: string
  readonly caseNumber?: string
  readonly caseSysId?: string
  readonly inDoubt: boolean
  /** When a sweep has to process it again, epoch milliseconds; absent when nothing waits for a time. */
  readonly due?: number
  /** Since when one of its steps waits for each vendor, epoch milliseconds; absent for a vendor that nothing waits for. */
  readonly held?: Partial<Record<Vendor, number>>
  /** A dispatch, sent or in doubt, without an answer: its phone in E.164, its time in epoch milliseconds (SPEC 8.2). */
  readonly awaiting?: { readonly phone: string; readonly since: number }
  readonly updatedAt: number
}

/**
 * Set when a message was or may have been sent and the customer has not said yes or no. A reply that was not understood
 * is not an answer yet (SPEC 8.2).
 */
const awaiting = (state: State, phone: string | undefined): Pick<View, "awaiting"> => {
  const { events } = state
  const overall = overallOutcomeOf(state)
  const answered = events.saidYes || events.saidNo
  return phone === undefined || overall === undefined || overall.outcome === "failed" || answered
    ? {}
    : { awaiting: { phone, since: overall.answer.at } }
}

/** The communication's row of the read model. `phone` is in E.164, where there is one. */
export const viewOf = (state: State, phone: string | undefined, updatedAt: number): View => {
  const theCase = caseOf(state)
  const due = dueOf(state)
  const held = heldSince(pendingSteps(state))
  const status = state.response?.content.response_status
  return {
    journey: journeyName(state),
    status: typeof status === "string" ? status : state.adopted === undefined ? "working" : "adopted",
    ...(theCase && { caseNumber: theCase.number, caseSysId: theCase.sysId }),
    inDoubt: dispatchOutcome(state) === "in_doubt",
    ...(due !== undefined && { due }),
    ...(Object.keys(held).length > 0 && { held }),
    ...awaiting(state, phone),
    updatedAt
  }
}

const messageIds = (ids: ReadonlyArray<string | undefined>): ReadonlyArray<IndexEntry> =>
  ids.flatMap((value) => (value === undefined ? [] : [{ kind: "message_id", value }]))

/**
 * The names that an event adds to the index. Only an event that names its communication adds message ids, since an
 * event matched by phone may be about another customer's message.
 */
const namesFrom = (event: InboundEvent): ReadonlyArray<IndexEntry> => {
  const answer = answerName(event)
  if (answer !== undefined) {
    const names = [answer, messageName(event, event.messageId), messageName(event, event.edits)]
    return names.flatMap((value) => (value === undefined ? [] : [{ kind: "answer", value }]))
  }
  return event.correlationId === undefined && event.caseId === undefined
    ? []
    : messageIds([event.messageId, event.edits, event.answersTo])
}

/** The names that these new facts add, by which an event can refer to the communication (SPEC 8.2). */
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
        return namesFrom(fact.event)
      default:
        return []
    }
  })
