import { Clock, Effect, Layer, Schedule } from "effect"

import { fold } from "../../domain/communication/State.ts"
import { CustomerCreations } from "../../services/CustomerCreations.ts"
import { type Forgotten, type Idle, Journal } from "../../services/Journal.ts"
import { Ledger } from "../../services/Ledger.ts"
import { Operations } from "../../services/Operations.ts"
import { Sessions } from "../../services/Sessions.ts"
import { Settings } from "../../services/Settings.ts"
import { Tallies } from "../../services/Tallies.ts"
import { forgottenOf } from "../communication/eraseCommunication.ts"
import { catchNonInterrupt } from "../runtime/retryOnDefect.ts"
import { Rounds } from "./Rounds.ts"

/** How many communications one commit deletes. They are few, so that no other work waits long for it. */
const batch = 200

const summaryOf = Effect.fnUntraced(function* ({ id, seq }: Idle) {
  const journal = yield* Journal
  const summary: Forgotten & Pick<Idle, "seq"> = { ...forgottenOf(id, fold(yield* journal.load(id))), seq }
  return [summary]
})

/** Summaries of the communications. One that cannot be read is logged and kept, and does not hold up the others. */
const summaries = (idle: ReadonlyArray<Idle>) =>
  Effect.map(
    Effect.forEach(
      idle,
      (one) =>
        summaryOf(one).pipe(
          catchNonInterrupt(() =>
            Effect.as(
              Effect.annotateLogs(Effect.logError("communication not deleted: its facts cannot be read"), {
                id_correlacao: one.id
              }),
              []
            )
          )
        ),
      { concurrency: batch }
    ),
    (lists) => lists.flat()
  )

/** Deletes communications without a new fact for RETENTION (CONTRACT), in batches. Returns how many. */
const forgetOld = Effect.fn("forgetOld")(function* (round: Effect.Effect<void>) {
  const journal = yield* Journal
  const { retention } = yield* Settings
  const before = (yield* Clock.currentTimeMillis) - retention
  let count = 0
  let after: Idle | undefined
  for (;;) {
    const idle = yield* journal.idleSince(before, batch, after)
    after = idle.at(-1)
    if (after === undefined) break
    count += yield* journal.forget(yield* summaries(idle))
    yield* round
    yield* Effect.sleep("100 millis")
  }
  if (count > 0) yield* Effect.logInfo("communications deleted after RETENTION").pipe(Effect.annotateLogs({ count }))
  return count
})

/** How many ledger rows of each partition one commit deletes. */
const ledgerBatch = 5_000

/** Deletes old rows of the ledger that the audit has counted. A record read again after RETENTION is a new one. */
const pruneLedger = Effect.fn("pruneLedger")(function* (round: Effect.Effect<void>) {
  const ledger = yield* Ledger
  const { retention } = yield* Settings
  const before = (yield* Clock.currentTimeMillis) - retention
  while ((yield* ledger.pruneEndings(before, ledgerBatch)) > 0) {
    yield* round
    yield* Effect.sleep("100 millis")
  }
})

/**
 * Milliseconds for which a creation of a customer is kept. A process in doubt about it has searched long before that.
 */
const creationsKept = 86_400_000

const pruneCreations = Effect.gen(function* () {
  const creations = yield* CustomerCreations
  yield* creations.prune((yield* Clock.currentTimeMillis) - creationsKept)
})

/** Deletes the sessions of the console that have ended by themselves. */
const pruneSessions = Effect.gen(function* () {
  const sessions = yield* Sessions
  const { http } = yield* Settings
  yield* sessions.prune((yield* Clock.currentTimeMillis) - http.sessionIdle)
})

/** Milliseconds for which the overview's counts are kept. It shows those of a day. */
const talliesKept = 172_800_000

const pruneTallies = Effect.gen(function* () {
  const tallies = yield* Tallies
  yield* tallies.prune((yield* Clock.currentTimeMillis) - talliesKept)
})

/** Milliseconds after which an operation that a process does itself has surely ended with that process. */
const abandonedAfter = 600_000

/** Stops operations of crashed processes, and deletes those that ended before RETENTION (SPEC 10.3). */
const pruneOperations = Effect.gen(function* () {
  const operations = yield* Operations
  const { retention } = yield* Settings
  const now = yield* Clock.currentTimeMillis
  yield* operations.stopAbandoned(now - abandonedAfter, now)
  yield* operations.prune(now - retention)
})

/** Milliseconds after which the loop is late. It completes a round each hour, and after each batch. */
const late = 7_200_000

/** Runs hourly in every replica. The second replica finds nothing to delete. */
export const Retention = Layer.effectDiscard(
  Effect.gen(function* () {
    const round = yield* (yield* Rounds).loop("retention", late)
    yield* Effect.andThen(
      Effect.andThen(forgetOld(round), pruneLedger(round)),
      Effect.all([pruneCreations, pruneSessions, pruneTallies, pruneOperations], { discard: true })
    ).pipe(
      catchNonInterrupt((cause) => Effect.logError("deletion after RETENTION failed, retrying", cause)),
      Effect.andThen(round),
      Effect.repeat(Schedule.spaced("1 hour")),
      Effect.delay("1 minute"),
      Effect.withTracerEnabled(false),
      Effect.forkScoped
    )
  })
)
