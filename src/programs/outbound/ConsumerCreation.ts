import { Clock, Context, Effect, Latch, Layer, Semaphore } from "effect"

import type { ConsumerOrigin } from "../../domain/communication/Fact.ts"
import { consumerWays } from "../../domain/outbound/chooseConsumer.ts"
import { type ConsumerKeys, identitiesOf, type NewConsumer } from "../../domain/outbound/consumer.ts"
import { monotonicMillis } from "../../domain/values/monotonicTime.ts"
import { setNewest } from "../../domain/values/setNewest.ts"
import { isFinal } from "../../domain/vendor/failure.ts"
import { HeldBack, NotConnected } from "../../domain/vendor/failureReasons.ts"
import { sendsFor } from "../../domain/vendor/retryDelay.ts"
import { CallDeadline } from "../../services/Breakers.ts"
import { type CustomerCreation, CustomerCreations } from "../../services/CustomerCreations.ts"
import { bothLeases, CurrentLease, type Lease, Ownership } from "../../services/Ownership.ts"
import { Settings } from "../../services/Settings.ts"
import { makeKeyedActors } from "../runtime/KeyedActors.ts"
import { isDuplicateError, ServiceNowError } from "../vendor/ServiceNowError.ts"
import { Consumers } from "./Consumers.ts"

interface CreatedConsumer {
  readonly sysId: string
  readonly origem: ConsumerOrigin
  readonly avisos: ReadonlyArray<string>
}

/** Nothing was created, because the customer may exist although the search has not shown it (SPEC 3.5). */
interface NotCreated {
  readonly sysId: undefined
  readonly avisos: ReadonlyArray<string>
}

/**
 * Another process was faster with one of the identities. What is known of this customer is outdated, and nothing was
 * sent.
 */
interface Overtaken {
  readonly _tag: "Overtaken"
}

/** Maximum number of rows that a process remembers. For a forgotten one, only the row in the database counts. */
const mostRemembered = 10_000

const keyOf = (identity: string, begunAt: number) => `${begunAt} ${identity}`

/**
 * The latest time at which the request of a creation was sent, by its rows, in monotonic milliseconds. A process
 * remembers it for its own creations and for those of other processes that it has reckoned, because the wall clock may
 * be set meanwhile.
 */
class SentUntil {
  private readonly known = new Map<string, number>()

  set(identities: ReadonlyArray<string>, begunAt: number, sentUntil: number): void {
    for (const identity of identities) setNewest(this.known, keyOf(identity, begunAt), sentUntil, mostRemembered)
  }

  forget(identities: ReadonlyArray<string>, begunAt: number): void {
    for (const identity of identities) this.known.delete(keyOf(identity, begunAt))
  }

  /** `undefined` if the row is not remembered. */
  of({ begunAt, identity }: CustomerCreation): number | undefined {
    return this.known.get(keyOf(identity, begunAt))
  }
}

/**
 * Returns what is known of these identities. `doubt` says when the requests of creations without an outcome were sent
 * at the latest, and is absent if there are none. For another process's creation that time is stored, so that no later
 * process postpones it.
 */
const knownOf = Effect.fnUntraced(function* (
  identities: ReadonlyArray<string>,
  { validFrom }: Lease,
  remembered: SentUntil
) {
  const creations = yield* CustomerCreations
  const { serviceNow, tcpOrphanTimeout } = yield* Settings
  const seen = yield* creations.find(identities)
  const doubtful = seen.filter(({ sysId }) => sysId === undefined)
  if (doubtful.length === 0) return { seen }
  const foreign = doubtful.filter((row) => remembered.of(row) === undefined)
  const sends = sendsFor(serviceNow.timeout, tcpOrphanTimeout)
  const unreckoned = foreign.filter(({ sentUntil }) => sentUntil === undefined)
  const begunAt = Math.max(...unreckoned.map((row) => row.begunAt))
  // No intent was made later than now, whatever the clock of its process said.
  const now = yield* Clock.currentTimeMillis
  const sinceNow = (yield* monotonicMillis) - now
  const sentUntil = Math.ceil(Math.max(validFrom - sinceNow, Math.min(begunAt, now)) + sends)
  if (unreckoned.length > 0) yield* creations.reckon(unreckoned, sentUntil)
  const latest = validFrom === -Infinity ? Infinity : validFrom + sends
  for (const row of foreign) {
    const until = (row.sentUntil ?? sentUntil) + sinceNow
    remembered.set([row.identity], row.begunAt, row.sentUntil === undefined ? until : Math.min(until, latest))
  }
  const reckoned = doubtful.map((row) =>
    row.sentUntil === undefined && unreckoned.includes(row) ? { ...row, sentUntil } : row
  )
  return {
    seen: [...seen.filter(({ sysId }) => sysId !== undefined), ...reckoned],
    doubt: {
      begunAt: Math.max(...doubtful.map((row) => row.begunAt)),
      since: Math.max(...doubtful.map((row) => remembered.of(row) ?? -Infinity))
    }
  }
})

/**
 * Creates the customer, whom the caller has not found. Searches again only if a row says that somebody may have created
 * the customer meanwhile. An earlier creation is in doubt for as long as its customer may still appear (SPEC 4.3).
 */
const createUnlessFound = Effect.fnUntraced(function* (
  identities: ReadonlyArray<string>,
  consumer: NewConsumer,
  keys: ConsumerKeys,
  lease: Lease,
  remembered: SentUntil
) {
  const consumers = yield* Consumers
  const creations = yield* CustomerCreations
  const { timeout } = (yield* Settings).serviceNow
  const { doubt, ...rows } = yield* knownOf(identities, lease, remembered)
  let { seen } = rows
  let begunAt: number | undefined
  // Search only after reading the rows, so that the search includes what they record.
  const known = doubt === undefined && seen.length > 0 ? yield* consumers.findConsumer(keys) : undefined
  if (known?.found !== undefined) return { ...known.found, avisos: known.avisos }
  if (known?.unseen !== undefined) return { sysId: undefined, avisos: known.avisos }
  const begin = Effect.gen(function* () {
    const at = yield* Clock.currentTimeMillis
    // Remembered before the rows are written, because they may be durable even if the call is interrupted.
    remembered.set(identities, at, -Infinity)
    if (!(yield* creations.begin(identities, at, seen))) {
      remembered.forget(identities, at)
      return yield* Effect.fail<Overtaken>({ _tag: "Overtaken" })
    }
    seen = identities.map((identity) => ({ identity, begunAt: at }))
    begunAt = at
  })
  const created = yield* consumers
    .createConsumer({
      consumer,
      keys,
      ...(doubt !== undefined && { inDoubtSince: doubt.since }),
      beforePost: begin,
      afterPost: (sentUntil) => {
        if (begunAt !== undefined) remembered.set(identities, begunAt, sentUntil)
      }
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

/**
 * Finds the customer whom somebody else has created, after the instance has refused a second one. Fails with `error` if
 * none is shown.
 */
const findCreated = Effect.fnUntraced(function* (keys: ConsumerKeys, error: ServiceNowError) {
  const consumers = yield* Consumers
  // By each value alone: the query of all values has not shown this customer.
  const { avisos, found } = yield* consumers.findConsumer(keys, { blind: consumerWays, controls: new Map() })
  return found === undefined ? yield* error : { ...found, avisos }
})

/** Like `createUnlessFound`. An overtaken creation begins again with what is known by then. */
const createOrBeginAgain = (
  ...creation: Parameters<typeof createUnlessFound>
): Effect.Effect<CreatedConsumer | NotCreated, ServiceNowError, Consumers | CustomerCreations | Settings> => {
  const [, , keys] = creation
  return createUnlessFound(...creation).pipe(
    Effect.catchIf(isDuplicateError, (error) => findCreated(keys, error)),
    Effect.catchTag("Overtaken", () => createOrBeginAgain(...creation))
  )
}

const waitedTooLong = new ServiceNowError({
  operation: "createConsumer",
  reason: new HeldBack({ reason: new NotConnected({ detail: "waited for another creation of the customer" }) }),
  attempts: 0
})

/** Fails at the deadline if the creation still waits, or when it waits again because its locks were lost. */
const untilDeadline = Effect.fnUntraced(function* (
  deadline: number,
  waiting: Latch.Latch
): Effect.fn.Return<never, ServiceNowError> {
  yield* Effect.sleep(Math.max(0, deadline - (yield* Clock.currentTimeMillis)))
  yield* waiting.await
  return yield* waitedTooLong
})

/**
 * Creates the customer in ServiceNow. The creations of one customer run one after the other, across all processes (SPEC
 * 3.3).
 */
export class ConsumerCreation extends Context.Service<
  ConsumerCreation,
  {
    /**
     * Creates a customer whom a search has just not found. It searches once more if somebody else may have created the
     * customer since, and does not wait for other creations beyond `CallDeadline`.
     */
    create(
      customer: string,
      consumer: NewConsumer,
      keys: ConsumerKeys
    ): Effect.Effect<CreatedConsumer | NotCreated, ServiceNowError>
  }
>()("brom-ctx/programs/ConsumerCreation") {
  /** The caller creates the customer when it is its turn: first within this process, and then among all processes. */
  static readonly layer = Layer.effect(
    ConsumerCreation,
    Effect.gen(function* () {
      const context = yield* Effect.context<Consumers | CustomerCreations | Settings>()
      const remembered = new SentUntil()
      const ownership = yield* Ownership
      const { serviceNow } = yield* Settings
      const inTurn = yield* makeKeyedActors((identity) => identity)
      // Each creation has the locks of four identities at most.
      const share = Semaphore.makeUnsafe(serviceNow.concurrency)
      return ConsumerCreation.of({
        create: (customer, consumer, keys) => {
          const identities = identitiesOf(customer, keys).toSorted()
          const waiting = Latch.makeUnsafe(true)
          const created = Effect.flatMap(CurrentLease, (communication) =>
            share.withPermit(
              ownership.holdAll("customer", identities, (lease) =>
                Effect.andThen(
                  waiting.close,
                  createOrBeginAgain(identities, consumer, keys, lease, remembered).pipe(
                    Effect.provideService(CurrentLease, bothLeases(communication, lease)),
                    Effect.provideContext(context),
                    Effect.onInterrupt(() => waiting.open)
                  )
                )
              )
            )
          )
          // Take the identities in sorted order, so that creations of two customers who share some never wait for each
          // other.
          const inTurns = identities.reduceRight((work, identity) => inTurn(identity, () => work), created)
          return Effect.flatMap(CallDeadline, (deadline) =>
            Number.isFinite(deadline) ? Effect.raceFirst(inTurns, untilDeadline(deadline, waiting)) : inTurns
          )
        }
      })
    })
  )
}
