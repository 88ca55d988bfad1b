import { truncate } from "../journeys/template.ts"
import { parseDateTime } from "../values/parseTime.ts"
import { cleanText, type Candidates, valuesOf } from "./candidates.ts"
import type { EventKind, InboundEvent } from "./InboundEvent.ts"

/** fixtures/README. */
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

const normalized = (text: string): string =>
  text
    .normalize("NFKD")
    .replace(/[\p{M}\p{Cf}]/gu, "")
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, "_")

/** The kind that a name means, or `undefined`: nothing that goes out is a reply, and all that comes in is one (OmniChat). */
export const kindNamed = (name: string): EventKind | undefined => {
  const [, direction, word = ""] = /^(?:(outgoing|incoming)_)?(.*)$/s.exec(normalized(name)) ?? []
  const kind = kinds.get(word)
  return direction !== undefined && (kind === "reply") !== (direction === "incoming") ? undefined : kind
}

export interface ReadKind {
  /** None: a kind that is not ours. */
  readonly kind?: EventKind
  /** As it came. */
  readonly name: string
}

/** What kind of event these objects say they are, or `undefined` when they say nothing of it (fixtures/README). */
export const readKind = (scopes: Candidates): ReadKind | undefined => {
  const names = valuesOf(scopes, ["evento", "event", "status", "tipo"]).flatMap((value) => {
    const name = typeof value === "string" ? (cleanText(value) ?? "").trim() : ""
    return name === "" ? [] : [name]
  })
  const known = names.flatMap((name) => {
    const kind = kindNamed(name)
    return kind === undefined ? [] : [{ kind, name }]
  })
  // "message" may only say what the event is about: {"event": "message", "status": "delivered"}.
  const said = known.find(({ name }) => normalized(name) !== "message") ?? known[0]
  return said ?? (names[0] === undefined ? undefined : { name: names[0] })
}

/** fixtures/README. */
export const timeFields = ["timestamp", "ts", "timestamp_evento", "createdAt"]

/** Ten digits are seconds (2001 to 2286), thirteen are milliseconds; anything else is no time of a message. */
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

/** Epoch milliseconds of the first readable time: ISO 8601 with its zone, epoch seconds or milliseconds (SPEC 8.1). */
export const firstTime = (values: ReadonlyArray<unknown>): number | undefined => {
  for (const value of values) {
    const time = readTime(value)
    if (time !== undefined) return time
  }
  return undefined
}

/** What one object of a record turned out to be: an event, or something of a kind that is not ours (SPEC 8.1). */
export type Reading =
  | { readonly _tag: "Event"; readonly event: InboundEvent }
  | { readonly _tag: "Unknown"; readonly kind: string }

const maxKind = 64
/** An e-mail, a phone, a document: nobody's kind of event. */
const personal = /@|(?:\d[\s().-]*){8}/

/** A kind that is not ours, fit for logs: at most 64 characters, nothing that looks like a personal datum (SPEC 9.6). */
export const unknownKind = (text: string): Reading => ({
  _tag: "Unknown",
  kind: personal.test(text) ? "(oculto)" : truncate(text, maxKind)
})

/** Stands for something in a batch that has no kind at all. */
export const withoutKind: Reading = { _tag: "Unknown", kind: "(sem tipo)" }
