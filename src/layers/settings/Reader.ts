import { Config, Effect, Option } from "effect"

import type { Parser } from "./parsers.ts"

/** Reads the environment and gathers every problem instead of stopping at the first (CONTRACT "Environment"). */
export interface Reader {
  /** One line each: the name, what was read, what was expected. */
  readonly problems: Array<string>
  optional<A>(name: string, parser: Parser<A>): Effect.Effect<A | undefined, Config.ConfigError>
  /** After a problem the fallback stands in: the settings are not used then. */
  withDefault<A>(name: string, parser: Parser<A>, fallback: A): Effect.Effect<A, Config.ConfigError>
  /** A missing one is a problem too; then the fallback stands in. */
  required<A>(name: string, parser: Parser<A>, fallback: A): Effect.Effect<A, Config.ConfigError>
}

export const makeReader = (): Reader => {
  const problems: Array<string> = []
  const optional = <A>(name: string, parser: Parser<A>) =>
    Effect.map(Config.option(Config.String(name)), (found) => {
      if (Option.isNone(found) || found.value.trim() === "") return undefined
      const value = parser.parse(found.value.trim())
      if (value === undefined) {
        const read = parser.secret
          ? "a value that is not shown"
          : JSON.stringify((parser.shown?.(found.value) ?? found.value).slice(0, 200))
        problems.push(`${name}: read ${read}, expected ${parser.expected}`)
      }
      return value
    })
  return {
    problems,
    optional,
    withDefault: (name, parser, fallback) => Effect.map(optional(name, parser), (value) => value ?? fallback),
    required: Effect.fnUntraced(function* (name, parser, fallback) {
      const before = problems.length
      const value = yield* optional(name, parser)
      if (value === undefined && problems.length === before) {
        problems.push(`${name}: missing, expected ${parser.expected}`)
      }
      return value ?? fallback
    })
  }
}
