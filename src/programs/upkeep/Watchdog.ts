import { Effect, Layer, Metric, Schedule } from "effect"

import { inGeneration } from "../../domain/record/Origin.ts"
import { monotonicMillis } from "../../domain/values/monotonicTime.ts"
import { gauges } from "../../telemetry/metrics.ts"
import { annotation } from "../../telemetry/names.ts"
import { catchNonInterrupt } from "../runtime/retryOnDefect.ts"
import { type Audit, audit, type AuditedEarlierLog, type AuditedPartition, findStalled } from "./audit.ts"
import { Rounds, loopLimit } from "./Rounds.ts"

/** Milliseconds until a finding that persists is logged again. */
const AGAIN = 3_600_000

/** Returns the findings that are new or were last logged an hour ago. Forgets those that no longer persist. */
const makeReminder = () => {
  let loggedAt = new Map<string, number>()
  return (now: number, findings: ReadonlyArray<string>): ReadonlyArray<string> => {
    const due = findings.filter((finding) => now - (loggedAt.get(finding) ?? Number.NEGATIVE_INFINITY) >= AGAIN)
    loggedAt = new Map(
      findings.map((finding) => [finding, due.includes(finding) ? now : (loggedAt.get(finding) ?? now)])
    )
    return due
  }
}

/** Formats the offsets, such as `11, 14-15`, and how many more there are. */
const offsetsText = ({ missing = [], unaccounted }: AuditedPartition | AuditedEarlierLog): string => {
  const named = missing.reduce((sum, { first, last }) => sum + last - first + 1, 0)
  const texts = missing.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`))
  return [...texts, ...(named < unaccounted ? [`and ${unaccounted - named} more`] : [])].join(", ")
}

/** The unaccounted offsets of a partition's logs, as they are logged. */
const lossesOf = (partition: AuditedPartition) => {
  const { earliest, topic } = partition
  return [partition, ...(partition.earlier ?? [])].flatMap((log) => {
    const { unaccounted } = log
    const committed = "next" in log ? log.next : log.committed
    const place = { topic, partition: partition.partition, ...inGeneration(log.generation) }
    return unaccounted > 0 ? [{ ...place, offsets: offsetsText(log), unaccounted, committed, earliest }] : []
  })
}

/** Counts the unaccounted records. A partition whose leader does not answer counts as at the last audit. */
const makeCounter = () => {
  let counts = new Map<string, number>()
  return ({ topics, unreached = [] }: Audit): number => {
    const sum = (all: Iterable<number>) => [...all].reduce((one, other) => one + other, 0)
    const counted = topics.map((it): [string, number] => [
      `${it.topic}/${it.partition}`,
      sum(lossesOf(it).map(({ unaccounted }) => unaccounted))
    ])
    const kept = unreached.flatMap(({ partitions, topic }) =>
      partitions.map((partition): [string, number] => {
        const key = `${topic}/${partition}`
        return [key, counts.get(key) ?? 0]
      })
    )
    counts = new Map([...counted, ...kept])
    return sum(counts.values())
  }
}

/** Sets `ctx_unaccounted` and logs the records that have no ending. */
const watchRecords = (isNews: ReturnType<typeof makeReminder>, count: ReturnType<typeof makeCounter>) =>
  Effect.gen(function* () {
    const audited = yield* audit()
    const { topics } = audited
    yield* Metric.update(gauges.unaccounted, count(audited))
    const losses = topics.flatMap(lossesOf)
    const keyOf = (it: (typeof losses)[number]) => `${it.topic}/${it.partition}~${it.generation ?? 1}: ${it.offsets}`
    const news = isNews(yield* monotonicMillis, losses.map(keyOf))
    for (const loss of losses.filter((it) => news.includes(keyOf(it)))) {
      yield* Effect.logWarning("records below the committed offset have no ending").pipe(Effect.annotateLogs(loss))
    }
  })

/** Logs an error for each communication or loop that was already stalled at the previous check. */
const makeStallReporter = (message: string, name: string = annotation.correlationId) => {
  const isNews = makeReminder()
  let before: ReadonlyArray<string> = []
  return Effect.fnUntraced(function* (ids: ReadonlyArray<string>) {
    // After an outage, or a night without a process, all of them are stalled for a moment.
    const standing = ids.filter((id) => before.includes(id))
    before = ids
    for (const id of isNews(yield* monotonicMillis, standing)) {
      yield* Effect.logError(message).pipe(Effect.annotateLogs({ [name]: id }))
    }
  })
}

const logged = catchNonInterrupt((cause) => Effect.logError("audit failed, retrying", cause))

const everyMinute = <E, R>(check: Effect.Effect<void, E, R>) =>
  check.pipe(logged, Effect.repeat(Schedule.spaced("1 minute")), Effect.withTracerEnabled(false), Effect.forkScoped)

/** Like `everyMinute`, for a check that waits for Kafka or the database. */
const checkLoop = Effect.fnUntraced(function* <E, R>(name: string, check: Effect.Effect<void, E, R>) {
  const round = yield* (yield* Rounds).loop(name, loopLimit)
  yield* everyMinute(Effect.andThen(logged(check), round))
})

/** Sets `ctx_loops_late` and logs the late loops. A statement that never ends would otherwise log nothing. */
const watchLoops = Effect.gen(function* () {
  const rounds = yield* Rounds
  const hanging = makeStallReporter("background loop has not completed a round for minutes", "loop")
  yield* everyMinute(
    Effect.gen(function* () {
      const late = yield* rounds.late
      yield* Metric.update(gauges.loopsLate, late.length)
      yield* hanging(late)
    })
  )
})

/**
 * Checks each minute that every record has ended, every communication makes progress and every loop completes its
 * rounds. It only reports and changes nothing. The checks depend on different services, or on none, so no check waits
 * for another.
 */
export const Watchdog = Layer.effectDiscard(
  Effect.gen(function* () {
    const stalled = makeStallReporter("communication without progress for longer than its retry budget")
    const overdue = makeStallReporter("due work is overdue by more than its retry budget")
    yield* watchLoops
    yield* checkLoop("audit", watchRecords(makeReminder(), makeCounter()))
    yield* checkLoop(
      "look for what stands still",
      Effect.gen(function* () {
        const standing = yield* findStalled()
        yield* stalled(standing.stalled)
        yield* overdue(standing.overdue)
      })
    )
  })
)
