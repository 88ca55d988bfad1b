import { Clock, Effect, Schema } from "effect"

import { expectedInUrl, soughtInUrl } from "../../domain/search/SearchQuery.ts"
import { WrongSearch } from "../../domain/search/WrongSearch.ts"
import { detailsOf } from "../../domain/views/details.ts"
import { CommunicationIndex } from "../../services/CommunicationIndex.ts"
import { CommunicationSearch } from "../../services/CommunicationSearch.ts"
import { Journal } from "../../services/Journal.ts"
import { missingCommunication, UnknownCommunication } from "./inspect.ts"

/** A name leads to several communications. */
class AmbiguousName extends Schema.TaggedError<AmbiguousName>()("AmbiguousName", {
  ids: Schema.Array(Schema.String)
}) {
  override get message() {
    return "several communications have this name"
  }
}

/** At most this many communications of an ambiguous name are told. */
const mostIds = 100

/** The id of the communication that this id, `ref` or other name leads to, and to no other (CONTRACT `GET /api/communications/{id}`). */
export const idOf = Effect.fn("idOf")(function* (name: string) {
  const communicationIndex = yield* CommunicationIndex
  if (yield* communicationIndex.knows(name)) return name
  const read = soughtInUrl(name)
  if (read._tag === "Personal") return yield* new WrongSearch({ field: "id", expected: expectedInUrl })
  const search = yield* CommunicationSearch
  const [id, ...others] = yield* search.idsOf(read.sought, mostIds)
  if (id !== undefined) return others.length === 0 ? id : yield* new AmbiguousName({ ids: [id, ...others] })
  if (read.onlyIfKnown) return yield* new WrongSearch({ field: "id", expected: expectedInUrl })
  return yield* missingCommunication(name)
})

/** Everything that is known of the communication of this id, and its facts. */
export const detailsFor = Effect.fn("detailsFor")(function* (id: string) {
  const journal = yield* Journal
  const facts = yield* journal.load(id)
  if (facts.length === 0) return yield* new UnknownCommunication({ name: id })
  return { facts, details: detailsOf(id, facts, yield* Clock.currentTimeMillis) }
})
