import { Clock, Effect } from "effect"

import { answerWindow } from "../../domain/inbound/whose.ts"
import { readSearch, type SearchFields, soughtInBody } from "../../domain/search/SearchQuery.ts"
import { WrongSearch } from "../../domain/search/WrongSearch.ts"
import { CommunicationIndex } from "../../services/CommunicationIndex.ts"
import { CommunicationSearch, type SearchPosition } from "../../services/CommunicationSearch.ts"

/** How many communications of one name are told. */
const mostNamed = 10

/** The communications that a name may mean, by its id if there is one: their ids, at most 10. */
export const communicationsNamed = Effect.fn("communicationsNamed")(function* (name: string) {
  const communicationIndex = yield* CommunicationIndex
  const search = yield* CommunicationSearch
  if (yield* communicationIndex.knows(name)) return [name]
  return yield* search.idsOf(soughtInBody(name), mostNamed)
})

/** Communications that are read at a time. */
const pageSize = 1000

/** The ids of all communications that match, the newest first. Fails with `WrongSearch` for a search that is wrong. */
export const idsMatching = Effect.fn("idsMatching")(function* (fields: SearchFields) {
  const search = yield* CommunicationSearch
  const now = yield* Clock.currentTimeMillis
  const { value, wrong } = readSearch(fields, now, "body")
  if (value === undefined) return yield* new WrongSearch(wrong)
  const { onlyIfKnown: _, ...query } = value
  const ids: Array<string> = []
  let after: SearchPosition | undefined
  for (;;) {
    const page = yield* search.find(query, {
      limit: pageSize,
      awaitingSince: now - answerWindow,
      ...(after && { after })
    })
    ids.push(...page.map(({ id }) => id))
    after = page.at(-1)
    if (page.length < pageSize) return ids
  }
})
