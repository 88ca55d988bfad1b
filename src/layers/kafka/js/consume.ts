import { Cause, Clock, Effect, Exit, Fiber, Option, Scope, Schedule } from "effect"

import { monotonicMillis, monotonicNow } from "../../../domain/values/monotonicTime.ts"
import type { ConsumeOptions, Consumer, KafkaStatus } from "../../../services/Kafka.ts"
import type { KafkaSettings } from "../../../services/Settings.ts"
import { makeKeyedScheduler } from "../KeyedScheduler.ts"
import { makePartitionTracker, mostUnfinished, withOldest } from "../PartitionTracker.ts"
import type { Admin, BrokerFailure } from "./Admin.ts"
import { makeBatchReader } from "./BatchReader.ts"
import { longerSession, type MakeClient } from "./client.ts"
import { type MemberState, initialState } from "./MemberState.ts"
import { commitEnded, watchLag, recordsAhead, startPositions, fetchPositions } from "./offsets.ts"
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
    const positions = yield* Effect.retry(fetchPositions(observedAdmin, groupId, topics), leaderless)
    const starts = yield* Effect.retry(startPositions(observedAdmin, kafka.startAt, positions), leaderless)
    const ahead = recordsAhead(positions, starts)
    yield* Effect.logInfo(`${ahead} records lie ahead of the group`).pipe(Effect.annotateLogs({ groupId, ahead }))
    return yield* session({
      makeClient,
      admin: observedAdmin,
      groupId,
      topics,
      tracker,
      state,
      starts,
      onAssigned: options.onAssigned,
      reader,
      most
    })
  }).pipe(Effect.scoped)

  /** Brokers that refuse a session time-out say so, and get a longer one; a dead process's partitions are given up later then. */
  const allowed = Effect.fnUntraced(function* (failure: Cause.Cause<BrokerFailure>) {
    if (Option.getOrUndefined(Cause.findErrorOption(failure))?.code !== "INVALID_SESSION_TIMEOUT") return
    const longer = longerSession(state.sessionTimeout)
    yield* Effect.logWarning(
      `the brokers refuse a session time-out of ${state.sessionTimeout} ms; ${longer} ms from now on: what a dead process had waits for so long`
    )
    state.sessionTimeout = longer
  })

  /** Starts a new session after each end of one: 1 s later, growing to 30 s while they end at once. */
  const members = Effect.gen(function* () {
    let failures = 0
    for (;;) {
      const startedAt = monotonicNow(clock)
      const failure = yield* Effect.flip(Effect.sandbox(member))
      tracker.assign({}, false)
      yield* allowed(failure)
      failures = monotonicNow(clock) - startedAt > 60_000 ? 1 : failures + 1
      const wait = Math.min(30_000, 500 * 2 ** failures)
      yield* Effect.logWarning(`the Kafka consumer is built anew in ${wait} ms`, failure)
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
    joined: state.joined && monotonicNow(clock) - state.heardAt < state.sessionTimeout,
    connected: monotonicNow(clock) - state.contactAt < SILENCE,
    missingTopics: state.missingTopics,
    lag: state.lag.map(withOldest(tracker)),
    inFlight: Object.fromEntries(topics.map((topic) => [topic, scheduler.unfinished(topic)]))
  }))
  const consumer: Consumer = { status }
  return consumer
})
