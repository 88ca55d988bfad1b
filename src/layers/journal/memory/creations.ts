import { Effect } from "effect"

import { type CustomerCreation, CustomerCreations } from "../../../services/CustomerCreations.ts"

/** By identity. */
export type CreationStore = Map<string, CustomerCreation>

const isSame = (one: CustomerCreation | undefined, other: CustomerCreation | undefined) =>
  one?.begunAt === other?.begunAt && one?.sentUntil === other?.sentUntil && one?.sysId === other?.sysId

/** The creations of customers in `store`. */
export const customerCreationsIn = (store: CreationStore) => {
  return CustomerCreations.of({
    find: Effect.fn("CustomerCreations.find")((identities) =>
      Effect.sync(() => identities.flatMap((identity) => store.get(identity) ?? []))
    ),
    begin: Effect.fn("CustomerCreations.begin")((identities, at, seen) =>
      Effect.sync(() => {
        const expected = new Map(seen.map((one) => [one.identity, one]))
        if (!identities.every((identity) => isSame(store.get(identity), expected.get(identity)))) return false
        for (const identity of identities) store.set(identity, { identity, begunAt: at })
        return true
      })
    ),
    reckon: Effect.fn("CustomerCreations.reckon")((seen, sentUntil) =>
      Effect.sync(() => {
        for (const { begunAt, identity } of seen) {
          const known = store.get(identity)
          if (known?.begunAt === begunAt && known.sysId === undefined) store.set(identity, { sentUntil, ...known })
        }
      })
    ),
    settle: Effect.fn("CustomerCreations.settle")((identities, at, sysId) =>
      Effect.sync(() => {
        for (const identity of identities) {
          if ((store.get(identity)?.begunAt ?? at) <= at) store.set(identity, { identity, begunAt: at, sysId })
        }
      })
    ),
    withdraw: Effect.fn("CustomerCreations.withdraw")((identities, at) =>
      Effect.sync(() => {
        for (const identity of identities) {
          const known = store.get(identity)
          if (known?.begunAt === at && known.sysId === undefined) store.delete(identity)
        }
      })
    ),
    prune: (before) =>
      Effect.sync(() => {
        const old = [...store.values()].filter(({ begunAt }) => begunAt < before)
        for (const { identity } of old) store.delete(identity)
        return old.length
      })
  })
}
