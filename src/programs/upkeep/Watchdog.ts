import { Clock, Effect, Layer, Metric, Schedule } from "effect"

import { gauges } from "../../telemetry/metrics.ts"
import { annotation } from "../../telemetry/names.ts"
import { catchNonInterrupt } from "../runtime/retryOnDefect.ts"
import { audit, type AuditedPartition, findStalled } from "./audit.ts"
import { Rounds, loopLimit } from "./Rounds.ts"

/** Milliseconds until something that is still so is said again. */
const AGAIN = 3_600_000

/** True when `what` is new, or was last said an hour ago. What is not asked for any more is forgotten. */
const makeReminder = () => {
  let said = new Map<string, number>()
  return (now: number, whats: ReadonlyArray<string>): ReadonlyArray<string> => {
    const due = whats.filter((what) => now - (said.get(what) ?? Number.NEGATIVE_INFINITY) >= AGAIN)
    said = new Map(whats.map((what) => [what, due.includes(what) ? now : (said.get(what) ?? now)]))
    return due
  }
}

/** `11, 14-15`, and that there are more. */
const offsetsText = ({ missing = [], unaccounted }: AuditedPartition): string => {
  const named = missing.reduce((sum, { first, last }) => sum + last - first + 1, 0)
  const texts = missing.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`))
  return [...texts, ...(named < unaccounted ? [`and ${unaccounted - named} more`] : [])].join(", ")
}

/** Sets `ctx_unaccounted`, and names the records that have no ending. */
const watchRecords = (isNews: ReturnType<typeof makeReminder>) =>
  Effect.gen(function* () {
    const { topics, unaccounted } = yield* audit()
    yield* Metric.update(gauges.unaccounted, unaccounted)
    const losses = topics.flatMap((it) => (it.unaccounted > 0 ? [{ ...it, offsets: offsetsText(it) }] : []))
    const keyOf = (it: (typeof losses)[number]) => `${it.topic}/${it.partition}: ${it.offsets}`
    const news = isNews(yield* Clock.currentTimeMillis, losses.map(keyOf))
    for (const loss of losses.filter((it) => news.includes(keyOf(it)))) {
      const { committed, earliest, offsets, partition, topic } = loss
      yield* Effect.logWarning("records below the committed offset have no ending").pipe(
        Effect.annotateLogs({ topic, partition, offsets, unaccounted: loss.unaccounted, committed, earliest })
      )
    }
  })

/** One kind of standstill: an error for each communication (or loop) that stood still at the look before, too. */
const makeStallReporter = (message: string, name: string = annotation.correlationId) => {
  const isNews = makeReminder()
  let before: ReadonlyArray<string> = []
  return Effect.fnUntraced(function* (ids: ReadonlyArray<string>) {
    // After an outage, or a night without a process, all stand still for a moment.
    const standing = ids.filter((id) => before.includes(id))
    before = ids
    for (const id of isNews(yield* Clock.currentTimeMillis, standing)) {
      yield* Effect.logError(message).pipe(Effect.annotateLogs({ [name]: id }))
    }
  })
}

const logged = catchNonInterrupt((cause) => Effect.logError("the audit failed; tried again", cause))

const everyMinute = <E, R>(look: Effect.Effect<void, E, R>) =>
  look.pipe(logged, Effect.repeat(Schedule.spaced("1 minute")), Effect.withTracerEnabled(false), Effect.forkScoped)

/** `everyMinute` for a look that waits for Kafka or the database. */
const watched = Effect.fnUntraced(function* <E, R>(name: string, look: Effect.Effect<void, E, R>) {
  const round = yield* (yield* Rounds).loop(name, loopLimit)
  yield* everyMinute(Effect.andThen(logged(look), round))
})

/** Sets `ctx_loops_late`, and names the loops that do not come round: a statement that never ends has no line of its own. */
const watchLoops = Effect.gen(function* () {
  const rounds = yield* Rounds
  const hanging = makeStallReporter("a loop has not come round for minutes: its work stands still", "loop")
  yield* everyMinute(
    Effect.gen(function* () {
      const late = yield* rounds.late
      yield* Metric.update(gauges.loopsLate, late.length)
      yield* hanging(late)
    })
  )
})

/**
 * Looks each minute whether every record has ended, every communication goes on and every loop comes round; it only tells, and
 * changes nothing. The looks wait for different parts, or for none, so none waits for another.
 */
export const Watchdog = Layer.effectDiscard(
  Effect.gen(function* () {
    const stalled = makeStallReporter("communication without progress for longer than its retry budget")
    const overdue = makeStallReporter("what is due is not done for longer than the retry budget")
    yield* watchLoops
    yield* watched("audit", watchRecords(makeReminder()))
    yield* watched(
      "look for what stands still",
      Effect.gen(function* () {
        const standing = yield* findStalled()
        yield* stalled(standing.stalled)
        yield* overdue(standing.overdue)
      })
    )
  })
)
