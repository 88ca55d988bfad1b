import { Effect } from "effect"

import { erasedId } from "../../domain/personal/erasedId.ts"
import { holdsPersonalData } from "../../domain/personal/personalData.ts"
import { CommunicationSearch } from "../../services/CommunicationSearch.ts"
import { Journal } from "../../services/Journal.ts"
import { Ownership } from "../../services/Ownership.ts"
import { type Parked, ParkedEvents } from "../../services/ParkedEvents.ts"
import { Communications } from "../actors/Communications.ts"
import { ActionRefused, type OrderedWithReason, underWay, noSuchCommunication } from "./ActionRefused.ts"

/** What an erasure does not reach, because the service does not hold it or cannot search it. */
export const outOfReach = [
  "Kafka: the topics of orders, events, responses and dead letters keep their records for as long as their retention says",
  "ServiceNow: the customer, the Cases and their notes",
  "WhatsApp, Weni and OmniChat: the messages and the conversation",
  "logs, traces and metrics outside of this service, and backups of its database",
  "what begins later: orders that wait in Kafka and have not begun, and records that come from now on",
  "what operators wrote as reasons"
]

const parkedPrefix = "parked:"
const refPrefix = "ref:"

/**
 * The items of an erasure, without personal data. A communication is named by its id, or by its `ref` and its hash if
 * the id holds some. A parked event is named by the place of its record.
 */
export const itemsToErase = Effect.fnUntraced(function* (ids: ReadonlyArray<string>, parked: ReadonlyArray<Parked>) {
  const { refOf } = yield* CommunicationSearch
  return [
    ...ids.map((id) => (holdsPersonalData(id) ? `${refPrefix}${refOf(id)}:${erasedId(id)}` : id)),
    ...parked.map(({ key }) => `${parkedPrefix}${key}`)
  ]
})

/** Deletes these parked events. The sweep ends what is left of their records (SPEC 8.3). */
const takeParked = Effect.fnUntraced(function* (item: string, keys: ReadonlyArray<string>) {
  const ownership = yield* Ownership
  const parkedEvents = yield* ParkedEvents
  for (const key of keys) {
    const record = key.slice(0, key.lastIndexOf("#"))
    const taken = yield* ownership.tryHold("record", record, () => parkedEvents.unpark([key]))
    if (taken._tag === "None") return yield* underWay(item, "another process works on its record")
  }
})

/** The communication of an item. Once it is erased, its `ref` leads to none, and its hash to what remains of it. */
const idOfItem = Effect.fnUntraced(function* (item: string) {
  if (!item.startsWith(refPrefix)) return item
  const search = yield* CommunicationSearch
  const journal = yield* Journal
  const end = item.indexOf(":", refPrefix.length)
  const terms = [{ kind: "ref" as const, value: item.slice(refPrefix.length, end) }]
  const [id] = yield* search.idsOf({ ids: [], names: [], terms }, 1)
  if (id !== undefined) return id
  const kept = item.slice(end + 1)
  if ((yield* journal.forgotten(kept))?.erased === true) return kept
  const detail = "no communication has this reference: it was deleted, or SEARCH_KEY has changed; a dry run tells"
  return yield* new ActionRefused({ id: item, reason: "Unknown", detail })
})

/** How many events of one communication are deleted at a time. */
const pageSize = 500

/** Erases one communication, or deletes one parked event, for good (SPEC 10.4). Idempotent. */
export const erase = Effect.fn("erase")(function* (item: string, { by, reason }: OrderedWithReason) {
  if (item.startsWith(parkedPrefix)) return yield* takeParked(item, [item.slice(parkedPrefix.length)])
  const id = yield* idOfItem(item)
  const communications = yield* Communications
  const parkedEvents = yield* ParkedEvents
  // Without the operation's id, so that a later try also ends the steps that wait by then.
  const erased = yield* communications.erase(id, { reason, ...(by !== undefined && { by }) })
  if (erased === "elsewhere") return yield* underWay(item)
  if (erased === "unfinished") return yield* underWay(item, "its record or a response has not ended")
  if (erased === "unknown") return yield* noSuchCommunication(item)
  const waiting = yield* parkedEvents.waitingFor(id, pageSize)
  yield* takeParked(
    item,
    waiting.map(({ key }) => key)
  )
})
