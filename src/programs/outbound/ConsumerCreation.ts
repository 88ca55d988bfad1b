import { Context, Effect, Layer, Schema } from "effect"

import { ConsumerOrigin } from "../../domain/communication/Fact.ts"
import type { ConsumerKeys, NewConsumer } from "../../domain/outbound/consumer.ts"
import { Ownership } from "../../services/Ownership.ts"
import { ServiceNow, type ServiceNowError } from "../../services/ServiceNow.ts"
import { makeKeyedActors } from "../runtime/KeyedActors.ts"

const CreatedConsumer = Schema.Struct({
  sysId: Schema.String,
  origem: ConsumerOrigin,
  avisos: Schema.Array(Schema.String)
})
type CreatedConsumer = typeof CreatedConsumer.Type

/** Looks again, then creates: for one customer at a time. */
const createConsumer = Effect.fnUntraced(function* (consumer: NewConsumer, keys: ConsumerKeys) {
  const serviceNow = yield* ServiceNow
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
  /** Whoever asks does it, when it is his turn: in this process, and then among all of them. */
  static readonly layer = Layer.effect(
    ConsumerCreation,
    Effect.gen(function* () {
      const serviceNow = yield* ServiceNow
      const ownership = yield* Ownership
      const inTurn = yield* makeKeyedActors((customer) => customer)
      return ConsumerCreation.of({
        create: (customer, consumer, keys) =>
          inTurn(customer, () =>
            ownership.hold("customer", customer, () =>
              Effect.provideService(createConsumer(consumer, keys), ServiceNow, serviceNow)
            )
          )
      })
    })
  )
}
