import { Effect, Layer, Schema } from "effect"
import { ClusterSchema, Entity } from "effect/cluster"
import { Rpc } from "effect/rpc"

import { CallDeadline } from "../../services/Breakers.ts"
import { CurrentLease } from "../../services/Ownership.ts"
import { ServiceNow, ServiceNowError } from "../../services/ServiceNow.ts"
import { ShardOwnership } from "../../services/ShardOwnership.ts"
import { askUntilAnswered } from "../runtime/askUntilAnswered.ts"
import { ConsumerCreation, createConsumer, CreatedConsumer } from "./ConsumerCreation.ts"

const key = Schema.optionalKey(Schema.String)
const Keys = Schema.Struct({ document: key, email: key, phone: key })

const Create = Rpc.make("Create", {
  payload: {
    consumer: Schema.Struct({ firstName: key, lastName: key, ...Keys.fields }),
    keys: Keys,
    /** The caller's `CallDeadline`, if it has one. */
    wantedUntil: Schema.optionalKey(Schema.Number)
  },
  success: CreatedConsumer,
  error: ServiceNowError
})

/** One actor per `cliente.id`, so that two communications of one customer never create it twice (SPEC 3.3). */
const Consumer = Entity.make("Consumer", [Create]).annotateRpcs(ClusterSchema.InterruptOnTermination, true)

const ConsumerEntity = Consumer.toLayer(
  Effect.gen(function* () {
    const { shardId } = yield* Entity.CurrentAddress
    const ownership = yield* ShardOwnership
    const serviceNow = yield* ServiceNow
    return Consumer.of({
      Create: ({ payload: { consumer, keys, wantedUntil } }) =>
        Effect.flatMap(ownership.lease(String(shardId)), (lease) =>
          createConsumer(consumer, keys).pipe(
            Effect.provideService(ServiceNow, serviceNow),
            Effect.provideService(CurrentLease, lease),
            Effect.provideService(CallDeadline, wantedUntil ?? Number.POSITIVE_INFINITY)
          )
        )
    })
  }),
  { maxIdleTime: "2 seconds", disableFatalDefects: true }
)

/** Creates customers, one at a time per customer over all replicas. */
export const ConsumerCreationCluster = Layer.effect(
  ConsumerCreation,
  Effect.map(Consumer.client, (actor) =>
    ConsumerCreation.of({
      create: (customer, consumer, keys) =>
        Effect.flatMap(CallDeadline, (until) =>
          askUntilAnswered(
            actor(customer).Create({ consumer, keys, ...(Number.isFinite(until) && { wantedUntil: until }) })
          )
        )
    })
  )
).pipe(Layer.merge(ConsumerEntity))
