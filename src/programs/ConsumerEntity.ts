import { Clock, Context, Effect, Layer, Schema } from "effect"
import { ClusterSchema, Entity } from "effect/cluster"
import { Rpc } from "effect/rpc"

import { ConsumerOrigin } from "../domain/Fact.ts"
import { WantedUntil } from "../services/Breakers.ts"
import { CurrentClaim, Ownership } from "../services/Ownership.ts"
import { type ConsumerKeys, type NewConsumer, ServiceNow, ServiceNowError } from "../services/ServiceNow.ts"
import { persistently } from "./persistently.ts"

const Found = Schema.Struct({
  sysId: Schema.String,
  origem: ConsumerOrigin,
  avisos: Schema.Array(Schema.String)
})
type Found = typeof Found.Type

const key = Schema.optionalKey(Schema.String)
const Keys = Schema.Struct({ document: key, email: key, phone: key })

const Create = Rpc.make("Create", {
  payload: {
    consumer: Schema.Struct({ firstName: key, lastName: key, ...Keys.fields }),
    keys: Keys,
    /** `WantedUntil` of whoever asks, where there is one. */
    wantedUntil: Schema.optionalKey(Schema.Number)
  },
  success: Found,
  error: ServiceNowError
})

/** One actor per `cliente.id`: two communications of one customer never create him twice (SPEC 3.3). */
const Consumer = Entity.make("Consumer", [Create]).annotateRpcs(ClusterSchema.InterruptOnTermination, true)

export const ConsumerEntity = Consumer.toLayer(
  Effect.gen(function* () {
    const { shardId } = yield* Entity.CurrentAddress
    const ownership = yield* Ownership
    const serviceNow = yield* ServiceNow
    const create = Effect.fnUntraced(function* (consumer: NewConsumer, keys: ConsumerKeys) {
      // Whoever had this customer before may have begun to create him until then: to look earlier would be to miss him.
      const { since } = yield* CurrentClaim
      yield* Effect.sleep(Math.max(0, since - (yield* Clock.currentTimeMillis)))
      const known = yield* serviceNow.findConsumer(keys)
      if (known.found !== undefined) return { ...known.found, avisos: known.avisos }
      const created = yield* serviceNow.createConsumer(consumer, keys)
      return { sysId: created.sysId, origem: "criado" as const, avisos: [...known.avisos, ...created.avisos] }
    })
    return Consumer.of({
      Create: ({ payload: { consumer, keys, wantedUntil } }) =>
        Effect.flatMap(ownership.claim(String(shardId)), (claim) =>
          create(consumer, keys).pipe(
            Effect.provideService(CurrentClaim, claim),
            Effect.provideService(WantedUntil, wantedUntil ?? Number.POSITIVE_INFINITY)
          )
        )
    })
  }),
  { maxIdleTime: "2 seconds", disableFatalDefects: true }
)

/** Creates the customer in ServiceNow, one creation of one customer at a time over all replicas (SPEC 3.3). */
export class ConsumerCreation extends Context.Service<
  ConsumerCreation,
  {
    /** Looks again first. */
    create(customer: string, consumer: NewConsumer, keys: ConsumerKeys): Effect.Effect<Found, ServiceNowError>
  }
>()("brom-ctx/programs/ConsumerCreation") {
  static readonly layer = Layer.effect(
    ConsumerCreation,
    Effect.map(Consumer.client, (actor) =>
      ConsumerCreation.of({
        create: (customer, consumer, keys) =>
          Effect.flatMap(WantedUntil, (until) =>
            persistently(
              actor(customer).Create({ consumer, keys, ...(Number.isFinite(until) && { wantedUntil: until }) })
            )
          )
      })
    )
  )
}
