import { Effect, Layer, Metric, Schedule, Semaphore } from "effect"

import { fold } from "../../domain/communication/State.ts"
import { consumerWays, type ConsumerWay } from "../../domain/outbound/chooseConsumer.ts"
import { type ConsumerKeys, identifyCustomer } from "../../domain/outbound/consumer.ts"
import { type ConsumerSight, type KnownConsumer, waysOf } from "../../domain/outbound/knownConsumer.ts"
import { customerOf } from "../../domain/outbound/Outbound.ts"
import { monotonicMillis } from "../../domain/values/monotonicTime.ts"
import { CommunicationIndex } from "../../services/CommunicationIndex.ts"
import { Journal } from "../../services/Journal.ts"
import { Journeys } from "../../services/Journeys.ts"
import { gauges } from "../../telemetry/metrics.ts"
import { catchNonInterrupt } from "../runtime/retryOnDefect.ts"
import { Consumers, type ConsumerToCreate } from "./Consumers.ts"

/** How many consumers are remembered for each way. A single one may have been deleted or changed by people. */
const remembered = 3

/** How many of the newest communications are read for a consumer from before the start. */
const mostSearched = 50

/** Milliseconds after the start until the first check. An order that needs it does not wait that long. */
const startPause = 60_000

/** Milliseconds for which a check counts. */
const checkedFor = 3_600_000

/** Milliseconds until the next check after one that the instance did not answer. */
const unansweredFor = 60_000

/** The consumers that this process knows of, by the ways that must show them, the newest first. */
class KnownConsumers {
  private readonly byWay = new Map<ConsumerWay, ReadonlyArray<KnownConsumer>>()

  of(way: ConsumerWay): ReadonlyArray<KnownConsumer> {
    return this.byWay.get(way) ?? []
  }

  add(known: KnownConsumer): void {
    for (const way of known.ways) this.byWay.set(way, [known, ...this.others(way, known)].slice(0, remembered))
  }

  /** Adds one behind all others, for consumers from before the start. */
  addLast(known: KnownConsumer): void {
    for (const way of known.ways) this.byWay.set(way, [...this.others(way, known), known].slice(0, remembered))
  }

  remove(way: ConsumerWay, known: KnownConsumer): void {
    this.byWay.set(way, this.others(way, known))
  }

  /** True if each of these ways must show a consumer that is known. */
  hasAll(ways: Iterable<ConsumerWay>): boolean {
    return [...ways].every((way) => this.of(way).length > 0)
  }

  /** The newest one for each way. */
  newest(): ReadonlyMap<ConsumerWay, KnownConsumer> {
    return new Map([...this.byWay].flatMap(([way, [first]]) => (first === undefined ? [] : [[way, first] as const])))
  }

  private others(way: ConsumerWay, { sysId }: KnownConsumer) {
    return this.of(way).filter((known) => known.sysId !== sysId)
  }
}

/** Part of the warning about fields that the instance did not store (SPEC 4.5). */
const notStored = "campos não gravados"

/** The consumer of a communication. `undefined` if no search must show it. */
const consumerOf = Effect.fnUntraced(
  function* (id: string) {
    const journal = yield* Journal
    const { accepted, consumer } = fold(yield* journal.load(id))
    if (accepted === undefined || consumer === undefined || consumer.origem === "generico") return undefined
    const journey = (yield* Journeys).find(accepted.order.cod_jornada)
    if (journey === undefined) return undefined
    const { keys } = identifyCustomer(customerOf(accepted.order), journey.placeholders)
    const { document, email, phone } = keys
    const found = {
      cpf_cnpj: document === undefined ? [] : ["document" as const],
      email: email === undefined ? [] : ["email" as const],
      telefone: phone === undefined ? [] : ["digits" as const],
      criado: consumer.avisos.some((aviso) => aviso.includes(notStored)) ? [] : waysOf(keys)
    }
    return { sysId: consumer.sysId, keys, ways: found[consumer.origem] }
  },
  Effect.catchTag("UnknownFact", () => Effect.undefined),
  // A communication that cannot be read does not affect others (SPEC 9.5).
  catchNonInterrupt(() => Effect.undefined)
)

const make = Effect.gen(function* () {
  const consumers = yield* Consumers
  const communicationIndex = yield* CommunicationIndex
  const context = yield* Effect.context<Journal | Journeys>()
  const known = new KnownConsumers()
  const blind = new Set<ConsumerWay>()
  const turn = Semaphore.makeUnsafe(1)
  let isLoaded = false
  let nextCheckAt = -Infinity

  const sight = (): ConsumerSight => ({ blind: new Set(blind), controls: known.newest() })
  const remember = (consumer: KnownConsumer | undefined) => {
    if (consumer !== undefined) known.add(consumer)
  }

  const setBlind = Effect.fnUntraced(function* (way: ConsumerWay, is: boolean) {
    if (blind.has(way) === is) return
    if (is) blind.add(way)
    else blind.delete(way)
    yield* Metric.update(Metric.withAttributes(gauges.consumerSearchBlind, { way }), is ? 1 : 0)
    yield* is
      ? Effect.logError(`ServiceNow does not show a known consumer by ${way}: new customers have the generic consumer`)
      : Effect.logInfo(`ServiceNow shows a known consumer by ${way} again`)
  })

  /** Queries known consumers by one way until one is shown. Returns false if the instance does not answer. */
  const checkWay = Effect.fnUntraced(
    function* (way: ConsumerWay) {
      let missed = false
      for (const consumer of known.of(way)) {
        const answer = yield* consumers.probeConsumer(consumer, way)
        if (answer === "shown") {
          yield* setBlind(way, false)
          return true
        }
        if (answer === "missed") missed = true
        else known.remove(way, consumer)
      }
      if (missed) yield* setBlind(way, true)
      return true
    },
    Effect.catchTag("ServiceNowError", (error) =>
      Effect.as(Effect.logWarning(`known consumers not checked: ${error.message}`), false)
    )
  )

  /** Reads the newest communications, for consumers from before the start. */
  const loadKnown = Effect.gen(function* () {
    const newest = yield* communicationIndex.newestCases(mostSearched)
    const consumers = yield* Effect.forEach(newest, ({ id }) => consumerOf(id), { concurrency: mostSearched })
    for (const consumer of consumers) if (consumer !== undefined) known.addLast(consumer)
    isLoaded = true
    nextCheckAt = -Infinity
  }).pipe(Effect.provideContext(context))

  const check = (ways: Iterable<ConsumerWay>) =>
    Effect.map(Effect.forEach(ways, checkWay), (answers) => answers.every(Boolean))

  /**
   * Checks every way, unless that was done within the hour. Reads the journal once, if for one of the `needed` ways
   * this process knows no consumer.
   */
  const checkHourly = Effect.fnUntraced(function* (needed: Iterable<ConsumerWay>) {
    if (!isLoaded && !known.hasAll(needed)) yield* loadKnown
    const now = yield* monotonicMillis
    if (now < nextCheckAt) return
    nextCheckAt = now + ((yield* check(consumerWays)) ? checkedFor : unansweredFor)
  })

  const findConsumer = Effect.fnUntraced(function* (keys: ConsumerKeys, given?: ConsumerSight) {
    const first = yield* consumers.findConsumer(keys, given ?? sight())
    if (first.found !== undefined || given !== undefined) {
      remember(first.known)
      return first
    }
    const before = new Set(blind)
    const ways = waysOf(keys)
    yield* turn.withPermit(Effect.andThen(checkHourly(ways), first.missed === undefined ? Effect.void : check(ways)))
    if (ways.every((way) => blind.has(way) === before.has(way))) return first
    const second = yield* consumers.findConsumer(keys, sight())
    remember(second.known)
    return second
  })

  const createConsumer = <E>(input: ConsumerToCreate<E>) =>
    Effect.suspend(() => consumers.createConsumer({ ...input, sight: sight() })).pipe(
      Effect.tap((created) => Effect.sync(() => remember(created.known)))
    )

  const round = Effect.suspend(() => turn.withPermit(Effect.andThen(checkHourly([]), check([...blind]))))
  const start = Effect.gen(function* () {
    yield* Effect.sleep(startPause)
    // A process that has found somebody itself has just seen that the search works.
    if (known.newest().size === 0) return yield* turn.withPermit(checkHourly(consumerWays))
    nextCheckAt = Math.max(nextCheckAt, (yield* monotonicMillis) + checkedFor - startPause)
  })
  for (const way of consumerWays) yield* Metric.update(Metric.withAttributes(gauges.consumerSearchBlind, { way }), 0)
  const logged = catchNonInterrupt((cause) => Effect.logError("check of known consumers failed, retrying", cause))
  yield* logged(start).pipe(
    Effect.andThen(Effect.repeat(Effect.delay(logged(round), "5 minutes"), Schedule.forever)),
    Effect.withTracerEnabled(false),
    Effect.forkScoped
  )
  return Consumers.of({ ...consumers, findConsumer, createConsumer })
})

/**
 * `Consumers` whose search is watched. Each way of it must show a consumer that is known to exist. If a way does not,
 * its result is never a reason to create a consumer (SPEC 3.5).
 */
export const WatchedConsumers = Layer.effect(Consumers, make)
