import { truncate } from "../journeys/template.ts"
import { firstMilliseconds } from "../record/recordTime.ts"
import { parseDateTime } from "../values/parseTime.ts"
import { cleanText, type Candidates, isSet, valuesOf } from "./candidates.ts"
import type { EventKind, InboundEvent } from "./InboundEvent.ts"

/** The kind of each name that a record may use (fixtures/README). */
const kinds: ReadonlyMap<string, EventKind> = new Map([
  ["enviada", "sent"],
  ["enviado", "sent"],
  ["sent", "sent"],
  ["entregue", "delivered"],
  ["delivered", "delivered"],
  ["lida", "read"],
  ["lido", "read"],
  ["read", "read"],
  ["falha", "failed"],
  ["failed", "failed"],
  ["error", "failed"],
  ["erro", "failed"],
  ["undelivered", "failed"],
  ["resposta", "reply"],
  ["retorno", "reply"],
  ["reply", "reply"],
  ["message", "reply"],
  ["received", "reply"]
])

/** A name of a kind or type without case, accents and punctuation between its words. */
export const plainName = (text: string): string =>
  text
    .normalize("NFKD")
    .replace(/[\p{M}\p{Cf}]/gu, "")
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, "_")

/**
 * The kind that a name means, or `undefined`. An OmniChat direction must fit: outgoing is never a reply, incoming
 * always is.
 */
export const kindNamed = (name: string): EventKind | undefined => {
  const [, direction, word = ""] = /^(?:(outgoing|incoming)_)?(.*)$/s.exec(plainName(name)) ?? []
  const kind = kinds.get(word)
  return direction !== undefined && (kind === "reply") !== (direction === "incoming") ? undefined : kind
}

export interface ReadKind {
  /** Absent for a kind that is not ours. */
  readonly kind?: EventKind
  /** As received. */
  readonly name: string
}

/** The kind of event that these objects state, or `undefined` when they state none (fixtures/README). */
export const readKind = (scopes: Candidates): ReadKind | undefined => {
  const names = valuesOf(scopes, ["evento", "event", "status", "tipo"]).flatMap((value) => {
    const name = typeof value === "string" ? (cleanText(value) ?? "").trim() : ""
    return name === "" ? [] : [name]
  })
  const known = names.flatMap((name) => {
    const kind = kindNamed(name)
    return kind === undefined ? [] : [{ kind, name }]
  })
  // "message" may only name the event's subject: {"event": "message", "status": "delivered"}.
  const match = known.find(({ name }) => plainName(name) !== "message") ?? known[0]
  return match ?? (names[0] === undefined ? undefined : { name: names[0] })
}

/** Types of things that have statuses like a message but are not messages. */
const others: ReadonlySet<string> = new Set(["payment", "call"])

/** True for the `type` of something whose status says nothing about a message (SPEC 8.1). */
export const isOther = (type: string): boolean => others.has(plainName(type))

/** True for an echo of what the business itself wrote, which vendors report like a customer's message (SPEC 8.1). */
export const isOwn = (scopes: Candidates): boolean => valuesOf(scopes, ["fromMe", "from_me"]).some(isSet)

/** Names of an event's time (fixtures/README). `momment` is Z-API's. */
export const timeFields = ["timestamp", "ts", "timestamp_evento", "createdAt", "momment"]

/** Ten digits are seconds (2001 to 2286), thirteen are milliseconds. Anything else is not the time of a message. */
const fromEpoch = (epoch: number): number | undefined => {
  if (epoch >= 1e9 && epoch < 1e10) return Math.floor(epoch * 1000)
  return epoch >= 1e12 && epoch < 1e13 ? Math.floor(epoch) : undefined
}

const readTime = (value: unknown): number | undefined => {
  if (typeof value === "number") return fromEpoch(value)
  if (typeof value !== "string") return undefined
  const text = value.trim()
  return /^\d+(?:\.\d+)?$/.test(text) ? fromEpoch(Number(text)) : parseDateTime(text.replace(" ", "T"))
}

/** How much later than its record an event may be by its vendor's clock, milliseconds. */
const longestAhead = 24 * 3_600_000

const isBlank = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === "string" && value.trim() === "")

/**
 * The time of an event: the first readable one, which is ISO 8601 with its zone, epoch seconds or milliseconds. Without
 * one it is `receivedAt`, and `timeUnread` says that there was something to read (SPEC 8.1). A time before 2001, or more
 * than a day later than `receivedAt`, cannot be that of the event.
 */
export const readEventTime = (
  values: ReadonlyArray<unknown>,
  receivedAt: number
): Pick<InboundEvent, "at" | "timeUnread"> => {
  for (const value of values) {
    const time = readTime(value)
    if (time !== undefined && time >= firstMilliseconds && time <= receivedAt + longestAhead) return { at: time }
  }
  return { at: receivedAt, ...(!values.every(isBlank) && { timeUnread: true as const }) }
}

/** Result of reading one object of a record: an event, or an object of a kind that is not ours (SPEC 8.1). */
export type Reading =
  | { readonly _tag: "Event"; readonly event: InboundEvent }
  | { readonly _tag: "Unknown"; readonly kind: string }

const maxKind = 64
/** Matches an e-mail address, a phone or a document, none of which is a kind of event. */
const personal = /@|(?:\d[\s().-]*){8}/

/** A kind that is not ours, safe to log: at most 64 characters, nothing that looks like personal data (SPEC 9.6). */
export const unknownKind = (text: string): Reading => ({
  _tag: "Unknown",
  kind: personal.test(text) ? "(oculto)" : truncate(text, maxKind)
})

/** Result for an element of a batch that has no kind at all. */
export const withoutKind: Reading = { _tag: "Unknown", kind: "(sem tipo)" }
