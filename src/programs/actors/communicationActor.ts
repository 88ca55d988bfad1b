import { Effect, Cause } from "effect"

import type { Fact } from "../../domain/communication/Fact.ts"
import { caseOf, journeyName, type State, fold, dispatchOutcome } from "../../domain/communication/State.ts"
import type { CorrelationId } from "../../domain/record/Origin.ts"
import { monotonicMillis } from "../../domain/values/monotonicTime.ts"
import { sendsFor } from "../../domain/vendor/retryDelay.ts"
import { type Fenced, Journal, type UnknownFact } from "../../services/Journal.ts"
import { type Lease, CurrentLease } from "../../services/Ownership.ts"
import { Settings } from "../../services/Settings.ts"
import { attribute } from "../../telemetry/names.ts"
import { annotated, tracingOf, spanOf } from "../../telemetry/traced.ts"
import { Communication, type Journaled, openCommunication } from "../communication/Communication.ts"
import { type EndOrder, endWaiting } from "../communication/endWaiting.ts"
import { eraseCommunication } from "../communication/eraseCommunication.ts"
import { applyEvent, noteAmbiguity, type ReceivedEvent } from "../inbound/applyEvent.ts"
import { type ReceivedOrder, receiveOrder } from "../outbound/receiveOrder.ts"
import { catchNonInterrupt, isUnknownFact } from "../runtime/retryOnDefect.ts"
import { Defective } from "./Communications.ts"
import { runDueWork } from "./runDueWork.ts"

/**
 * Links the current span to the communication's first trace, unless it belongs to that trace. Days lie between an order
 * and its answer, and only a separate trace for each can be viewed.
 */
const linkToFirstTrace = ({ accepted, adopted }: State) =>
  Effect.withFiberSucceed((fiber) => {
    const { span, tracer } = tracingOf(fiber)
    if (tracer === undefined || span?._tag !== "Span") return
    const first = spanOf(adopted?.span ?? accepted?.span)
    if (first !== undefined && span.traceId !== first.traceId) span.addLinks([{ span: first, attributes: {} }])
  })

/** Annotates the current span with the names by which the communication can be searched. */
const annotateSpan = (id: string, state: State) =>
  annotated(() => {
    const theCase = caseOf(state)
    const messageId = state.dispatch.accepted?.messageId
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

/**
 * After this many lost races in a row at one position, no other writer can be the cause: a winner would have advanced
 * the position.
 */
const mostFenced = 3

/**
 * Runs the program again after a lost race, but only with a valid lease. A process that was stopped must not work
 * beside its successor. A communication that no writer can append to is a defect (SPEC 9.7).
 */
const retryWhileFenced = <A, E, R>(
  run: Effect.Effect<A, E, R>,
  lease: Lease,
  before = { seq: -1, times: 0 }
): Effect.Effect<A, Exclude<E, Fenced>, R> =>
  Effect.catch(run, (error) => {
    if (!isFenced(error)) return Effect.fail(error as Exclude<E, Fenced>)
    const { seq } = error
    const times = before.seq === seq ? before.times + 1 : 1
    return times < mostFenced
      ? Effect.andThen(lease.awaitValid, retryWhileFenced(run, lease, { seq, times }))
      : Effect.die(new Error(`fenced ${times} times at fact ${seq}: the row and the facts do not agree`))
  })

const failureOf = (cause: Cause.Cause<unknown>): Defective | UnknownFact => {
  const error = Cause.squash(cause)
  return isUnknownFact(error) ? error : new Defective({ detail: Cause.pretty(cause) })
}

/** What the last run left for the next one. */
interface Left extends Journaled {
  /** The state when this process took the communication over. */
  readonly inherited: State
  /** When the run began, monotonic milliseconds. It had the lock then. */
  readonly begunAt: number
  readonly tenure: object
  /** The state at the end of the run, if it succeeded. This is a cache: the journal's facts are the truth. */
  readonly state: State | undefined
}

/** True if the journal holds the facts that the last run left and those of its interrupted append, and no others. */
const isContinued = ({ seq, unknown }: Left, facts: ReadonlyArray<Fact>): boolean =>
  facts.length === seq + unknown.length &&
  unknown.every(({ _tag, at }, index) => facts[seq + index]?._tag === _tag && facts[seq + index]?.at === at)

/**
 * The operations of one communication. The caller must run one operation at a time. No request is sent once `mayBegin`
 * returns false.
 */
export const communicationActor = (id: CorrelationId, mayBegin: () => boolean = () => true) => {
  let left: Left | undefined

  const runOnce = Effect.fnUntraced(function* <A, E, R>(program: Effect.Effect<A, E, R>, { tenure }: Lease) {
    const journal = yield* Journal
    const { serviceNow, tcpOrphanTimeout } = yield* Settings
    const before = left
    const facts = before?.state === undefined ? yield* journal.load(id) : []
    left = undefined
    const known = before?.state ?? fold(facts)
    const begunAt = yield* monotonicMillis
    // A process that takes a communication over adds a fact or searches for this long before it writes.
    const searched = serviceNow.timeout + sendsFor(serviceNow.timeout, tcpOrphanTimeout)
    const isAlone =
      before !== undefined &&
      (before.seq === known.seq || isContinued(before, facts)) &&
      (before.tenure === tenure || begunAt - before.begunAt < searched)
    const inherited = isAlone ? before.inherited : known
    const communication = yield* openCommunication(id, known, {
      // The lock has been given back since, so another process may have had the communication.
      guessed: before?.state !== undefined && before.tenure !== tenure,
      inherited
    })
    yield* linkToFirstTrace(known)
    const leave = (succeeded: boolean) =>
      Effect.map(Effect.all([communication.state, communication.journaled]), ([state, journaled]) => {
        left = { ...journaled, inherited, begunAt, tenure, state: succeeded ? state : undefined }
      })
    const result = yield* program.pipe(
      Effect.provideService(Communication, communication),
      Effect.ensuring(Effect.flatMap(communication.state, (state) => annotateSpan(id, state))),
      Effect.onError(() => Effect.andThen(Effect.ignore(communication.flush), leave(false)))
    )
    yield* communication.flush
    yield* leave(true)
    return result
  })

  const forget = Effect.sync(() => {
    left &&= { ...left, state: undefined }
  })

  /** Runs the program on the current facts, and again when another writer was faster. Defects become failures. */
  const run = <A, E, R>(program: Effect.Effect<A, E | Fenced | UnknownFact, R>, lease: Lease) =>
    retryWhileFenced(runOnce(program, lease), lease).pipe(
      Effect.provideService(CurrentLease, { ...lease, holds: () => mayBegin() && lease.holds() }),
      catchNonInterrupt((cause) => Effect.fail(failureOf(cause))),
      Effect.annotateLogs("id_correlacao", id)
    )

  return {
    receive: (received: ReceivedOrder, lease: Lease) => run(receiveOrder(received), lease),
    apply: (received: ReceivedEvent, lease: Lease) =>
      run(
        Effect.catchTag(
          received.among === undefined ? applyEvent(received) : noteAmbiguity(received, received.among),
          "Suspended",
          () => Effect.succeed("waits" as const)
        ),
        lease
      ),
    /** Ends every waiting step as a failure, with its responses, before the communication is erased (SPEC 10.4). */
    erase: (order: EndOrder, lease: Lease) =>
      Effect.gen(function* () {
        yield* forget
        if ((yield* run(endWaiting(order), lease)) === "acted") yield* run(runDueWork(), lease)
        const erased = yield* run(eraseCommunication(), lease)
        // The remembered state is personal data, too.
        if (erased === "erased") left = undefined
        return erased
      }),
    end: (order: EndOrder, lease: Lease) => Effect.andThen(forget, run(endWaiting(order), lease)),
    // An operator's decision is a fact that another process appends, so the facts are loaded again.
    wake: (lease: Lease) =>
      Effect.map(Effect.andThen(forget, run(runDueWork(), lease)), (done) =>
        done ? ("done" as const) : ("waits" as const)
      )
  }
}
