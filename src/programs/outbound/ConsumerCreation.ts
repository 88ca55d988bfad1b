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

/**
 * Another process was faster with one of the identities. What is known of this customer is outdated, and nothing was
 * sent.
 */
interface Overtaken {
  readonly _tag: "Overtaken"
}

/**
 * Returns what is known of these identities. `doubt` says when the requests of creations without an outcome were sent
 * at the latest, and is absent if there are none. That time is stored, so that no later process postpones it.
 */
const knownOf = Effect.fnUntraced(function* (identities: ReadonlyArray<string>, { validFrom }: Lease) {
  const creations = yield* CustomerCreations
  const seen = yield* creations.find(identities)
  const doubtful = seen.filter(({ sysId }) => sysId === undefined)
  if (doubtful.length === 0) return { seen }
  const unreckoned = doubtful.filter(({ sentUntil }) => sentUntil === undefined)
  const sentUntil = Math.max(validFrom, ...unreckoned.map(({ begunAt }) => begunAt))
  if (unreckoned.length > 0) yield* creations.reckon(unreckoned, sentUntil)
  const reckoned = doubtful.map((one) => ({
    identity: one.identity,
    begunAt: one.begunAt,
    sentUntil: one.sentUntil ?? sentUntil
  }))
  return {
    seen: [...seen.filter(({ sysId }) => sysId !== undefined), ...reckoned],
    doubt: {
      begunAt: Math.max(...reckoned.map(({ begunAt }) => begunAt)),
      since: Math.max(...reckoned.map((one) => one.sentUntil))
    }
  }
})

/**
 * Creates the customer unless a search finds one. An earlier creation is in doubt for as long as its customer may still
 * appear (SPEC 4.3).
 */
const createUnlessFound = Effect.fnUntraced(function* (
  identities: ReadonlyArray<string>,
  consumer: NewConsumer,
  keys: ConsumerKeys,
  lease: Lease
) {
  const serviceNow = yield* ServiceNow
  const creations = yield* CustomerCreations
  const { timeout } = (yield* Settings).serviceNow
  const { doubt, ...rows } = yield* knownOf(identities, lease)
  let { seen } = rows
  let begunAt: number | undefined
  // Search only after reading the rows, so that the search includes what they record.
  const known = doubt === undefined ? yield* serviceNow.findConsumer(keys) : undefined
  if (known?.found !== undefined) return { ...known.found, avisos: known.avisos }
  const begin = Effect.gen(function* () {
    const at = yield* Clock.currentTimeMillis
    if (!(yield* creations.begin(identities, at, seen))) return yield* Effect.fail<Overtaken>({ _tag: "Overtaken" })
    seen = identities.map((identity) => ({ identity, begunAt: at }))
    begunAt = at
  })
  const created = yield* serviceNow
    .createConsumer({
      consumer,
      keys,
      ...(doubt !== undefined && { inDoubtSince: doubt.since }),
      beforePost: begin
    })
    .pipe(
      Effect.tapError((failure) => {
        if (begunAt === undefined || failure._tag !== "ServiceNowError") return Effect.void
        const { reason } = failure
        const isHeld = reason._tag === "HeldBack"
        if (isHeld && reason.appearsUntil !== undefined) return creations.reckon(seen, reason.appearsUntil - timeout)
        return isHeld || isFinal(reason) ? creations.withdraw(identities, begunAt) : Effect.void
      })
    )
  yield* creations.settle(identities, begunAt ?? doubt?.begunAt ?? 0, created.sysId)
  return {
    sysId: created.sysId,
    origem: "criado" as const,
    avisos: [...(known?.avisos ?? []), ...created.avisos]
  }
})

/** Like `createUnlessFound`. An overtaken creation begins again with what is known by then. */
const createOrBeginAgain = (
  ...creation: Parameters<typeof createUnlessFound>
): Effect.Effect<CreatedConsumer, ServiceNowError, CustomerCreations | ServiceNow | Settings> =>
  Effect.catchTag(createUnlessFound(...creation), "Overtaken", () => createOrBeginAgain(...creation))

/**
 * Creates the customer in ServiceNow. The creations of one customer run one after the other, across all processes (SPEC
 * 3.3).
 */
export class ConsumerCreation extends Context.Service<
  ConsumerCreation,
  {
    /** Searches for the customer again first. */
    create(customer: string, consumer: NewConsumer, keys: ConsumerKeys): Effect.Effect<CreatedConsumer, ServiceNowError>
  }
>()("brom-ctx/programs/ConsumerCreation") {
  /** The caller creates the customer when it is its turn: first within this process, and then among all processes. */
  static readonly layer = Layer.effect(
    ConsumerCreation,
    Effect.gen(function* () {
      const context = yield* Effect.context<CustomerCreations | ServiceNow | Settings>()
      const ownership = yield* Ownership
      const { serviceNow } = yield* Settings
      const inTurn = yield* makeKeyedActors((identity) => identity)
      // Each creation has the locks of four identities at most.
      const share = Semaphore.makeUnsafe(serviceNow.concurrency)
      return ConsumerCreation.of({
        create: (customer, consumer, keys) => {
          const identities = identitiesOf(customer, keys).toSorted()
          const created = Effect.flatMap(CurrentLease, (communication) =>
            share.withPermit(
              ownership.holdAll("customer", identities, (lease) =>
                createOrBeginAgain(identities, consumer, keys, lease).pipe(
                  // The doubt already includes how late another process may have sent.
                  Effect.provideService(CurrentLease, { ...bothLeases(communication, lease), validFrom: -Infinity }),
                  Effect.provideContext(context)
                )
              )
            )
          )
          // Take the identities in sorted order, so that creations of two customers who share some never wait for each
          // other.
          return identities.reduceRight((work, identity) => inTurn(identity, () => work), created)
        }
      })
    })
  )
}
