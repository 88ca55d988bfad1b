import { Effect, Layer } from "effect"

import { Journal } from "../services/Journal.ts"
import {
  appendTo,
  countInDoubt,
  endingOf,
  endIn,
  findIn,
  loadFrom,
  makeJournalStore,
  type JournalStore
} from "./journal/store.ts"

/** The journal in `store`, which outlives the layer: what a process that starts again would find. */
export const journalMemory = (store: JournalStore): Layer.Layer<Journal> =>
  Layer.succeed(
    Journal,
    Journal.of({
      load: Effect.fn("Journal.load")((id) => loadFrom(store, id)),
      append: Effect.fn("Journal.append")((append) => appendTo(store, append)),
      end: Effect.fn("Journal.end")((endings) => Effect.sync(() => endIn(store, endings))),
      ending: Effect.fn("Journal.ending")((origin) => Effect.sync(() => endingOf(store, origin))),
      find: Effect.fn("Journal.find")((entry) => Effect.sync(() => findIn(store, entry))),
      inDoubt: Effect.sync(() => countInDoubt(store)),
      healthy: Effect.succeed(true)
    })
  )

/** The journal in memory, empty for each build. */
export const JournalMemory: Layer.Layer<Journal> = Layer.suspend(() => journalMemory(makeJournalStore()))
