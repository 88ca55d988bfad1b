import { Effect, Cause } from "effect"

import { dispatchOutcome, caseOf, journeyName, type State, fold } from "../../domain/communication/State.ts"
import type { CorrelationId } from "../../domain/record/CorrelationId.ts"
import { type Fenced, Journal } from "../../services/Journal.ts"
import { type Lease, CurrentLease } from "../../services/Ownership.ts"
import { attribute } from "../../telemetry/names.ts"
import { annotated, tracingOf } from "../../telemetry/traced.ts"
import { spanOf } from "../../telemetry/traceparent.ts"
import { Communication, openCommunication } from "../communication/Communication.ts"
import { applyEvent, type ReceivedEvent } from "../inbound/applyEvent.ts"
import { type ReceivedOrder, receiveOrder } from "../outbound/receiveOrder.ts"
import { catchNonInterrupt } from "../runtime/retryOnDefect.ts"
import { Defective } from "./Communications.ts"
import { runDueWork } from "./runDueWork.ts"

/**
 * Links the current span to the communication's first trace, unless it belongs to that one: days lie between an order and its
 * answer, and a trace for each is what one can look at.
 */
const linkedToFirst = ({ accepted, adopted }: State) =>
  Effect.withFiberSucceed((fiber) => {
    const { span, tracer } = tracingOf(fiber)
    if (tracer === undefined || span?._tag !== "Span") return
    const first = spanOf(adopted?.span ?? accepted?.span)
    if (first !== undefined && span.traceId !== first.traceId) span.addLinks([{ span: first, attributes: {} }])
  })

/** What one can search for the communication by, on the current span. */
const describedBy = (id: string, state: State) =>
  annotated(() => {
    const theCase = caseOf(state)
    const messageId = state.dispatch?.messageId
    return {
      [attribute.correlationId]: id,
      [attribute.journey]: journeyName(state),
      ...(theCase && { [attribute.caseNumber]: theCase.number, [attribute.caseSysId]: theCase.sysId }),
      ...(messageId !== undefined && { [attribute.messageId]: messageId }),
      ...(dispatchOutcome(state) === "in_doubt" && { [attribute.outcome]: "desconhecido" })
    }
  })

const isFenced = (error: unknown): error is Fenced =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "Fenced"

const untilUnfenced = <A, E, R>(run: Effect.Effect<A, E, R>): Effect.Effect<A, Exclude<E, Fenced>, R> =>
  Effect.catch(run, (error) => (isFenced(error) ? untilUnfenced(run) : Effect.fail(error as Exclude<E, Fenced>)))

/** What one communication does when it is asked; whoever runs it sees to it that it is asked for one thing at a time. */
export const communicationActor = (id: CorrelationId, lease: Effect.Effect<Lease>) => {
  /** The state after the last program: a cache; the journal's facts are the truth. */
  let cached: State | undefined

  const once = Effect.fnUntraced(function* <A, E, R>(program: Effect.Effect<A, E, R>) {
    const journal = yield* Journal
    const known = cached ?? fold(yield* journal.load(id))
    cached = undefined
    const communication = yield* openCommunication(id, known)
    yield* linkedToFirst(known)
    const result = yield* program.pipe(
      Effect.provideService(Communication, communication),
      Effect.ensuring(Effect.flatMap(communication.state, (state) => describedBy(id, state))),
      Effect.onError(() => Effect.ignore(communication.flush))
    )
    yield* communication.flush
    cached = yield* communication.state
    return result
  })

  const forget = Effect.sync(() => {
    cached = undefined
  })

  const leased = <A, E, R>(program: Effect.Effect<A, E, R>) =>
    Effect.flatMap(lease, (held) => Effect.provideService(program, CurrentLease, held))

  /** Runs the program on the facts as they are; again when another writer was quicker; its defects are failures. */
  const run = <A, E, R>(program: Effect.Effect<A, E | Fenced, R>) =>
    untilUnfenced(leased(once(program))).pipe(
      catchNonInterrupt((cause) => Effect.fail(new Defective({ detail: Cause.pretty(cause) }))),
      Effect.annotateLogs("id_correlacao", id)
    )

  return {
    receive: (received: ReceivedOrder) => run(receiveOrder(received)),
    apply: (received: ReceivedEvent) => run(applyEvent(received)),
    // An operator's decision is a fact of another process: what is due is read anew.
    wake: Effect.andThen(forget, run(runDueWork()))
  }
}
