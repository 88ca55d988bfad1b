import { Clock, Effect, Exit, Fiber, Scope, Schedule } from "effect"

import type { ConsumeOptions, Consumer, KafkaStatus } from "../../../services/Kafka.ts"
import type { KafkaSettings } from "../../../services/Settings.ts"
import { makeKeyedScheduler } from "../KeyedScheduler.ts"
import { makeIntake, type Position } from "../PartitionTracker.ts"
import type { Admin } from "./Admin.ts"
import type { MakeClient } from "./client.ts"
import { type MemberState, initialState } from "./MemberState.ts"
import { commitEnded, watchLag, recordsAhead, startPositions, fetchPositions } from "./offsets.ts"
import { session } from "./session.ts"
import { makeComplaint } from "./ThrottledWarning.ts"
import { awaitTopics } from "./topics.ts"

/** Longer than the second between two heart beats: brokers that are there have answered something meanwhile. */
const SILENT = 1200
/** What even brokers that were silent before get for an answer. */
const LEAST = 500
const LOOK = 50

/** Ends when the brokers do not answer any more, and after `most` milliseconds at the latest. */
const untilBrokersSilent = Effect.fnUntraced(function* (state: MemberState, most: number) {
  const begun = yield* Clock.currentTimeMillis
  for (let now = begun; now - begun < most; now = yield* Clock.currentTimeMillis) {
    if (now - begun >= LEAST && now - state.contactAt >= SILENT) return
    yield* Effect.sleep(LOOK)
  }
})

/**
 * A scope whose closing is waited for until `enough` ends: clients of brokers that went away say goodbye for seconds,
 * one after the other, and a shutdown has none of them to spare. What is left of the closing goes on without the caller.
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
/** Without a word of the brokers for that long they count as away. */
const SILENCE = 15_000
/** Milliseconds for the last commit, after the drain, and then for leaving: while the brokers answer. */
const LAST_COMMIT = 5000
const LEAVING = 3000

/** A topic that was just created, or whose broker just came back, has no leader for a moment. */
const leaderless = Schedule.upTo(Schedule.spaced(500), { times: 10 })

/** One member of the group for as long as the scope is open, whatever happens to its sessions. */
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
  const tracker = makeIntake(options, scheduler, { room: () => state.refetch(), ended: () => {} })
  const brokers = kafka.brokers.join(", ")
  /** Any answer is a sign of life, before a session too. */
  const heard: Admin = {
    use: (ask) =>
      Effect.tap(admin.use(ask), () => Effect.sync(() => (state.contactAt = clock.currentTimeMillisUnsafe())))
  }
  /** Anything that is read of these partitions counts from here. */
  const begin = Effect.fnUntraced(function* (positions: ReadonlyArray<Position>) {
    yield* options.onBegin(positions)
    for (const { topic, partition } of positions) state.begun.add(`${topic}/${partition}`)
  })
  const away = makeComplaint(`Kafka brokers ${brokers} do not answer`, `Kafka brokers ${brokers} answer again`)

  const member = Effect.gen(function* () {
    yield* awaitTopics(heard, kafka, required, away, (missing) => (state.missingTopics = missing))
    const surveyed = yield* Effect.retry(fetchPositions(heard, groupId, topics), leaderless)
    const starts = yield* Effect.retry(startPositions(heard, kafka.startAt, surveyed), leaderless)
    const ahead = recordsAhead(surveyed, starts)
    const begins = surveyed.filter(({ topic, partition }) => !starts.has(`${topic}/${partition}`))
    yield* begin(
      begins.map(({ topic, partition, committed, earliest }) => ({ topic, partition, offset: committed ?? earliest }))
    )
    yield* Effect.logInfo(`${ahead} records lie ahead of the group`).pipe(Effect.annotateLogs({ groupId, ahead }))
    return yield* session({ makeClient, admin: heard, groupId, topics, tracker, state, starts, begin })
  }).pipe(Effect.scoped)

  /** Every end of a session is one more beginning: 1 s later, growing to 30 s while they end at once. */
  const members = Effect.gen(function* () {
    let failures = 0
    for (;;) {
      const begun = clock.currentTimeMillisUnsafe()
      const failure = yield* Effect.flip(Effect.sandbox(member))
      tracker.assign({}, false)
      failures = clock.currentTimeMillisUnsafe() - begun > 60_000 ? 1 : failures + 1
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
  yield* Effect.forkIn(watchLag(heard, groupId, topics, tracker, state, away), scope)
  yield* Effect.addFinalizer(() =>
    Effect.gen(function* () {
      state.stopping = true
      // Fetching goes on with nothing to fetch, and so does the heart beat that keeps the partitions ours.
      state.refetch()
      yield* scheduler.stop(options.drain)
      yield* Effect.interruptible(lastCommit)
    })
  )

  const status = Effect.sync((): KafkaStatus => ({
    joined: state.joined,
    connected: clock.currentTimeMillisUnsafe() - state.contactAt < SILENCE,
    missingTopics: state.missingTopics,
    lag: state.lag,
    inFlight: Object.fromEntries(topics.map((topic) => [topic, scheduler.unfinished(topic)]))
  }))
  const refetch = () => state.refetch()
  const consumer: Consumer = {
    status,
    pause: (topic) =>
      Effect.andThen(
        Effect.sync(() => scheduler.hold(topic)),
        Effect.sync(refetch)
      ),
    resume: (topic) =>
      Effect.andThen(
        Effect.sync(() => scheduler.release(topic)),
        Effect.sync(refetch)
      ),
    admitOne: (topic) => scheduler.admitOne(topic, refetch)
  }
  return consumer
})
