import type { IndexEntry, View } from "../services/Journal.ts"
import type { Fact, FactOf } from "./Fact.ts"

/** What the facts of one communication amount to: a pure fold of them (DESIGN "Facts are the memory"). */
export interface State {
  /** How many facts there are. */
  readonly seq: number
  readonly accepted?: FactOf<"Accepted">
  readonly consumer?: FactOf<"ConsumerFound">
  readonly caseIntent?: FactOf<"CaseIntended">
  readonly case?: FactOf<"CaseOpened"> | FactOf<"CaseFailed">
  /** Attempts of the dispatch that were intended. */
  readonly attempts: number
  readonly lastIntent?: FactOf<"DispatchIntended">
  /** An attempt without an answer: nobody knows whether Weni took it (SPEC 5.3). */
  readonly openIntent?: FactOf<"DispatchIntended">
  readonly refused?: FactOf<"DispatchRefused">
  readonly dispatch?: FactOf<"DispatchSettled">
  readonly noted?: FactOf<"OutcomeNoted">
  readonly response?: FactOf<"ResponseStored">
  /** The highest response that Kafka has acknowledged; 0 before the first. */
  readonly acknowledged: number
}

export const initial: State = { seq: 0, attempts: 0, acknowledged: 0 }

/** An answer settles a doubt, and nothing unsettles an answer (SPEC 5.3). */
const settles = (known: State["dispatch"], fact: FactOf<"DispatchSettled">) =>
  known === undefined || known.outcome === "in_doubt" ? fact : known

const withoutOpenIntent = ({ openIntent: _, ...state }: State): State => state

const apply = (state: State, fact: Fact): State => {
  switch (fact._tag) {
    case "Accepted":
      return { ...state, accepted: state.accepted ?? fact }
    case "ConsumerFound":
      return { ...state, consumer: fact }
    case "CaseIntended":
      return { ...state, caseIntent: fact }
    case "CaseOpened":
      return { ...state, case: state.case?._tag === "CaseOpened" ? state.case : fact }
    case "CaseFailed":
      return { ...state, case: state.case ?? fact }
    case "DispatchIntended":
      return { ...state, attempts: Math.max(state.attempts, fact.attempt), lastIntent: fact, openIntent: fact }
    case "DispatchRefused":
      return { ...withoutOpenIntent(state), refused: fact }
    case "DispatchSettled":
      return { ...withoutOpenIntent(state), dispatch: settles(state.dispatch, fact) }
    case "OutcomeNoted":
      return { ...state, noted: fact }
    case "ResponseStored":
      return { ...state, response: fact }
    case "ResponseAcknowledged":
      return { ...state, acknowledged: Math.max(state.acknowledged, fact.number) }
  }
}

/** The state after one more fact. */
export const evolve = (state: State, fact: Fact): State => ({ ...apply(state, fact), seq: state.seq + 1 })

export const fold = (facts: ReadonlyArray<Fact>): State => facts.reduce(evolve, initial)

/** The row of the read model. */
export const viewOf = (state: State, updatedAt: number): View => ({
  journey: state.accepted?.order.cod_jornada ?? "",
  status:
    typeof state.response?.content.response_status === "string" ? state.response.content.response_status : "working",
  ...(state.case?._tag === "CaseOpened" && { caseNumber: state.case.number, caseSysId: state.case.sysId }),
  inDoubt: state.dispatch?.outcome === "in_doubt",
  updatedAt
})

/** What these new facts let an event name the communication by (SPEC 8.2). */
export const indexOf = (facts: ReadonlyArray<Fact>, phone: string | undefined): ReadonlyArray<IndexEntry> =>
  facts.flatMap((fact): ReadonlyArray<IndexEntry> => {
    switch (fact._tag) {
      case "CaseOpened":
        return [
          { kind: "case_number", value: fact.number },
          { kind: "case_sys_id", value: fact.sysId }
        ]
      case "DispatchSettled":
        return [
          ...(fact.messageId === undefined ? [] : [{ kind: "message_id" as const, value: fact.messageId }]),
          ...(phone === undefined || fact.outcome === "failed" ? [] : [{ kind: "phone" as const, value: phone }])
        ]
      default:
        return []
    }
  })
