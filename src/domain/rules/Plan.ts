import type { Statements } from "../communication/deliveryStatements.ts"
import type { EventsState } from "../communication/EventsState.ts"
import type { CustomerAnswer } from "../inbound/customerAnswer.ts"
import type { InboundEvent } from "../inbound/InboundEvent.ts"
import type { ResponseEvent } from "../inbound/ResponseEvent.ts"
import type { Journey } from "../journeys/Journey.ts"
import type { Json } from "../record/ChannelResult.ts"

/** The part of the facts so far that an event can change. The plan depends on no other fact. */
export interface EventContext {
  readonly statements: Statements
  /** There is a Case to write on. */
  readonly hasCase: boolean
  /** The dispatch was in doubt, and no event has settled it yet (SPEC 8.6). */
  readonly inDoubt: boolean
  readonly saidYes: boolean
  readonly saidNo: boolean
  /** NÃO or an answer that needs people has given the Case to them. */
  readonly withPeople: boolean
  /** A SIM that closes nothing, because people have the Case, already has its note. */
  readonly notedYesKept: boolean
  /** The ids of the messages that the customer has edited or taken back. */
  readonly withdrawn: EventsState["withdrawn"]
  /** A close of ours was sent or may have been sent, so NÃO reopens the Case. */
  readonly resolved: boolean
}

/** The effect of one event, decided once and durable before it is carried out. */
export interface Plan {
  readonly evento: ResponseEvent
  readonly answered?: CustomerAnswer
  /** What the customer said beyond the word itself. */
  readonly words?: string
  /** Bodies to write on the Case, in order; empty when nothing on it changes. */
  readonly patches: ReadonlyArray<Json>
  /** When to close the Case after a SIM outside business hours, epoch milliseconds. */
  readonly closesAt?: number
  /** How the event settles a dispatch in doubt. */
  readonly settles?: "sent" | "failed"
}

export interface PlanInput {
  readonly context: EventContext
  readonly event: InboundEvent
  readonly journey: Journey
  readonly humanGroup: string | undefined
  /** dd/MM/yyyy; `undefined` for an adopted Case. */
  readonly deliveryDate: string | undefined
  /** The clock when the event is processed. Business hours are checked against it (SPEC 8.8). */
  readonly now: number
}

/** What an event changes on the Case. */
export type CaseEffect = Pick<Plan, "patches" | "closesAt">
