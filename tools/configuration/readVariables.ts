import { Duration, Effect, Redacted } from "effect"

import type { Parser, Reader } from "../../src/layers/settings/parsers.ts"
import { byteSize, duration, timeout } from "../../src/layers/settings/parsers.ts"
import { readSettings } from "../../src/layers/settings/SettingsEnv.ts"

/** One variable as the settings read it. */
export interface Variable {
  readonly name: string
  /** The format that the message about a wrong value states. */
  readonly expected: string
  readonly isSecret: boolean
  readonly isRequired: boolean
  /** As it would stand in the environment. Absent if the reader has none. */
  readonly fallback?: string
}

const durationText = (millis: number): string => {
  const { days, hours, millis: rest, minutes, seconds } = Duration.parts(Duration.millis(millis))
  const parts = { days, hours, minutes, seconds, millis: rest }
  const given = Object.entries(parts).filter(([, count]) => count > 0)
  return given.length === 1 || days > 0
    ? given.map(([unit, count]) => `${count} ${count === 1 ? unit.replace(/s$/, "") : unit}`).join(" ")
    : `${millis / 1000} seconds`
}

/** A default as text. `undefined` for one that stands for a missing value. */
const fallbackText = (parser: Parser<never>, fallback: unknown): string | undefined => {
  if (Redacted.isRedacted(fallback)) return undefined
  if (parser.parse === duration.parse || parser.parse === timeout.parse) return durationText(Number(fallback))
  if (parser.parse === byteSize.parse) return `${Number(fallback) / 1024 ** 2} MB`
  const text = Array.isArray(fallback) ? fallback.join(",") : String(fallback)
  return text === "" ? undefined : text
}

/** Every variable that the settings read, in the order in which they read it, each once. */
export const readVariables = (): ReadonlyArray<Variable> => {
  const variables = new Map<string, Variable>()
  const add = <A>(name: string, parser: Parser<A>, isRequired: boolean, fallback?: string) => {
    variables.set(name, {
      name,
      expected: parser.expected,
      isSecret: parser.secret ?? false,
      isRequired,
      ...(fallback !== undefined && { fallback })
    })
  }
  const reader: Reader = {
    problems: [],
    warnings: [],
    names: new Set(),
    optional: (name, parser) => Effect.sync(() => void add(name, parser, false)),
    withDefault: (name, parser, fallback) =>
      Effect.sync(() => {
        add(name, parser, false, fallbackText(parser as Parser<never>, fallback))
        return fallback
      }),
    required: (name, parser, fallback) =>
      Effect.sync(() => {
        add(name, parser, true)
        return fallback
      })
  }
  Effect.runSync(readSettings(reader))
  return [...variables.values()]
}
