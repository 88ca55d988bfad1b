import { Clock, Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"

import { OperatorApi } from "../../api/OperatorApi.ts"
import { BadRequest } from "../../api/problems.ts"
import { soughtInBody } from "../../domain/search/SearchQuery.ts"
import { CommunicationSearch } from "../../services/CommunicationSearch.ts"
import { type Parked, ParkedEvents } from "../../services/ParkedEvents.ts"
import { details } from "./communications.ts"
import { revealed } from "./parked.ts"
import { whenRunning } from "./RunningService.ts"
import { recordAction } from "./trail.ts"

/** What the service does not hold itself, or cannot search. */
const outOfReach = [
  "Kafka: the topics of orders, events, responses and dead letters keep their records for as long as their retention says",
  "ServiceNow: the customer, the Cases and their notes",
  "WhatsApp, Weni and OmniChat: the messages and the conversation",
  "logs, traces and metrics outside of this service, and backups of its database"
]

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
    found.push(...page.filter((one) => one.names.some(({ value }) => names.has(value))))
    after = page.at(-1)
    if (page.length < pageSize) return found
  }
})

const exported = Effect.fnUntraced(function* (key: string, reason: string) {
  const search = yield* CommunicationSearch
  const terms = soughtInBody(key).terms.filter(({ kind }) => keyKinds.has(kind))
  if (terms.length === 0) {
    return yield* new BadRequest({ error: "key: expected a cliente.id, document, e-mail or phone" })
  }
  const ids = yield* search.idsOf({ ids: [], names: [], terms }, mostOfOne)
  const parked = yield* parkedOf(new Set([...ids, ...terms.map(({ value }) => value)]))
  yield* recordAction({ action: "export", reason, total: ids.length, failures: [] })
  return {
    at: yield* Clock.currentTimeMillis,
    communications: yield* Effect.forEach(ids, (id) => details(id, true)),
    parked: parked.map(revealed),
    outOfReach
  }
})

/** CONTRACT `POST /api/customers/export`. */
export const CustomersRoutes = HttpApiBuilder.group(OperatorApi, "customers", (handlers) =>
  handlers.handleAll({ export: ({ payload: { key, reason } }) => whenRunning(exported(key, reason)) })
)
