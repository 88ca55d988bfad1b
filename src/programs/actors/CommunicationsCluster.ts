import { Schema, SchemaTransformation, Effect, Layer } from "effect"
import { ClusterSchema, Entity } from "effect/cluster"
import { Rpc } from "effect/rpc"

import type { CorrelationId } from "../../domain/record/CorrelationId.ts"
import { Refusal } from "../../domain/responses/refusal.ts"
import { ShardOwnership } from "../../services/ShardOwnership.ts"
import { ReceivedEvent } from "../inbound/applyEvent.ts"
import { ReceivedOrder } from "../outbound/receiveOrder.ts"
import { askUntilAnswered } from "../runtime/askUntilAnswered.ts"
import { communicationActor } from "./communicationActor.ts"
import { Communications, Defective } from "./Communications.ts"

/**
 * The schema of a message that our own code has made from decoded values. Passing it on within the process validates
 * nothing again. A message that crosses a socket is encoded and decoded by `schema`.
 */
export const trustedInProcess = <Type, Encoded>(schema: Schema.Codec<Type, Encoded>) =>
  Schema.declare((_: unknown): _ is Type => true, {
    toCodec: () => Schema.link<Type>()(schema, SchemaTransformation.passthrough())
  })

const Receive = Rpc.make("Receive", {
  payload: trustedInProcess(ReceivedOrder),
  success: Schema.UndefinedOr(Refusal),
  error: Defective
})

const Apply = Rpc.make("Apply", {
  payload: trustedInProcess(ReceivedEvent),
  success: Schema.Union([Schema.Literals(["applied", "unknown"]), Refusal]),
  error: Defective
})

const Wake = Rpc.make("Wake", { success: Schema.Boolean, error: Defective })

/** One actor per `id_correlacao`. Its records and events are processed one by one, on one replica (DESIGN "Actors"). */
const CommunicationActor = Entity.make("Communication", [Receive, Apply, Wake])
  // A caller may end, and its record is then delivered again. The actor continues, and the second call finds the work done.
  .annotateRpcs(ClusterSchema.Uninterruptible, "client")
  // When its replica stops, or another one takes it over, the actor begins no further step (SPEC 9.4).
  .annotateRpcs(ClusterSchema.InterruptOnTermination, true)

/** Repeats come at once or much later, so an idle actor need not stay in memory for them. */
const idle = "2 seconds"

const CommunicationEntity = CommunicationActor.toLayer(
  Effect.gen(function* () {
    const { entityId, shardId } = yield* Entity.CurrentAddress
    const ownership = yield* ShardOwnership
    const actor = communicationActor(entityId as string as CorrelationId, ownership.lease(String(shardId)))
    return CommunicationActor.of({
      Receive: ({ payload }) => actor.receive(payload),
      Apply: ({ payload }) => actor.apply(payload),
      Wake: () => actor.wake
    })
  }),
  { maxIdleTime: idle, disableFatalDefects: true }
)

/** Runs the communications as entities of the cluster, over all replicas. */
export const CommunicationsCluster = Layer.effect(
  Communications,
  Effect.map(CommunicationActor.client, (actor) =>
    Communications.of({
      receive: (received) => askUntilAnswered(actor(received.order.id_correlacao).Receive(received)),
      apply: (id, received) => askUntilAnswered(actor(id).Apply(received)),
      wake: (id) => askUntilAnswered(actor(id).Wake())
    })
  )
).pipe(Layer.merge(CommunicationEntity))
