import { Cause, Context, Effect, Layer, Schema } from "effect"
import { Entity } from "effect/cluster"
import { Rpc } from "effect/rpc"

import type { CorrelationId } from "../domain/CorrelationId.ts"
import { Refusal } from "../domain/refusal.ts"
import { fold, type State } from "../domain/State.ts"
import { Journal } from "../services/Journal.ts"
import { Communication, openCommunication } from "./Communication.ts"
import { persistently } from "./persistently.ts"
import { ReceivedOrder, receiveOrder } from "./receiveOrder.ts"

/** A defect in a communication's program: the record has not ended (SPEC 9.7). */
export class Defective extends Schema.TaggedError<Defective>()("Defective", { detail: Schema.String }) {
  override get message() {
    return this.detail
  }
}

const Receive = Rpc.make("Receive", {
  payload: ReceivedOrder,
  success: Schema.UndefinedOr(Refusal),
  error: Defective
})

/** One actor per `id_correlacao`: its records are worked on one after the other, on one replica (DESIGN "Actors"). */
const CommunicationActor = Entity.make("Communication", [Receive])

/** Repeats come at once or much later: an idle actor need not wait for them in memory. */
const idle = "2 seconds"

export const CommunicationEntity = CommunicationActor.toLayer(
  Effect.gen(function* () {
    const { entityId } = yield* Entity.CurrentAddress
    const id = entityId as string as CorrelationId
    const journal = yield* Journal
    /** The state after the last program: a cache; the journal's facts are the truth. */
    let cached: State | undefined

    const run = Effect.fnUntraced(function* (received: ReceivedOrder) {
      const known = cached ?? fold(yield* journal.load(id))
      cached = undefined
      const communication = yield* openCommunication(id, known)
      const refusal = yield* receiveOrder(received).pipe(
        Effect.provideService(Communication, communication),
        Effect.onError(() => Effect.ignore(communication.flush))
      )
      cached = yield* communication.state
      return refusal
    })

    return CommunicationActor.of({
      Receive: ({ payload }) =>
        run(payload).pipe(
          Effect.retry({ while: (error) => error._tag === "Fenced" }),
          Effect.catchCause((cause) =>
            Cause.hasInterrupts(cause) ? Effect.interrupt : Effect.fail(new Defective({ detail: Cause.pretty(cause) }))
          ),
          Effect.annotateLogs("id_correlacao", id)
        )
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
  }
>()("brom-ctx/programs/Communications") {
  static readonly layer = Layer.effect(
    Communications,
    Effect.map(CommunicationActor.client, (actor) =>
      Communications.of({
        receive: (received) => persistently(actor(received.order.id_correlacao).Receive(received))
      })
    )
  )
}
