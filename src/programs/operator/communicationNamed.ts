import { Effect, Schema } from "effect"

import { shownId } from "../../domain/personal/personalData.ts"
import { soughtInUrl } from "../../domain/search/SearchQuery.ts"
import { CommunicationIndex } from "../../services/CommunicationIndex.ts"
import { CommunicationSearch } from "../../services/CommunicationSearch.ts"

/** A name has the form of a phone, an e-mail address or a document. */
class PersonalName extends Schema.TaggedError<PersonalName>()("PersonalName", {}) {
  override get message() {
    return "expected no phone, e-mail or document: search for the communication, and name it by its id or ref"
  }
}

/** How many names are looked up at once. */
const mostAtOnce = 16

/**
 * The one communication of a name that is not an id. The masked name if there is none or there are several, because the
 * result is stored.
 */
const resolved = Effect.fnUntraced(function* (name: string) {
  const read = soughtInUrl(name)
  if (read._tag === "Personal") return yield* new PersonalName()
  const search = yield* CommunicationSearch
  const [id, other] = yield* search.idsOf(read.sought, 2)
  if (id === undefined && read.onlyIfKnown) return yield* new PersonalName()
  return id === undefined || other !== undefined ? shownId(name) : id
})

/**
 * The communications that these ids, `ref`s and other names lead to. A name that leads to none, or to several, stays,
 * masked. Fails with `PersonalName` for a name that has the form of personal data and is not an id, because it would be
 * stored (SPEC 10.3).
 */
export const communicationsNamed = Effect.fn("communicationsNamed")(function* (names: ReadonlyArray<string>) {
  const communicationIndex = yield* CommunicationIndex
  const distinct = [...new Set(names)]
  // The journal reads many of them in one statement.
  const known = yield* Effect.forEach(distinct, (name) => communicationIndex.knows(name), { concurrency: "unbounded" })
  return yield* Effect.forEach(
    distinct,
    (name, index) => (known[index] === true ? Effect.succeed(name) : resolved(name)),
    { concurrency: mostAtOnce }
  )
})
