import { Effect, Schema } from "effect"
import { HttpApiBuilder } from "effect/http-api"

import type { ParkedShown } from "../../api/deadLetters.ts"
import { OperatorApi } from "../../api/OperatorApi.ts"
import type { ParkedName } from "../../domain/inbound/namesOf.ts"
import { hideFields, hidePhone, makeHideText, textsIn } from "../../domain/personal/hideFields.ts"
import { shownId } from "../../domain/personal/personalData.ts"
import { type Parked, ParkedEvents } from "../../services/ParkedEvents.ts"
import { cutPage, readCursor } from "./cursors.ts"
import { whenRunning } from "./RunningService.ts"

const eventos: Readonly<Record<string, string>> = {
  sent: "enviada",
  delivered: "entregue",
  read: "lida",
  failed: "falha_envio",
  reply: "retorno"
}

const hideName = ({ kind, value }: ParkedName): string => {
  switch (kind) {
    case "phone":
      return hidePhone(value)
    case "id":
      return shownId(value)
    case "user":
    case "chat":
    case "answer":
    case "unclear":
      return "***"
    default:
      return value
  }
}

const isObject = (value: unknown): value is { readonly [key: string]: Schema.Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const shown = ({ event: stored, key, names, origin, parkedAt }: Parked): typeof ParkedShown.Type => {
  const event = isObject(stored.event) ? stored.event : {}
  const hidden = hideFields(event, makeHideText(textsIn(event.text)))
  return {
    id: key,
    at: parkedAt,
    evento: eventos[String(event.kind)] ?? "desconhecido",
    names: names.map((name) => ({ kind: name.kind, value: hideName(name) })),
    origin,
    index: Number(key.slice(key.lastIndexOf("#") + 1)),
    ...(isObject(hidden) && { event: hidden })
  }
}

/** A parked event with all of its fields. */
export const revealed = (parked: Parked): typeof ParkedShown.Type => ({
  ...shown(parked),
  names: parked.names.map(({ kind, value }) => ({ kind, value })),
  ...(isObject(parked.event) && { event: parked.event })
})

/** A row that keeps the value of a record whose events are parked one by one is not an event. */
const isEvent = ({ event }: Parked): boolean => event.part !== "value"

const Position = Schema.Struct({ key: Schema.String, parkedAt: Schema.Number })

const list = Effect.fnUntraced(function* (limit: number, cursor: string | undefined) {
  const after = yield* readCursor(Position, cursor)
  const parkedEvents = yield* ParkedEvents
  const found = yield* parkedEvents.page(limit + 1, after)
  const { items, next } = cutPage(found, limit, ({ key, parkedAt }) => ({ key, parkedAt }))
  return { items: items.filter(isEvent).map(shown), next }
})

/** CONTRACT `GET /api/parked`. */
export const ParkedRoutes = HttpApiBuilder.group(OperatorApi, "parked", (handlers) =>
  handlers.handleAll({ list: ({ query: { cursor, limit = 50 } }) => whenRunning(list(limit, cursor)) })
)
