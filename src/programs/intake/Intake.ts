import { Clock, Context, Effect, Exit, Layer, Schedule, Scope } from "effect"

import type { CommunicationIndex } from "../../services/CommunicationIndex.ts"
import { Journeys } from "../../services/Journeys.ts"
import { Kafka, type KafkaStatus, type Work } from "../../services/Kafka.ts"
import { Ledger } from "../../services/Ledger.ts"
import { Ownership } from "../../services/Ownership.ts"
import type { ParkedEvents } from "../../services/ParkedEvents.ts"
import { Settings } from "../../services/Settings.ts"
import type { Tallies } from "../../services/Tallies.ts"
import { Communications } from "../actors/Communications.ts"
import { HourlyLog, makeHourlyLog } from "../runtime/hourlyLog.ts"
import { catchNonInterrupt, retryLogged } from "../runtime/retryOnDefect.ts"
import { contextWithCapacity, withScheduling } from "../runtime/runtimeContext.ts"
import { CaseLookup } from "./CaseLookup.ts"
import { inboundRecord } from "./inboundRecord.ts"
import { makeOlderRecords } from "./OlderRecords.ts"
import { outboundRecord } from "./outboundRecord.ts"
import { recogniseLog } from "./recogniseLog.ts"
import { olderRecord } from "./skipRecord.ts"
import type { WaitingRecords } from "./WaitingRecords.ts"

/**
 * How many orders may wait for their first call. Each ServiceNow slot that becomes free then finds a waiting order,
 * even while some orders are still on their way or, by their journal, need no call.
 */
const startPermits = (slots: number) => Math.max(16, slots)

/**
 * Milliseconds without a lock session after which this process gives its partitions to others, because it can work on
 * nothing.
 */
const lostAfter = 10_000

/** Half a second at first, at most half a minute. */
const untilJoined = Schedule.min([Schedule.exponential("500 millis"), Schedule.spaced("30 seconds")]).pipe(
  Schedule.jittered
)

/** The status of a process that has left the group. */
const absent = (last: KafkaStatus): KafkaStatus => ({ ...last, joined: false, lag: [], inFlight: {} })

/** Consumes our two topics with one consumer at a time, which the layer runs (DESIGN "Kafka intake"). */
export class Intake extends Context.Service<Intake, { readonly status: Effect.Effect<KafkaStatus> }>()(
  "brom-ctx/programs/Intake"
) {
  static readonly layer = Layer.effect(
    Intake,
    Effect.gen(function* () {
      const kafka = yield* Kafka
      const ledger = yield* Ledger
      const ownership = yield* Ownership
      const { maxInFlight, serviceNow, shutdownGrace, topics, weni } = yield* Settings
      const services = yield* Effect.context<
        | CaseLookup
        | CommunicationIndex
        | Communications
        | Journeys
        | Kafka
        | Ledger
        | ParkedEvents
        | Settings
        | Tallies
        | WaitingRecords
      >()
      const context = contextWithCapacity(Context.add(services, HourlyLog, yield* makeHourlyLog))
      const older = makeOlderRecords()
      const clock = yield* Clock.Clock
      let lost = false
      const consume = Effect.gen(function* () {
        return yield* kafka.consume({
          topics: [topics.in, topics.inbound],
          maxInFlight,
          startPermits: startPermits(serviceNow.concurrency),
          get drain() {
            // Without a lock session the work in flight cannot end. Otherwise the rest of the grace period is for the
            // attempts that are then under way (SPEC 9.4).
            return lost ? 0 : Math.max(0, shutdownGrace - weni.timeout - 6000)
          },
          onAssigned: (partition, commit) => Effect.provideContext(recogniseLog(older)(partition, commit), context),
          onGap: (gap) => ledger.passOver(gap),
          receive: (record): Work => {
            const work = older.has(record)
              ? olderRecord(record)
              : record.topic === topics.inbound
                ? inboundRecord(record, clock.currentTimeMillisUnsafe())
                : outboundRecord(record)
            const run = Effect.withFiber((fiber) => Effect.setContext(work.run, withScheduling(context, fiber)))
            return { ...work, run }
          }
        })
      })

      const scope = yield* Effect.scope
      const join = Effect.gen(function* () {
        const membership = yield* Scope.fork(scope)
        const close = Scope.close(membership, Exit.void)
        const { status } = yield* Effect.onError(Scope.provide(consume, membership), () => close)
        return { close, status }
      })
      let membership = yield* join
      let status = membership.status
      /** Leaves the group when this process cannot own anything, and joins it again when it can. */
      const stayUseful = Effect.gen(function* () {
        yield* ownership.awaitLoss(lostAfter)
        yield* Effect.logWarning("no lock session for 10 s, leaving the consumer group")
        const last = yield* status
        status = Effect.succeed(absent(last))
        lost = true
        yield* membership.close.pipe(
          catchNonInterrupt((cause) => Effect.logError("leaving the consumer group failed, rejoining it", cause))
        )
        yield* ownership.awaitSession
        lost = false
        yield* Effect.logInfo("lock session is back, joining the consumer group")
        membership = yield* join.pipe(
          retryLogged("joining the consumer group failed, retrying", untilJoined),
          Effect.catch(() => Effect.interrupt)
        )
        status = membership.status
      })
      yield* Effect.forkScoped(Effect.forever(stayUseful))
      return Intake.of({ status: Effect.suspend(() => status) })
    })
  )
}
