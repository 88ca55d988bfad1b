import { Effect, Result } from "effect"

import type { Fact } from "../../domain/communication/Fact.ts"
import { caseOf, fold } from "../../domain/communication/State.ts"
import { soughtInBody } from "../../domain/search/SearchQuery.ts"
import { type SearchTerm, termsOf } from "../../domain/search/SearchTerm.ts"
import { CommunicationSearch } from "../../services/CommunicationSearch.ts"
import { Journal } from "../../services/Journal.ts"
import { type Parked, ParkedEvents } from "../../services/ParkedEvents.ts"

/** A key of a customer, not of an order: `cliente.id`, document, e-mail or phone. */
const keyKinds: ReadonlySet<string> = new Set(["customer", "document", "email", "phone"])

/** At most this many communications of one customer are found. */
const mostOfOne = 10_000

const pageSize = 500

/** This many communications are read at a time. The journal reads those of one moment in one statement. */
const readTogether = 100

/** The parked events that bear one of these names. Reads all that are parked. */
const parkedOf = Effect.fnUntraced(function* (names: ReadonlySet<string>) {
  const parkedEvents = yield* ParkedEvents
  const found: Array<Parked> = []
  for (let after: Parked | undefined; ;) {
    const page = yield* parkedEvents.page(pageSize, after)
    found.push(...page.filter((one) => one.names.some(({ kind, value }) => kind !== "business" && names.has(value))))
    after = page.at(-1)
    if (page.length < pageSize) return found
  }
})

/** The names that events of this communication may bear: its id, its Case, its message and the customer's phones. */
const namesIn = (id: string, facts: ReadonlyArray<Fact>): ReadonlyArray<string> => {
  const state = fold(facts)
  const theCase = caseOf(state)
  const phones = termsOf(id, facts, state).filter(({ kind }) => kind === "phone")
  const messageId = state.dispatch.accepted?.messageId
  return [id, theCase?.number, theCase?.sysId, messageId, ...phones.map(({ value }) => value)].filter(
    (name) => name !== undefined
  )
}

/** The terms of a customer's key. None if the text is not such a key. */
export const customerTerms = (key: string): ReadonlyArray<SearchTerm> =>
  soughtInBody(key).terms.filter(({ kind }) => keyKinds.has(kind))

/**
 * The communications of one customer with their facts, and the parked events that name him or one of them. `facts` are a
 * failure if a newer version wrote one of them.
 */
export const heldOfCustomer = Effect.fn("heldOfCustomer")(function* (terms: ReadonlyArray<SearchTerm>) {
  const search = yield* CommunicationSearch
  const ids = yield* search.idsOf({ ids: [], names: [], terms }, mostOfOne)
  const journal = yield* Journal
  const communications = yield* Effect.forEach(
    ids,
    (id) => Effect.map(Effect.result(journal.load(id)), (facts) => ({ id, facts })),
    { concurrency: readTogether }
  )
  const names = communications.flatMap(({ facts, id }) =>
    namesIn(
      id,
      Result.getOrElse(facts, () => [])
    )
  )
  const parked = yield* parkedOf(new Set([...names, ...terms.map(({ value }) => value)]))
  return { ids, communications, parked }
})
