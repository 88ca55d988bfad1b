import { Cause, Clock, Effect, Exit, Fiber, Option, Scope, Schedule } from "effect"

import { monotonicMillis, monotonicNow } from "../../../domain/values/monotonicTime.ts"
import type { ConsumeOptions, Consumer, KafkaStatus } from "../../../services/Kafka.ts"
import type { KafkaSettings } from "../../../services/Settings.ts"
import { makeKeyedScheduler } from "../KeyedScheduler.ts"
import { makePartitionTracker, mostUnfinished, withOldest } from "../PartitionTracker.ts"
import type { Admin, BrokerFailure } from "./Admin.ts"
import { makeBatchReader } from "./BatchReader.ts"
import { longerSession, type MakeClient } from "./client.ts"
import { type MemberState, initialState, isHeldUp } from "./MemberState.ts"
import { commitEnded, fetchSomePositions, noteUnreached, recordsAhead, startPositions, watchLag } from "./offsets.ts"
import { unreachedText } from "./ranges.ts"
import { session } from "./session.ts"
import { makeThrottledWarning } from "./ThrottledWarning.ts"
import { awaitTopics } from "./topics.ts"

/** Longer than the second between two heartbeats: available brokers have answered something in that time. */
const SILENT = 1200
/** Milliseconds that even brokers that were already silent get for an answer. */
const MIN_WAIT = 500
const POLL_INTERVAL = 50

/** Returns when the brokers no longer answer, and after `maxWait` milliseconds at the latest. */
const untilBrokersSilent = Effect.fnUntraced(function* (state: MemberState, maxWait: number) {
  const startedAt = yield* monotonicMillis
  for (let now = startedAt; now - startedAt < maxWait; now = yield* monotonicMillis) {
    if (now - startedAt >= MIN_WAIT && now - state.contactAt >= SILENT) return
    yield* Effect.sleep(POLL_INTERVAL)
  }
})

/**
 * Makes a scope whose closing waits only until `enough` ends. Clients of unavailable brokers take seconds to
 * disconnect, one after the other, and a shutdown has no seconds to spare. The rest of the closing continues without
 * the caller.
 */
export const scopeUntil = Effect.fnUntraced(function* (
  enough: Effect.Effect<unknown>
): Effect.fn.Return<Scope.Scope, never, Scope.Scope> {
  const scope = yield* Scope.make("parallel")
  yield* Effect.addFinalizer(() =>
    Effect.flatMap(Effect.forkDetach(Scope.close(scope, Exit.void), { startImmediately: true }), (closing) =>
      Effect.raceFirst(Fiber.await(closing), enough)
    )
  )
  return scope
})

const messageOf = (failure: Cause.Cause<BrokerFailure>): string => {
  const error = Cause.squash(failure)
  return error instanceof Error ? error.message : String(error)
}

const troubleOf = ({ failure, unreached }: MemberState): string =>
  [
    ...(failure === undefined ? [] : [`the last attempt failed: ${failure}`]),
    ...(unreached.length === 0 ? [] : [`partitions wait for their leader: ${unreachedText(unreached)}`])
  ].join("; ")

const COMMIT_EVERY = 500
/** Milliseconds without any answer after which the brokers count as unavailable. */
const SILENCE = 15_000
/** Milliseconds for the last commit, after the drain, and then for leaving, while the brokers answer. */
const LAST_COMMIT = 5000
const LEAVING = 3000

/** A topic that was just created, or whose broker just came back, has no leader for a moment. */
const leaderless = Schedule.upTo(Schedule.spaced(500), { times: 10 })

/** Keeps one member of the group running for as long as the scope is open, whatever happens to its sessions. */
export const consumeKafkaJs = Effect.fnUntraced(function* (
  makeClient: MakeClient,
  admin: Admin,
  kafka: KafkaSettings,
  required: ReadonlyArray<string>,
  options: ConsumeOptions
) {
  const { groupId } = kafka
  const { topics } = options
  const clock = yield* Clock.Clock
  const state = initialState()
  const scheduler = yield* makeKeyedScheduler(options.maxInFlight, options.startPermits)
  const tracker = makePartitionTracker(options, scheduler, { room: () => state.refetch(), ended: () => {} })
  const reader = makeBatchReader(kafka.maxBatch)
  const most = mostUnfinished(options.maxInFlight)
  const brokers = kafka.brokers.join(", ")
  /** Counts any answer as a sign of life, even before a session. */
  const observedAdmin: Admin = {
    use: (request) => Effect.tap(admin.use(request), () => Effect.sync(() => (state.contactAt = monotonicNow(clock))))
  }
  const outage = makeThrottledWarning(`Kafka brokers ${brokers} do not answer`, `Kafka brokers ${brokers} answer again`)

  const member = Effect.gen(function* () {
    yield* awaitTopics(observedAdmin, kafka, required, outage, (missing) => (state.missingTopics = missing))
    const survey = fetchSomePositions(observedAdmin, groupId, topics).pipe(
      Effect.retry(leaderless),
      Effect.repeat({ schedule: Schedule.spaced(500), until: ({ unreached }) => unreached.length === 0, times: 3 })
    )
    const surveyed = yield* survey
    yield* noteUnreached(state, surveyed.unreached)
    const starts = yield* Effect.retry(startPositions(observedAdmin, kafka.startAt, surveyed), leaderless)
    const ahead = recordsAhead(surveyed.positions, starts)
    yield* Effect.logInfo(`${ahead} records to read before the group is caught up`).pipe(
      Effect.annotateLogs({ groupId, ahead })
    )
    return yield* session({
      makeClient,
      admin: observedAdmin,
      groupId,
      topics,
      tracker,
      state,
      startAt: kafka.startAt,
      starts,
      onAssigned: options.onAssigned,
      reader,
      most
    })
  }).pipe(Effect.scoped)

  /**
   * Uses a longer session time-out if the brokers have refused this one. A dead process's partitions are then given up
   * later.
   */
  const allowed = Effect.fnUntraced(function* (failure: Cause.Cause<BrokerFailure>) {
    if (Option.getOrUndefined(Cause.findErrorOption(failure))?.code !== "INVALID_SESSION_TIMEOUT") return
    const longer = longerSession(state.sessionTimeout)
    yield* Effect.logWarning(
      `brokers refuse a session timeout of ${state.sessionTimeout} ms, using ${longer} ms: partitions of a crashed process stay idle for that long`
    )
    state.sessionTimeout = longer
  })

  /** Starts a new session when one has ended: after 1 s, growing to 30 s while sessions end at once. */
  const members = Effect.gen(function* () {
    let failures = 0
    for (;;) {
      const startedAt = monotonicNow(clock)
      const failure = yield* Effect.flip(Effect.sandbox(member))
      tracker.assign({}, false)
      state.failure = messageOf(failure)
      yield* allowed(failure)
      failures = monotonicNow(clock) - startedAt > 60_000 ? 1 : failures + 1
      const wait = Math.min(30_000, 500 * 2 ** failures)
      yield* Effect.logWarning(`rebuilding the Kafka consumer in ${wait} ms`, failure)
      yield* Effect.sleep(wait)
    }
  })

  const commits = commitEnded(tracker, state).pipe(Effect.delay(COMMIT_EVERY), Effect.forever)

  const lastCommit = commitEnded(tracker, state).pipe(
    Effect.tap((done) => (done ? Effect.void : Effect.sleep(100))),
    Effect.repeat({ until: (done) => done }),
    Effect.raceFirst(untilBrokersSilent(state, LAST_COMMIT))
  )

  const scope = yield* scopeUntil(untilBrokersSilent(state, LEAVING))
  yield* Effect.forkIn(members, scope)
  yield* Effect.forkIn(commits, scope)
  yield* Effect.forkIn(watchLag(observedAdmin, groupId, topics, tracker, state, outage), scope)
  yield* Effect.addFinalizer(() =>
    Effect.gen(function* () {
      state.stopping = true
      // Fetching continues with nothing to fetch, and so do the heartbeats that keep the partitions ours.
      state.refetch()
      yield* scheduler.stop(options.drain)
      yield* Effect.interruptible(lastCommit)
    })
  )

  const status = Effect.sync((): KafkaStatus => ({
    // A silent group may have given the partitions to others.
    joined:
      state.joined && monotonicNow(clock) - state.heardAt < state.sessionTimeout && !isHeldUp(state, tracker.owned()),
    connected: monotonicNow(clock) - state.contactAt < SILENCE,
    missingTopics: state.missingTopics,
    assigned: tracker.owned(),
    trouble: troubleOf(state),
    unreached: state.unreached.reduce((sum, { partitions }) => sum + partitions.length, 0),
    lag: state.lag.map(withOldest(tracker)),
    inFlight: Object.fromEntries(topics.map((topic) => [topic, scheduler.unfinished(topic)]))
  }))
  const consumer: Consumer = { status }
  return consumer
})
