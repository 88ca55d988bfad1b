import { Effect } from "effect"

import { caseOf, fold } from "../../domain/communication/State.ts"
import { soughtInBody } from "../../domain/search/SearchQuery.ts"
import { type SearchTerm, termsOf } from "../../domain/search/SearchTerm.ts"
import { CommunicationSearch } from "../../services/CommunicationSearch.ts"
import { Journal } from "../../services/Journal.ts"
import { type Parked, ParkedEvents } from "../../services/ParkedEvents.ts"

/** A key of a customer, not of an order: `cliente.id`, document, e-mail or phone. */
const keyKinds: ReadonlySet<string> = new Set(["customer", "document", "email", "phone"])

/** Communications of one customer, at most. */
const mostOfOne = 10_000

const pageSize = 500

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

/** What else names events of this communication: its Case, its message and the customer's phones. */
const namesOfCommunication = Effect.fnUntraced(function* (id: string) {
  const journal = yield* Journal
  const facts = yield* Effect.catchTag(journal.load(id), "UnknownFact", () => Effect.succeed([]))
  const state = fold(facts)
  const theCase = caseOf(state)
  const phones = termsOf(id, facts, state).filter(({ kind }) => kind === "phone")
  const messageId = state.dispatch.accepted?.messageId
  return [id, theCase?.number, theCase?.sysId, messageId, ...phones.map(({ value }) => value)].filter(
    (name) => name !== undefined
  )
})

/** The terms of a customer's key, none if the text is no such key. */
export const customerTerms = (key: string): ReadonlyArray<SearchTerm> =>
  soughtInBody(key).terms.filter(({ kind }) => keyKinds.has(kind))

/** The ids of the communications of one customer, and the parked events that name him or one of them. */
export const heldOfCustomer = Effect.fn("heldOfCustomer")(function* (terms: ReadonlyArray<SearchTerm>) {
  const search = yield* CommunicationSearch
  const ids = yield* search.idsOf({ ids: [], names: [], terms }, mostOfOne)
  const names = yield* Effect.forEach(ids, namesOfCommunication, { concurrency: 16 })
  const parked = yield* parkedOf(new Set([...names.flat(), ...terms.map(({ value }) => value)]))
  return { ids, parked }
})
