import { Effect } from "effect"

import { Tallies } from "../../../services/Tallies.ts"
import type { JournalStore } from "./store.ts"

const minuteOf = (at: number): number => at - (at % 60_000)

/** The counts of the overview in `store`. */
export const talliesMemory = (store: JournalStore) => {
  const from = (since: number) => store.tallies.filter(({ at }) => minuteOf(at) >= minuteOf(since))
  return Tallies.of({
    count: (tallies, at) => Effect.sync(() => void store.tallies.push(...tallies.map((tally) => ({ ...tally, at })))),
    failures: (since, limit) =>
      Effect.sync(() => {
        const failures = from(since).filter(({ what }) => what === "failure")
        const groups = Map.groupBy(failures, ({ channel, codigo, journey }) => [codigo, channel, journey].join("\n"))
        return [...groups.entries()]
          .toSorted(([a, one], [b, other]) => other.length - one.length || (a < b ? -1 : 1))
          .slice(0, limit)
          .map(([key, { length: count }]) => {
            const [codigo = "", channel = "", journey = ""] = key.split("\n")
            return { codigo, channel, journey, count }
          })
      }),
    flow: (since) =>
      Effect.sync(() =>
        [...Map.groupBy(from(since), ({ at }) => minuteOf(at))]
          .toSorted(([one], [other]) => one - other)
          .map(([at, counted]) => {
            const count = (wanted: string) => counted.filter(({ what }) => what === wanted).length
            return { at, orders: count("order"), events: count("event"), failures: count("failure") }
          })
      ),
    prune: (before) =>
      Effect.sync(() => {
        const kept = store.tallies.filter(({ at }) => minuteOf(at) >= before)
        store.tallies.splice(0, store.tallies.length, ...kept)
      })
  })
}
