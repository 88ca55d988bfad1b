import { ConfigProvider, Effect } from "effect"

import { nearestName } from "../../domain/values/nearestName.ts"
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

/** Warns of variables whose names are nearly those of the reader's. Their values may be secrets. */
export const warnOfMisspelled = Effect.fnUntraced(function* (reader: Reader) {
  const known = [...reader.names]
  for (const name of yield* variableNames) {
    const meant = reader.names.has(name) ? undefined : nearestName(name.toUpperCase().replaceAll("-", "_"), known)
    if (meant !== undefined) reader.warnings.push(`${name} is set and not read: is ${meant} meant?`)
  }
})
