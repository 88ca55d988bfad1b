import { Effect } from "effect"

import { type Waiting, WaitingCounts } from "../../../services/WaitingCounts.ts"
import type { JournalStore } from "./store.ts"

const countOf = (times: ReadonlyArray<number>): Waiting => ({
  count: times.length,
  ...(times.length > 0 && { oldestAt: Math.min(...times) })
})

/** Counts the waiting work of `store`. */
export const waitingCountsMemory = (store: JournalStore) =>
  WaitingCounts.of({
    now: Effect.sync(() => {
      const views = [...store.communications.values()].map(({ view }) => view)
      const waiting = views.filter(({ due, held }) => due !== undefined || held !== undefined)
      const parked = [...store.parked.values()].map((text): number => JSON.parse(text).parkedAt)
      const letters = [...store.records.values()].filter(({ ending }) => ending === "dead_letter")
      return {
        inDoubt: countOf(
          views.flatMap(({ addressee, inDoubt, updatedAt }) => (inDoubt ? [addressee?.sentAt ?? updatedAt] : []))
        ),
        waiting: {
          ...countOf(waiting.map(({ held, updatedAt }) => Math.min(...Object.values(held ?? { none: updatedAt })))),
          writes: waiting.reduce((sum, { writes = 0 }) => sum + writes, 0)
        },
        parked: countOf(parked),
        deadLetters: countOf(letters.map(({ at }) => at))
      }
    })
  })
