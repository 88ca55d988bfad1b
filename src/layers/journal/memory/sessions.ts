import { Effect } from "effect"

import { Sessions, type StoredSession } from "../../../services/Sessions.ts"

/** By hash, with the time of the last use in epoch milliseconds. */
export type SessionStore = Map<string, StoredSession & { readonly usedAt: number }>

/** The sessions in this process. */
export const sessionsMemory = (store: SessionStore) =>
  Sessions.of({
    begin: (hash, session, at) => Effect.sync(() => void store.set(hash, { ...session, usedAt: at })),
    use: (hash, at, idleSince) =>
      Effect.sync(() => {
        const found = store.get(hash)
        if (found === undefined || found.usedAt < idleSince) return undefined
        store.set(hash, { ...found, usedAt: at })
        return { name: found.name, proof: found.proof }
      }),
    end: (hash) => Effect.sync(() => void store.delete(hash)),
    prune: (idleSince) =>
      Effect.sync(() => {
        for (const [hash, { usedAt }] of store) if (usedAt < idleSince) store.delete(hash)
      })
  })
