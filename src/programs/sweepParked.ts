import { Clock, Effect } from "effect"

import { originKey } from "../domain/Origin.ts"
import { Journal, type Parked } from "../services/Journal.ts"
import { Settings } from "../services/Settings.ts"
import { catchFailure } from "./catchFailure.ts"
import { answerableSince } from "./correlate.ts"
import { endOrphans } from "./endOrphans.ts"
import { endParked } from "./endParked.ts"
import { begin, type Look, lookLimit, type Working } from "./Working.ts"

/** What not even a dead letter could end, a row that cannot be read, say: it stays parked. */
const orLater =
  ({ origin }: Parked) =>
  <E, R>(work: Effect.Effect<void, E, R>) =>
    work.pipe(
      catchFailure((cause) =>
        Effect.andThen(
          Effect.logError("a parked event could not be ended; tried again", cause),
          Effect.sleep("1 minute")
        )
      ),
      Effect.annotateLogs(origin)
    )

const keysOf = (parked: ReadonlyArray<Parked>) => parked.map(({ key }) => key)

/** Parked events whose communication has come, those of one in their order; and those whose time is over (SPEC 8.3). */
export const sweepParked = Effect.fnUntraced(function* (working: Working) {
  const journal = yield* Journal
  const { orphanAfter } = yield* Settings
  const ids = Array.from(working.fibers, ([key]) => key)
  const claims = yield* journal
    .claimable({ limit: lookLimit, awaitingSince: yield* answerableSince, except: { ids, keys: [...working.events] } })
    .pipe(Effect.withTracerEnabled(false))
  const applied = yield* Effect.forEach(
    Map.groupBy(claims, ({ id }) => id),
    ([id, own]) => {
      const work = Effect.forEach(own, (claim) => orLater(claim.parked)(endParked(claim)), { discard: true })
      return begin(working, id, work, keysOf(own.map(({ parked }) => parked)))
    }
  )
  const parkedBefore = (yield* Clock.currentTimeMillis) - orphanAfter
  const orphans = yield* journal
    .orphans({ limit: lookLimit, parkedBefore, except: [...working.events] })
    .pipe(Effect.withTracerEnabled(false))
  const ended = yield* Effect.forEach(
    Map.groupBy(orphans, ({ origin }) => originKey(origin)),
    ([record, own]) => {
      const [first] = own
      return first === undefined
        ? Effect.succeed([])
        : begin(working, record, orLater(first)(endOrphans(own)), keysOf(own))
    }
  )
  const full = claims.length >= lookLimit || orphans.length >= lookLimit
  const look: Look = { begun: [...applied, ...ended].flat(), full }
  return look
})
