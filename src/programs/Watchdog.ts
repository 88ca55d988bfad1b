import { Clock, Effect, Layer, Metric, Schedule } from "effect"

import { gauges } from "../telemetry/metrics.ts"
import { annotation } from "../telemetry/names.ts"
import { audit, type AuditedPartition, standstill } from "./audit.ts"
import { catchFailure } from "./catchFailure.ts"

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

/** One kind of standstill: an error for each communication that stood still at the look before, too. */
const makeComplaint = (message: string) => {
  const isNews = makeReminder()
  let before: ReadonlyArray<string> = []
  return Effect.fnUntraced(function* (ids: ReadonlyArray<string>) {
    // After an outage, or a night without a process, all stand still for a moment.
    const standing = ids.filter((id) => before.includes(id))
    before = ids
    for (const id of isNews(yield* Clock.currentTimeMillis, standing)) {
      yield* Effect.logError(message).pipe(Effect.annotateLogs({ [annotation.correlationId]: id }))
    }
  })
}

const logged = catchFailure((cause) => Effect.logError("the audit failed; tried again", cause))

const everyMinute = <E, R>(look: Effect.Effect<void, E, R>) =>
  look.pipe(logged, Effect.repeat(Schedule.spaced("1 minute")), Effect.withTracerEnabled(false), Effect.forkScoped)

/**
 * Looks each minute whether every record has ended and every communication goes on; it only tells, and changes nothing.
 * The two looks wait for different parts, so neither waits for the other.
 */
export const Watchdog = Layer.effectDiscard(
  Effect.gen(function* () {
    const stalled = makeComplaint("communication without progress for longer than its retry budget")
    const overdue = makeComplaint("what is due is not done for longer than the retry budget")
    yield* everyMinute(watchRecords(makeReminder()))
    yield* everyMinute(
      Effect.gen(function* () {
        const standing = yield* standstill()
        yield* stalled(standing.stalled)
        yield* overdue(standing.overdue)
      })
    )
  })
)
