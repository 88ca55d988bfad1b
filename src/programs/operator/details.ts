import { Clock, Effect, Schema } from "effect"

import { holdsPersonalData } from "../../domain/personal/personalData.ts"
import { expectedInUrl, soughtInBody, soughtInUrl } from "../../domain/search/SearchQuery.ts"
import { WrongSearch } from "../../domain/search/WrongSearch.ts"
import { detailsOf } from "../../domain/views/details.ts"
import { CommunicationIndex } from "../../services/CommunicationIndex.ts"
import { CommunicationSearch } from "../../services/CommunicationSearch.ts"
import { Journal } from "../../services/Journal.ts"
import { missingCommunication } from "./UnknownCommunication.ts"

/** A name leads to several communications. */
class AmbiguousName extends Schema.TaggedError<AmbiguousName>()("AmbiguousName", {
  ids: Schema.Array(Schema.String)
}) {
  override get message() {
    return "several communications have this name"
  }
}

/** At most this many communications of an ambiguous name are returned. */
const mostIds = 100

/**
 * The id of the communication that this id, `ref` or other name leads to, and to no other (CONTRACT `GET
 * /api/communications/{id}`). `where` says where the name stands: personal data must not stand in a URL.
 */
export const idOf = Effect.fn("idOf")(function* (name: string, where: "url" | "body") {
  const communicationIndex = yield* CommunicationIndex
  if (yield* communicationIndex.knows(name)) return name
  const read =
    where === "url" ? soughtInUrl(name) : ({ _tag: "Sought", sought: soughtInBody(name), onlyIfKnown: false } as const)
  if (read._tag === "Personal") return yield* new WrongSearch({ field: "id", expected: expectedInUrl })
  const search = yield* CommunicationSearch
  const [id, ...others] = yield* search.idsOf(read.sought, mostIds)
  if (id !== undefined) return others.length === 0 ? id : yield* new AmbiguousName({ ids: [id, ...others] })
  if (read.onlyIfKnown) return yield* new WrongSearch({ field: "id", expected: expectedInUrl })
  return yield* missingCommunication(name)
})

/** The ids as they are shown to people: an id that holds personal data is replaced by its `ref`. */
export const shownNames = (ids: ReadonlyArray<string>) =>
  Effect.map(CommunicationSearch, ({ refOf }) => ids.map((id) => (holdsPersonalData(id) ? refOf(id) : id)))

/** Everything that is known of the communication of this id, and its facts. */
export const detailsFor = Effect.fn("detailsFor")(function* (id: string) {
  const journal = yield* Journal
  const facts = yield* journal.load(id)
  if (facts.length === 0) return yield* missingCommunication(id)
  return { facts, details: detailsOf(id, facts, yield* Clock.currentTimeMillis) }
})
