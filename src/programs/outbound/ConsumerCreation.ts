import { Clock, Context, Effect, Layer, Semaphore } from "effect"

import type { ConsumerOrigin } from "../../domain/communication/Fact.ts"
import { type ConsumerKeys, identitiesOf, type NewConsumer } from "../../domain/outbound/consumer.ts"
import { isFinal } from "../../domain/vendor/failure.ts"
import { CustomerCreations } from "../../services/CustomerCreations.ts"
import { bothLeases, CurrentLease, type Lease, Ownership } from "../../services/Ownership.ts"
import { ServiceNow, type ServiceNowError } from "../../services/ServiceNow.ts"
import { Settings } from "../../services/Settings.ts"
import { makeKeyedActors } from "../runtime/KeyedActors.ts"

interface CreatedConsumer {
  readonly sysId: string
  readonly origem: ConsumerOrigin
  readonly avisos: ReadonlyArray<string>
}

/** When the requests of creations without an outcome were sent at the latest, kept so that nobody puts it off; none: there are none. */
const doubtOf = Effect.fnUntraced(function* (identities: ReadonlyArray<string>, { validFrom }: Lease) {
  const creations = yield* CustomerCreations
  const doubtful = (yield* creations.find(identities)).filter(({ sysId }) => sysId === undefined)
  if (doubtful.length === 0) return undefined
  const unreckoned = doubtful.filter(({ sentUntil }) => sentUntil === undefined)
  const sentUntil = Math.max(validFrom, ...unreckoned.map(({ begunAt }) => begunAt))
  if (unreckoned.length > 0)
    yield* creations.reckon(
      unreckoned.map(({ identity }) => identity),
      sentUntil
    )
  return {
    begunAt: Math.max(...doubtful.map(({ begunAt }) => begunAt)),
    since: Math.max(...doubtful.map((one) => one.sentUntil ?? sentUntil))
  }
})

/** Creates the customer unless a look finds him: in doubt for as long as his creation may still appear (SPEC 4.3). */
const createUnlessFound = Effect.fnUntraced(function* (
  identities: ReadonlyArray<string>,
  consumer: NewConsumer,
  keys: ConsumerKeys,
  lease: Lease
) {
  const serviceNow = yield* ServiceNow
  const creations = yield* CustomerCreations
  const doubt = yield* doubtOf(identities, lease)
  let begunAt = doubt?.begunAt ?? 0
  // The look comes after the rows: what they tell of is in it.
  const known = doubt === undefined ? yield* serviceNow.findConsumer(keys) : undefined
  if (known?.found !== undefined) return { ...known.found, avisos: known.avisos }
  const created = yield* serviceNow
    .createConsumer({
      consumer,
      keys,
      ...(doubt !== undefined && { inDoubtSince: doubt.since }),
      beforePost: Effect.flatMap(Clock.currentTimeMillis, (at) => {
        begunAt = at
        return creations.begin(identities, at)
      })
    })
    .pipe(Effect.tapError(({ reason }) => (isFinal(reason) ? creations.withdraw(identities) : Effect.void)))
  yield* creations.settle(identities, begunAt, created.sysId)
  return {
    sysId: created.sysId,
    origem: "criado" as const,
    avisos: [...(known?.avisos ?? []), ...created.avisos]
  }
})

/** Creates the customer in ServiceNow. The creations of one customer run one after the other, over all processes (SPEC 3.3). */
export class ConsumerCreation extends Context.Service<
  ConsumerCreation,
  {
    /** Searches for the customer again first. */
    create(customer: string, consumer: NewConsumer, keys: ConsumerKeys): Effect.Effect<CreatedConsumer, ServiceNowError>
  }
>()("brom-ctx/programs/ConsumerCreation") {
  /** Whoever asks does it, when it is his turn: in this process first, and then among all of them. */
  static readonly layer = Layer.effect(
    ConsumerCreation,
    Effect.gen(function* () {
      const context = yield* Effect.context<CustomerCreations | ServiceNow>()
      const ownership = yield* Ownership
      const { serviceNow } = yield* Settings
      const inTurn = yield* makeKeyedActors((identity) => identity)
      // Each has the locks of four identities at most.
      const share = Semaphore.makeUnsafe(serviceNow.concurrency)
      return ConsumerCreation.of({
        create: (customer, consumer, keys) => {
          const identities = identitiesOf(customer, keys).toSorted()
          const created = Effect.flatMap(CurrentLease, (communication) =>
            share.withPermit(
              ownership.holdAll("customer", identities, (lease) =>
                createUnlessFound(identities, consumer, keys, lease).pipe(
                  // How late another process may have sent is the doubt's own.
                  Effect.provideService(CurrentLease, { ...bothLeases(communication, lease), validFrom: -Infinity }),
                  Effect.provideContext(context)
                )
              )
            )
          )
          // In their order, so that two customers who share some never wait for each other.
          return identities.reduceRight((work, identity) => inTurn(identity, () => work), created)
        }
      })
    })
  )
}
