import { Clock, Effect } from "effect"

import { Processes, type ProcessReport } from "../../../services/Processes.ts"
import type { JournalStore } from "./store.ts"

/** Milliseconds of silence after which a process counts as dead. */
const silence = 30_000

/** The list of processes in `store`, with one more for each call. */
export const processesMemory = (store: JournalStore) => {
  const id = `process ${store.processes.size + 1}`
  return Processes.of({
    report: (state) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const startedAt = store.processes.get(id)?.startedAt ?? now
        store.processes.set(id, { id, schemaVersion: 0, startedAt, seenAt: now, state })
      }),
    alive: Effect.map(Clock.currentTimeMillis, (now): ReadonlyArray<ProcessReport> =>
      [...store.processes.values()].filter(({ seenAt }) => seenAt >= now - silence)
    )
  })
}
