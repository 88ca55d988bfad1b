import { Cause, Effect } from "effect"

import type { CorrelationId } from "../domain/CorrelationId.ts"
import { fold, type State } from "../domain/State.ts"
import { type Fenced, Journal } from "../services/Journal.ts"
import { type Claim, CurrentClaim } from "../services/Ownership.ts"
import { applyEvent, type ReceivedEvent } from "./applyEvent.ts"
import { catchFailure } from "./catchFailure.ts"
import { Communication, openCommunication } from "./Communication.ts"
import { Defective } from "./Communications.ts"
import { type ReceivedOrder, receiveOrder } from "./receiveOrder.ts"
import { describedBy, linkedToFirst } from "./tracedAs.ts"
import { wake } from "./wake.ts"

const isFenced = (error: unknown): error is Fenced =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "Fenced"

const untilUnfenced = <A, E, R>(run: Effect.Effect<A, E, R>): Effect.Effect<A, Exclude<E, Fenced>, R> =>
  Effect.catch(run, (error) => (isFenced(error) ? untilUnfenced(run) : Effect.fail(error as Exclude<E, Fenced>)))

/** What one communication does when it is asked; whoever runs it sees to it that it is asked for one thing at a time. */
export const communicationActor = (id: CorrelationId, claim: Effect.Effect<Claim>) => {
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

  const claimed = <A, E, R>(program: Effect.Effect<A, E, R>) =>
    Effect.flatMap(claim, (held) => Effect.provideService(program, CurrentClaim, held))

  /** Runs the program on the facts as they are; again when another writer was quicker; its defects are failures. */
  const run = <A, E, R>(program: Effect.Effect<A, E | Fenced, R>) =>
    untilUnfenced(claimed(once(program))).pipe(
      catchFailure((cause) => Effect.fail(new Defective({ detail: Cause.pretty(cause) }))),
      Effect.annotateLogs("id_correlacao", id)
    )

  return {
    receive: (received: ReceivedOrder) => run(receiveOrder(received)),
    apply: (received: ReceivedEvent) => run(applyEvent(received)),
    // An operator's decision is a fact of another process: what is due is read anew.
    wake: Effect.andThen(forget, run(wake()))
  }
}
