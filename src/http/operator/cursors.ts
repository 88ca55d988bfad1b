import { Effect, Schema } from "effect"

import { BadRequest } from "../../api/problems.ts"

/** The position of a page's last item as the text that a client sends back. */
export const cursorOf = (position: object): string => Buffer.from(JSON.stringify(position)).toString("base64url")

/** The first `limit` of what was found, and the cursor of the next page if more was found than that. */
export const cutPage = <A>(found: ReadonlyArray<A>, limit: number, positionOf: (last: A) => object) => {
  const items = found.slice(0, limit)
  const last = items.at(-1)
  return { items, next: found.length > limit && last !== undefined ? cursorOf(positionOf(last)) : null }
}

const wrongCursor = new BadRequest({ error: "cursor: expected one that an earlier answer gave as next" })

/** NUL as JSON writes it. Cursors never contain it, and the database rejects it. */
const nul = String.raw`\u0000`

/** Reads a cursor, or fails with 400. Absent if the request has none. */
export const readCursor = Effect.fnUntraced(function* <A>(schema: Schema.Decoder<A>, cursor: string | undefined) {
  if (cursor === undefined) return undefined
  const text = Buffer.from(cursor, "base64url").toString()
  if (text.includes(nul)) return yield* wrongCursor
  const json = yield* Effect.try({ try: (): unknown => JSON.parse(text), catch: () => wrongCursor })
  return yield* Effect.mapError(Schema.decodeUnknownEffect(schema)(json), () => wrongCursor)
})
