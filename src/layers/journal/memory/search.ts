import { Effect } from "effect"

import type { Sought, SearchQuery } from "../../../domain/search/SearchQuery.ts"
import { marksOf } from "../../../domain/views/View.ts"
import {
  CommunicationSearch,
  type FoundCommunication,
  type SearchPage,
  type SearchPosition
} from "../../../services/CommunicationSearch.ts"
import { SearchIndex } from "../../../services/SearchIndex.ts"
import { type JournalStore, nameKey, refOf, type StoredCommunication, termKey } from "./store.ts"

const toFound = (
  [id, { createdAt, view }]: readonly [string, StoredCommunication],
  awaitingSince: number
): FoundCommunication => ({
  id,
  createdAt,
  journey: view.journey,
  status: view.status,
  marks: marksOf(view, awaitingSince),
  updatedAt: view.updatedAt,
  ...(view.due !== undefined && { due: view.due }),
  ...(view.caseNumber !== undefined && { caseNumber: view.caseNumber }),
  ...(view.caseSysId !== undefined && { caseSysId: view.caseSysId }),
  ...(view.listing && { listing: view.listing })
})

const isSought = (store: JournalStore, { ids, names, terms }: Sought, id: string): boolean =>
  ids.includes(id) ||
  names.some((name) => store.names.get(nameKey(name))?.has(id) === true) ||
  terms.some((term) => store.terms.get(id)?.has(termKey(term)) === true)

const matches = (store: JournalStore, query: SearchQuery, found: FoundCommunication): boolean => {
  const { codigo, journey, marks, since = -Infinity, statuses, until = Infinity } = query
  const isAny =
    (statuses.length === 0 && marks.length === 0) ||
    statuses.some((status) => status === found.status) ||
    marks.some((mark) => found.marks.includes(mark))
  return (
    isAny &&
    (journey === undefined || journey === found.journey) &&
    (codigo === undefined || store.codigos.get(found.id)?.includes(codigo) === true) &&
    (query.case === undefined || isSought(store, query.case, found.id)) &&
    (query.q === undefined || isSought(store, query.q, found.id)) &&
    found.createdAt >= since &&
    found.createdAt < until
  )
}

/** Negative if `one` comes first: the newest, and of one time the greater id. */
const newestFirst = (one: SearchPosition, other: SearchPosition): number =>
  other.createdAt - one.createdAt || (one.id > other.id ? -1 : 1)

const findIn = (store: JournalStore, query: SearchQuery, { after, awaitingSince, limit }: SearchPage) =>
  [...store.communications]
    .map((stored) => toFound(stored, awaitingSince))
    .filter((found) => matches(store, query, found))
    .toSorted(newestFirst)
    .filter((found) => after === undefined || newestFirst(after, found) < 0)
    .filter((found) => found.id !== after?.id)
    .slice(0, limit)

/** Finds communications in `store`. Terms are kept in the clear, because they never leave the memory. */
export const searchMemory = (store: JournalStore) =>
  CommunicationSearch.of({
    find: (query, page) => Effect.sync(() => findIn(store, query, page)),
    idsOf: (sought, limit) =>
      Effect.sync(() =>
        findIn(store, { statuses: [], marks: [], q: sought }, { limit, awaitingSince: 0 }).map(({ id }) => id)
      ),
    cursorOf: ({ createdAt, id }) => Buffer.from(`${createdAt} ${id}`).toString("base64url"),
    positionOf: (cursor) => {
      const [, createdAt, id] = /^(\d+) (.*)$/s.exec(Buffer.from(cursor, "base64url").toString()) ?? []
      return id === undefined ? undefined : { createdAt: Number(createdAt), id }
    },
    refOf
  })

/** Every append has written the index of `store`. */
export const searchIndexMemory = (store: JournalStore) =>
  SearchIndex.of({
    missing: (limit, skip) =>
      Effect.sync(() =>
        [...store.communications]
          .filter(([id, { view }]) => view.listing === undefined && !skip.includes(id))
          .toSorted(([a, one], [b, other]) => newestFirst({ ...one, id: a }, { ...other, id: b }))
          .slice(0, limit)
          .map(([id, { seq }]) => ({ id, seq }))
      ),
    complete: (fills) =>
      Effect.sync(() => {
        const added = fills.filter(({ id, seq }) => store.communications.get(id)?.seq === seq)
        for (const { codigos, id, listing, terms, writes } of added) {
          const known = store.communications.get(id)
          if (known === undefined) continue
          const view = { ...known.view, listing, ...(writes !== undefined && { writes }) }
          store.communications.set(id, { ...known, view })
          store.codigos.set(id, codigos)
          store.terms.set(id, new Set(terms.map(termKey)))
        }
        return added.length
      })
  })
