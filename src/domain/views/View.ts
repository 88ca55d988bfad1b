import { sentAt } from "../communication/DispatchState.ts"
import { writeName } from "../communication/EventsState.ts"
import type { Fact, FactOf, Vendor } from "../communication/Fact.ts"
import { heldSince, type HeldSteps } from "../communication/HeldSteps.ts"
import {
  caseOf,
  journeyName,
  knownMessage,
  type State,
  dispatchOutcome,
  overallOutcomeOf
} from "../communication/State.ts"
import { answerNames, customerNames, type IndexEntry, type NewEntry } from "../inbound/namesOf.ts"
import type { KnownMessage } from "../inbound/whose.ts"
import { dueOf, pendingSteps, pendingWrites } from "../rules/pendingWrites.ts"
import type { SearchMark } from "../search/SearchQuery.ts"
import { type Listing, listingOf } from "./Listing.ts"

/** Who may answer a communication, and since when. Times are epoch milliseconds. */
export interface Addressee {
  /** In E.164. */
  readonly phone: string
  readonly sentAt: number
  /** When the customer last said yes or no. A reply that was not understood is not an answer yet. */
  readonly answeredAt?: number
  readonly knownMessage?: KnownMessage
  /** Its events say that the message was not delivered, so a reply more likely means another one. */
  readonly undelivered?: true
}

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
  /**
   * Since when one of its steps waits for each vendor, epoch milliseconds; absent for a vendor that nothing waits for.
   */
  readonly held?: Partial<Record<Vendor, number>>
  /** Whom a dispatch, sent or in doubt, has reached (SPEC 8.2). */
  readonly addressee?: Addressee
  /**
   * Writes on the Case that are to be tried again, or wait for ServiceNow; absent when there are none (SPEC 6.4, 9.2).
   */
  readonly writes?: number
  /** Absent in a row that an earlier version wrote. */
  readonly listing?: Listing
  /** The time of the first fact. Absent if it equals `updatedAt`. */
  readonly createdAt?: number
  /** The latest time of any fact, never that of the commit, so the facts give the same value. */
  readonly updatedAt: number
}

/** Set when a message was or may have been sent to this phone (SPEC 8.2). */
const addressee = (state: State, phone: string | undefined): Pick<View, "addressee"> => {
  const overall = overallOutcomeOf(state)
  if (phone === undefined || overall === undefined || overall.outcome === "failed") return {}
  const { answeredAt } = state.events
  const known = knownMessage(state)
  return {
    addressee: {
      phone,
      sentAt: sentAt(state.dispatch) ?? overall.answer.at,
      ...(answeredAt !== undefined && { answeredAt }),
      ...(known && { knownMessage: known }),
      ...(state.events.reported === "failed" && { undelivered: true as const })
    }
  }
}

/** How many writes on the Case are to be tried again, or wait for ServiceNow. */
const waitingWrites = (state: State, steps: HeldSteps): number => {
  const retried = pendingWrites(state).map(({ write }) => writeName(write))
  const waiting = [...steps.keys()].filter((step) => step !== "case" && step !== "dispatch")
  return retried.length === 0 ? waiting.length : new Set([...retried, ...waiting]).size
}

/** The communication's row of the read model. `phone` is in E.164, if there is one. */
export const viewOf = (state: State, phone: string | undefined): View => {
  const theCase = caseOf(state)
  const due = dueOf(state)
  const steps = pendingSteps(state)
  const held = heldSince(steps)
  const status = state.response?.content.response_status
  const writes = waitingWrites(state, steps)
  return {
    journey: journeyName(state),
    status: typeof status === "string" ? status : state.adopted === undefined ? "working" : "adopted",
    ...(theCase && { caseNumber: theCase.number, caseSysId: theCase.sysId }),
    inDoubt: dispatchOutcome(state) === "in_doubt",
    ...(due !== undefined && { due }),
    ...(Object.keys(held).length > 0 && { held }),
    ...addressee(state, phone),
    ...(writes > 0 && { writes }),
    listing: listingOf(state),
    ...(state.createdAt !== state.updatedAt && { createdAt: state.createdAt }),
    updatedAt: state.updatedAt
  }
}

/** The marks beside the status. A dispatch made before `awaitingSince` no longer awaits an answer (SPEC 12.2). */
export const marksOf = (
  { addressee: reached, due, held, inDoubt }: View,
  awaitingSince: number
): ReadonlyArray<SearchMark> => [
  ...(inDoubt ? (["in_doubt"] as const) : []),
  ...(due !== undefined || held !== undefined ? (["waiting"] as const) : []),
  ...(reached !== undefined &&
  reached.answeredAt === undefined &&
  reached.undelivered !== true &&
  reached.sentAt >= awaitingSince
    ? (["awaiting"] as const)
    : [])
]

const messageIds = (ids: ReadonlyArray<string | undefined>): ReadonlyArray<IndexEntry> =>
  ids.flatMap((value) => (value === undefined ? [] : [{ kind: "message_id", value }]))

/**
 * The names that an event adds to the index. Only an event that names its communication adds message ids and the
 * customer's, since an event matched by its sender may be about another customer's message. Statuses are never matched
 * by their sender.
 */
const namesFrom = ({ bySender, event }: FactOf<"EventPlanned">): ReadonlyArray<IndexEntry> => {
  const answers = answerNames(event)
  const remembered = answers.map((value) => ({ kind: "answer", value }) as const)
  if (bySender === true || (answers.length > 0 && bySender === undefined)) return remembered
  return [
    ...remembered,
    ...messageIds([event.messageId, event.edits, event.answersTo]),
    ...customerNames(event),
    ...(event.kind === "reply" || event.business === undefined
      ? []
      : [{ kind: "business", value: event.business } as const])
  ]
}

/**
 * The names of all communications that an ambiguous answer may be for are added in the commit of the first one (SPEC
 * 8.2).
 */
const namesOfAmbiguity = ({ among, event }: FactOf<"AmbiguityPlanned">): ReadonlyArray<NewEntry> =>
  answerNames(event).flatMap((value) => among.map((id) => ({ kind: "unclear", value, id }) as const))

/** The names that these new facts add, by which an event can refer to the communication (SPEC 8.2). */
export const indexOf = (facts: ReadonlyArray<Fact>): ReadonlyArray<NewEntry> =>
  facts.flatMap((fact): ReadonlyArray<NewEntry> => {
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
        return namesFrom(fact)
      case "AmbiguityPlanned":
        return namesOfAmbiguity(fact)
      default:
        return []
    }
  })
