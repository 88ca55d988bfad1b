import { Clock, Effect, FiberMap, Schedule } from "effect"

import { Journal } from "../services/Journal.ts"
import { annotation, attribute } from "../telemetry/names.ts"
import { spanned } from "../telemetry/traced.ts"
import { Communications } from "./Communications.ts"
import { triedAgain } from "./triedAgain.ts"
import { begin, type Look, lookLimit, type Working } from "./Working.ts"

/** Half a second at first, a quarter of an hour at last: a communication is no record, it is never given up (SPEC 9.7). */
const afterDefect = Schedule.min([Schedule.exponential("500 millis"), Schedule.spaced("15 minutes")]).pipe(
  Schedule.jittered
)

/** Wakes one communication. It keeps its fiber while it waits: no look asks it before. */
const wake = Effect.fnUntraced(function* (id: string) {
  const communications = yield* Communications
  const done = yield* communications.wake(id).pipe(
    // A timer's trace begins here: days lie between it and the communication's first one, to which the actor links it.
    spanned("timer", { root: true, attributes: { [attribute.correlationId]: id } }),
    triedAgain("what is due could not be done; tried again", afterDefect),
    Effect.catch(() => Effect.interrupt),
    Effect.annotateLogs(annotation.correlationId, id)
  )
  // Nothing that a second would change.
  if (!done) yield* Effect.sleep("1 minute")
})

/** Scheduled closes, writes to be tried again, responses that nobody acknowledged (SPEC 6.4, 7.3, 8.8). */
export const sweepDue = Effect.fnUntraced(function* (working: Working) {
  const journal = yield* Journal
  // What is at work stays due until it is done: it must not fill the look.
  const room = lookLimit + (yield* FiberMap.size(working.fibers))
  const due = yield* Effect.withTracerEnabled(journal.dueBefore(yield* Clock.currentTimeMillis, room), false)
  const begun = (yield* Effect.forEach(due, (id) => begin(working, id, wake(id)))).flat()
  const look: Look = { begun, full: begun.length >= lookLimit }
  return look
})
