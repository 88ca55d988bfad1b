import { Clock, Context, Effect, Layer, Schema } from "effect"

import { ConsumerOrigin } from "../../domain/communication/Fact.ts"
import type { ConsumerKeys, NewConsumer } from "../../domain/outbound/consumer.ts"
import { CurrentLease } from "../../services/Ownership.ts"
import { ServiceNow, type ServiceNowError } from "../../services/ServiceNow.ts"
import { makeKeyedActors } from "../runtime/KeyedActors.ts"

export const CreatedConsumer = Schema.Struct({
  sysId: Schema.String,
  origem: ConsumerOrigin,
  avisos: Schema.Array(Schema.String)
})
type CreatedConsumer = typeof CreatedConsumer.Type

/** Looks the customer up again, then creates it. Only one call per customer may run at a time. */
export const createConsumer = Effect.fnUntraced(function* (consumer: NewConsumer, keys: ConsumerKeys) {
  const serviceNow = yield* ServiceNow
  // The previous holder may have begun a creation until then. An earlier look-up would miss it.
  const { validFrom: since } = yield* CurrentLease
  yield* Effect.sleep(Math.max(0, since - (yield* Clock.currentTimeMillis)))
  const known = yield* serviceNow.findConsumer(keys)
  if (known.found !== undefined) return { ...known.found, avisos: known.avisos }
  const created = yield* serviceNow.createConsumer(consumer, keys)
  return { sysId: created.sysId, origem: "criado" as const, avisos: [...known.avisos, ...created.avisos] }
})

/** Creates the customer in ServiceNow, one creation of one customer at a time over all replicas (SPEC 3.3). */
export class ConsumerCreation extends Context.Service<
  ConsumerCreation,
  {
    /** Looks the customer up again first. */
    create(customer: string, consumer: NewConsumer, keys: ConsumerKeys): Effect.Effect<CreatedConsumer, ServiceNowError>
  }
>()("brom-ctx/programs/ConsumerCreation") {
  /** For one process with all customers. The caller creates the customer itself, when its turn comes. */
  static readonly layerLocal = Layer.effect(
    ConsumerCreation,
    Effect.gen(function* () {
      const serviceNow = yield* ServiceNow
      const inTurn = yield* makeKeyedActors((customer) => customer)
      return ConsumerCreation.of({
        create: (customer, consumer, keys) =>
          inTurn(customer, () => Effect.provideService(createConsumer(consumer, keys), ServiceNow, serviceNow))
      })
    })
  )
}
