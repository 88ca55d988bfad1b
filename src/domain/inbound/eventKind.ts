import type { EventKind } from "./InboundEvent.ts"
import { cleanText, type Scopes, valuesOf } from "./scopes.ts"

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
export const readKind = (scopes: Scopes): ReadKind | undefined => {
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
