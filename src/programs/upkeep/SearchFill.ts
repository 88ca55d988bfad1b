import { Effect, Layer, Schedule } from "effect"

import { fold } from "../../domain/communication/State.ts"
import { termsOf } from "../../domain/search/SearchTerm.ts"
import { viewOf } from "../../domain/views/View.ts"
import { Journal } from "../../services/Journal.ts"
import { type IndexFill, SearchIndex, type Unindexed } from "../../services/SearchIndex.ts"
import { catchNonInterrupt } from "../runtime/retryOnDefect.ts"
import { Rounds } from "./Rounds.ts"

/** How many communications one commit adds, and the pause after it. The service's own work goes first. */
const batch = 25
const pause = "250 millis"

/** The pause after a batch of which another process has added most. */
const longPause = "1 minute"

/** How many communications that cannot be read are left out of a round. Beyond that the round ends. */
const mostUnreadable = 1000

const fillOf = Effect.fnUntraced(function* ({ id, seq }: Unindexed) {
  const facts = yield* (yield* Journal).load(id)
  const state = fold(facts)
  const { listing, writes } = viewOf(state, undefined)
  const fill: IndexFill = {
    id,
    seq,
    listing: listing ?? { codigos: [] },
    codigos: listing?.codigos ?? [],
    terms: termsOf(id, facts, state),
    ...(writes !== undefined && { writes })
  }
  return fill
})

/** What the index is to hold of each communication. One whose facts cannot be read is left out of this round. */
const fillsOf = (unindexed: ReadonlyArray<Unindexed>, unreadable: Array<string>) =>
  Effect.map(
    Effect.forEach(
      unindexed,
      (one) =>
        Effect.map(fillOf(one), (fill) => [fill]).pipe(
          catchNonInterrupt(() => Effect.sync(() => (unreadable.push(one.id), [])))
        ),
      { concurrency: batch }
    ),
    (lists) => lists.flat()
  )

/** Adds the communications that the index lacks, the newest first. */
const fillIndex = Effect.fn("fillIndex")(function* (round: Effect.Effect<void>) {
  const index = yield* SearchIndex
  const unreadable: Array<string> = []
  let count = 0
  while (unreadable.length < mostUnreadable) {
    const unindexed = yield* index.missing(batch, unreadable)
    if (unindexed.length === 0) break
    if (count === 0) yield* Effect.logInfo("filling the search index")
    const fills = yield* fillsOf(unindexed, unreadable)
    const added = yield* index.complete(fills)
    count += added
    yield* round
    yield* Effect.sleep(added * 2 < fills.length ? longPause : pause)
  }
  if (count > 0 || unreadable.length > 0) {
    yield* Effect.logInfo("search index complete").pipe(Effect.annotateLogs({ count, unreadable: unreadable.length }))
  }
})

/** Milliseconds after which the loop is late. It completes a round after each batch. */
const late = 7_200_000

/**
 * Fills the search index after the start, and adds hourly what a process with another key has written (SPEC 12.4).
 * Every process does this. Each finds only what no other one has added.
 */
export const SearchFill = Layer.effectDiscard(
  Effect.gen(function* () {
    const round = yield* (yield* Rounds).loop("search index", late)
    yield* fillIndex(round).pipe(
      catchNonInterrupt((cause) => Effect.logError("filling the search index failed, retrying", cause)),
      Effect.andThen(round),
      Effect.repeat(Schedule.spaced("1 hour")),
      Effect.delay("10 seconds"),
      Effect.withTracerEnabled(false),
      Effect.forkScoped
    )
  })
)
