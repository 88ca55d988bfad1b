import { ConfigProvider, Effect } from "effect"

import type { Reader } from "./parsers.ts"

/** Names of all variables that are set. The environment's provider splits names at `_`, others keep them whole. */
const variableNames = Effect.gen(function* () {
  const provider = yield* ConfigProvider.ConfigProvider
  const names: Array<string> = []
  const collect = Effect.fnUntraced(function* (
    path: ReadonlyArray<string>
  ): Effect.fn.Return<void, ConfigProvider.SourceError> {
    const node = yield* provider.load(path)
    if (node === undefined) return
    if (path.length > 0 && node.value !== undefined) names.push(path.join("_"))
    if (node._tag === "Record") for (const key of node.keys) yield* collect([...path, key])
  })
  yield* collect([])
  return names
})

/** The number of characters that have to be inserted, deleted, replaced or swapped with their neighbour. */
const distance = (a: string, b: string): number => {
  let older: ReadonlyArray<number> = []
  let row: ReadonlyArray<number> = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (older[j - 2] ?? 0) + 1 : replaced
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replaced, swapped))
    }
    ;[older, row] = [row, next]
  }
  return row[b.length] ?? 0
}

/** The known name that this one is most likely meant to be. */
const meantBy = (name: string, known: ReadonlyArray<string>): string | undefined => {
  const upper = name.toUpperCase().replaceAll("-", "_")
  const near = known.filter(
    (one) => Math.abs(one.length - upper.length) <= 2 && distance(upper, one) <= (one.length < 9 ? 1 : 2)
  )
  return near.toSorted((a, b) => distance(upper, a) - distance(upper, b))[0]
}

/** Warns of variables whose names are nearly those of the reader's. Their values may be secrets. */
export const warnOfMisspelled = Effect.fnUntraced(function* (reader: Reader) {
  const known = [...reader.names]
  for (const name of yield* variableNames) {
    const meant = reader.names.has(name) ? undefined : meantBy(name, known)
    if (meant !== undefined) reader.warnings.push(`${name} is set and not read: is ${meant} meant?`)
  }
})
