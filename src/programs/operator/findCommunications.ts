import { Clock, Effect } from "effect"

import { answerWindow } from "../../domain/inbound/whose.ts"
import { holdsPersonalData, shownId } from "../../domain/personal/personalData.ts"
import { expectedInUrl, readSearch, type SearchFields } from "../../domain/search/SearchQuery.ts"
import { WrongSearch } from "../../domain/search/WrongSearch.ts"
import {
  CommunicationSearch,
  type FoundCommunication,
  type SearchPosition
} from "../../services/CommunicationSearch.ts"

/** Items of a page, if the search does not say how many. */
const usualLimit = 50

/** A search and the part of its result that is wanted. */
export interface AskedPage extends SearchFields {
  readonly limit?: number
  readonly cursor?: string
}

/** One communication in a list, without personal data (CONTRACT `GET /api/communications`). */
const itemOf = (found: FoundCommunication, refOf: (id: string) => string) => {
  const { caseNumber, caseSysId, createdAt, due, id, journey, listing, marks, status, updatedAt } = found
  return {
    id: shownId(id),
    ...(holdsPersonalData(id) && { ref: refOf(id) }),
    journey,
    status,
    marks,
    createdAt,
    updatedAt,
    ...(due !== undefined && { due }),
    ...(caseNumber !== undefined && caseSysId !== undefined && { case: { number: caseNumber, sysId: caseSysId } }),
    ...listing,
    codigos: listing?.codigos ?? []
  }
}

/**
 * Reads a search. `where` says whether its fields stand in a URL, which must not contain personal data. Digits in a URL
 * that may be personal data must be a known number of an order or shipment (SPEC 12.2).
 */
const searchFor = Effect.fn("searchFor")(function* (fields: SearchFields, where: "url" | "body") {
  const search = yield* CommunicationSearch
  const { value, wrong } = readSearch(fields, yield* Clock.currentTimeMillis, where)
  if (value === undefined) return yield* new WrongSearch(wrong)
  const { onlyIfKnown = false, ...query } = value
  if (onlyIfKnown && query.q !== undefined && (yield* search.idsOf(query.q, 1)).length === 0) {
    return yield* new WrongSearch({ field: "q", expected: expectedInUrl })
  }
  return query
})

/** One page of the communications that match, the newest first. `next` continues after it, and is `null` at the end. */
export const findCommunications = Effect.fn("findCommunications")(function* (
  { cursor, limit = usualLimit, ...fields }: AskedPage,
  where: "url" | "body"
) {
  const search = yield* CommunicationSearch
  const query = yield* searchFor(fields, where)
  const after = cursor === undefined ? undefined : search.positionOf(cursor)
  if (cursor !== undefined && after === undefined) {
    return yield* new WrongSearch({ field: "cursor", expected: "the `next` of an earlier page" })
  }
  const awaitingSince = (yield* Clock.currentTimeMillis) - answerWindow
  const found = yield* search.find(query, { limit: limit + 1, awaitingSince, ...(after && { after }) })
  const page = found.slice(0, limit)
  const last = page.at(-1)
  return {
    items: page.map((one) => itemOf(one, search.refOf)),
    next: found.length > limit && last !== undefined ? search.cursorOf(last) : null
  }
})

/** Communications that are read at a time. */
const pageSize = 1000

/** The ids of all communications that match, the newest first. Fails with `WrongSearch` for a search that is wrong. */
export const idsMatching = Effect.fn("idsMatching")(function* (fields: SearchFields) {
  const search = yield* CommunicationSearch
  const query = yield* searchFor(fields, "body")
  const awaitingSince = (yield* Clock.currentTimeMillis) - answerWindow
  const ids: Array<string> = []
  let after: SearchPosition | undefined
  for (;;) {
    const page = yield* search.find(query, {
      limit: pageSize,
      awaitingSince,
      ...(after && { after })
    })
    ids.push(...page.map(({ id }) => id))
    after = page.at(-1)
    if (page.length < pageSize) return ids
  }
})
