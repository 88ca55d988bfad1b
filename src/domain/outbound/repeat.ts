import { createHash } from "node:crypto"

import { truncate } from "../journeys/template.ts"
import { localDay, saoPaulo } from "../values/localTime.ts"
import type { Outbound } from "./Outbound.ts"

/** The content that a repeat must share: the channels as a set, the event's local day, the rest as is (SPEC 1.4). */
const contentOf = (outbound: Outbound) => ({
  tims_evento: localDay(outbound.eventTime, saoPaulo),
  cod_canais: [...outbound.cod_canais].sort(),
  cod_jornada: outbound.cod_jornada,
  cliente: outbound.cliente,
  dados_jornada: outbound.dados_jornada,
  dados_whats: outbound.dados_whats,
  dados_canal_itsm: outbound.dados_canal_itsm
})

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const ownValue = (object: Readonly<Record<string, unknown>>, key: string): unknown =>
  Object.hasOwn(object, key) ? object[key] : undefined

/** Earlier versions keep an integer beyond 2^53 as a number, later ones as the text of its digits (SPEC 2.1). */
const isSameInteger = (a: unknown, b: unknown): boolean =>
  typeof a === "number" && !Number.isSafeInteger(a) && typeof b === "string" && /^-?\d+$/.test(b) && Number(b) === a

const differences = (a: unknown, b: unknown, path: string): ReadonlyArray<string> => {
  if (a === b || isSameInteger(a, b)) return []
  if (Array.isArray(a) && Array.isArray(b)) {
    return Array.from({ length: Math.max(a.length, b.length) }, (_, index) =>
      differences(a[index], b[index], `${path}[${index}]`)
    ).flat()
  }
  if (isObject(a) && isObject(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)])
    return [...keys].flatMap((key) =>
      differences(ownValue(a, key), ownValue(b, key), path === "" ? key : `${path}.${key}`)
    )
  }
  return [path]
}

/** How many paths a conflict names. A response with all of them may be larger than its topic takes. */
const mostPaths = 20

/** Maximum length of one path, in code points. A producer may give a field any name. */
const longestPath = 200

const shortened = (paths: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...paths.slice(0, mostPaths).map((path) => (path.length > longestPath ? `${truncate(path, longestPath)}…` : path)),
  ...(paths.length > mostPaths ? [`mais ${paths.length - mostPaths}`] : [])
]

/**
 * The paths in which two records of one id differ, such as `dados_jornada.itens[2].sku`. Without any, the other record
 * is a repeat (SPEC 1.4), else a conflict (SPEC 1.5). The order of keys is ignored. An absent field equals `undefined`.
 * Of more than 20 paths the last text says how many more there are.
 */
export const conflictsWith = (known: Outbound, other: Outbound): ReadonlyArray<string> => {
  const { cod_canais: knownChannels, ...before } = contentOf(known)
  const { cod_canais: otherChannels, ...after } = contentOf(other)
  const sameChannels = knownChannels.join() === otherChannels.join()
  return shortened([...(sameChannels ? [] : ["cod_canais"]), ...differences(before, after, "")])
}

const canonical = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(canonical)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, canonical(value[key])])
  )
}

/** SHA-256 in hex. Two records of one id have the same hash if and only if one repeats the other (SPEC 1.4). */
export const contentHash = (outbound: Outbound): string =>
  createHash("sha256")
    .update(JSON.stringify(canonical(contentOf(outbound))))
    .digest("hex")
