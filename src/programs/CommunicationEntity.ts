import { Cause, Context, Effect, Layer, Schema } from "effect"
import { ClusterSchema, Entity } from "effect/cluster"
import { Rpc } from "effect/rpc"

import type { CorrelationId } from "../domain/CorrelationId.ts"
import { Refusal } from "../domain/refusal.ts"
import { fold, type State } from "../domain/State.ts"
import { type Fenced, Journal } from "../services/Journal.ts"
import { CurrentClaim, Ownership } from "../services/Ownership.ts"
import { applyEvent, ReceivedEvent } from "./applyEvent.ts"
import { catchFailure } from "./catchFailure.ts"
import { Communication, openCommunication } from "./Communication.ts"
import { handedOver } from "./handedOver.ts"
import { persistently } from "./persistently.ts"
import { ReceivedOrder, receiveOrder } from "./receiveOrder.ts"
import { describedBy, linkedToFirst } from "./tracedAs.ts"
import { wake } from "./wake.ts"

/** A defect in a communication's program: the record has not ended (SPEC 9.7). */
export class Defective extends Schema.TaggedError<Defective>()("Defective", { detail: Schema.String }) {
  override get message() {
    return this.detail
  }
}

const Receive = Rpc.make("Receive", {
  payload: handedOver(ReceivedOrder),
  success: Schema.UndefinedOr(Refusal),
  error: Defective
})

const Applied = Schema.Union([Schema.Literals(["applied", "unknown"]), Refusal])
type Applied = typeof Applied.Type

const Apply = Rpc.make("Apply", { payload: handedOver(ReceivedEvent), success: Applied, error: Defective })

const Wake = Rpc.make("Wake", { success: Schema.Boolean, error: Defective })

/** One actor per `id_correlacao`: its records and events are worked on one after the other, on one replica (DESIGN "Actors"). */
const CommunicationActor = Entity.make("Communication", [Receive, Apply, Wake])
  // Whoever asks may end, and his record comes again: the actor goes on with what it does, and finds it done then.
  .annotateRpcs(ClusterSchema.Uninterruptible, "client")
  // Where its replica stops, or another one takes it over, it begins no further step (SPEC 9.4).
  .annotateRpcs(ClusterSchema.InterruptOnTermination, true)

const isFenced = (error: unknown): error is Fenced =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "Fenced"

/** Repeats come at once or much later: an idle actor need not wait for them in memory. */
const idle = "2 seconds"

export const CommunicationEntity = CommunicationActor.toLayer(
  Effect.gen(function* () {
    const { entityId, shardId } = yield* Entity.CurrentAddress
    const id = entityId as string as CorrelationId
    const ownership = yield* Ownership
    const journal = yield* Journal
    /** The state after the last program: a cache; the journal's facts are the truth. */
    let cached: State | undefined

    const once = Effect.fnUntraced(function* <A, E, R>(program: Effect.Effect<A, E, R>) {
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
      Effect.flatMap(ownership.claim(String(shardId)), (claim) => Effect.provideService(program, CurrentClaim, claim))

    /** Runs the program on the facts as they are; again when another writer was quicker; its defects are failures. */
    const run = <A, E, R>(program: Effect.Effect<A, E | Fenced, R>) =>
      claimed(once(program)).pipe(
        Effect.retry({ while: isFenced }),
        catchFailure((cause) => Effect.fail(new Defective({ detail: Cause.pretty(cause) }))),
        Effect.annotateLogs("id_correlacao", id)
      )

    return CommunicationActor.of({
      Receive: ({ payload }) => run(receiveOrder(payload)),
      Apply: ({ payload }) => run(applyEvent(payload)),
      // An operator's decision is a fact of another process: what is due is read anew.
      Wake: () => Effect.andThen(forget, run(wake()))
    })
  }),
  { maxIdleTime: idle, disableFatalDefects: true }
)

/** The communications of all replicas. */
export class Communications extends Context.Service<
  Communications,
  {
    /** Ends when the record has ended, or with the refusal that is still to be published. */
    receive(received: ReceivedOrder): Effect.Effect<Refusal | undefined, Defective>
    /** Ends when the event has ended; `unknown`: no such communication; or the refusal that is still to be published. */
    apply(id: string, received: ReceivedEvent): Effect.Effect<Applied, Defective>
    /** Does what has come due (SPEC 6.4, 8.8); false when something has to wait, for a vendor or an operator. */
    wake(id: string): Effect.Effect<boolean, Defective>
  }
>()("brom-ctx/programs/Communications") {
  static readonly layer = Layer.effect(
    Communications,
    Effect.map(CommunicationActor.client, (actor) =>
      Communications.of({
        receive: (received) => persistently(actor(received.order.id_correlacao).Receive(received)),
        apply: (id, received) => persistently(actor(id).Apply(received)),
        wake: (id) => persistently(actor(id).Wake())
      })
    )
  )
}
