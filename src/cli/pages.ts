import { Effect } from "effect"

import { note } from "./output.ts"

/** Items of one request. */
const pageSize = 200

interface Page<Item> {
  readonly items: ReadonlyArray<Item>
  readonly next: string | null
}

/** Reads pages until there are `limit` items, and reports progress on stderr. `next` continues after them. */
export const collect = Effect.fnUntraced(function* <Item, E, R>(
  page: (of: { readonly limit: number; readonly cursor?: string }) => Effect.Effect<Page<Item>, E, R>,
  limit: number,
  from?: string
) {
  const items: Array<Item> = []
  let cursor = from
  for (;;) {
    const size = Math.min(pageSize, limit - items.length)
    const { items: more, next } = yield* page({ limit: size, ...(cursor !== undefined && { cursor }) })
    items.push(...more)
    if (next === null || items.length >= limit) return { items, next }
    yield* note(`${items.length} read …`)
    cursor = next
  }
})
