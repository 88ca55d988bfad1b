import { type EventName, indexKey } from "../../../domain/inbound/namesOf.ts"
import { type Bearer, mostBearers } from "../../../domain/inbound/whose.ts"
import { addressedIn, type JournalStore, nameKey } from "./store.ts"

const business = "business"

const businessesOf = (store: JournalStore, id: string): ReadonlyArray<string> =>
  [...store.names].flatMap(([key, ids]) =>
    key.startsWith(`${business} `) && ids.has(id) ? [key.slice(business.length + 1)] : []
  )

const idsOf = (store: JournalStore, name: EventName, since: number): ReadonlyArray<string> => {
  const { kind, value } = name
  if (kind === "id") return [value]
  if (kind === "phone") return addressedIn(store, value, since)
  return [...(store.names.get(nameKey({ kind, value })) ?? [])]
    .toSorted(([a, one], [b, other]) => other - one || (a < b ? 1 : -1))
    .map(([id]) => id)
}

/** The communications that bear these names, each once. */
export const bearersIn = (
  store: JournalStore,
  names: ReadonlyArray<EventName>,
  since: number
): ReadonlyArray<Bearer> => {
  const found = names.flatMap((name) =>
    idsOf(store, name, since)
      .slice(0, mostBearers)
      .map((id) => ({ id, name }))
  )
  return [...Map.groupBy(found, ({ id }) => id)].flatMap(([id, own]) => {
    const view = store.communications.get(id)?.view
    if (view === undefined) return []
    const { addressee, caseNumber, caseSysId } = view
    return [
      {
        id,
        names: own.map(({ name }) => name),
        ...(caseNumber !== undefined && { caseNumber }),
        ...(caseSysId !== undefined && { caseSysId }),
        ...addressee,
        businesses: businessesOf(store, id)
      }
    ]
  })
}

export const businessIn = (store: JournalStore, value: string) =>
  store.names.has(`${business} ${indexKey(value)}`)
    ? ("this" as const)
    : [...store.names.keys()].some((key) => key.startsWith(`${business} `))
      ? ("other" as const)
      : ("none" as const)
