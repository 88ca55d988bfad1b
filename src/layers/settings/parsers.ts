import { accessSync, constants, readFileSync, statSync } from "node:fs"
import { isIPv6 } from "node:net"

import { Duration, Option, Redacted, Config, Effect } from "effect"

import { utcDay } from "../../domain/values/localTime.ts"
import { parseDateTime, parseDay } from "../../domain/values/parseTime.ts"
import { readSecretFile } from "./secretFile.ts"

/**
 * Reads one variable. `expected` describes its format in words. `parse` returns its value, or `undefined` for a wrong
 * text.
 */
export interface Parser<A> {
  readonly expected: string
  /** How to write what was probably meant. */
  readonly hint?: (text: string) => string | undefined
  /** The text may be a secret, so messages must not show it. */
  readonly secret?: boolean
  /** The part of a wrong text that messages may show. By default all of it. */
  readonly shown?: (text: string) => string
  readonly parse: (text: string) => A | undefined
}

export const text: Parser<string> = { expected: "text", parse: (value) => value }

export const secret: Parser<Redacted.Redacted> = {
  expected: "text",
  secret: true,
  parse: (value) => Redacted.make(value)
}

/** Shorter keys can be guessed by trial. */
export const key: Parser<Redacted.Redacted> = {
  expected: "16 to 200 characters",
  secret: true,
  parse: (value) => (value.length >= 16 && value.length <= 200 ? Redacted.make(value) : undefined)
}

/** A secret that is sent as the value of a header: characters of Latin-1 without control characters. */
export const headerSecret: Parser<Redacted.Redacted> = {
  expected: "text that an HTTP header can hold: Latin-1 without control characters",
  secret: true,
  parse: (value) => (/^[\t\x20-\x7e\x80-\xff]+$/.test(value) ? Redacted.make(value) : undefined)
}

export const oneOf = <const A extends string>(...choices: ReadonlyArray<A>): Parser<A> => ({
  expected: choices.join(" | "),
  parse: (value) => choices.find((choice) => choice.toLowerCase() === value.toLowerCase())
})

export const boolean: Parser<boolean> = {
  expected: "true | false",
  parse: (value) => ({ true: true, false: false })[value.toLowerCase()]
}

export const integer = (min: number, max: number): Parser<number> => ({
  expected: `a whole number from ${min} to ${max}`,
  parse: (value) => {
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
    return number >= min && number <= max ? number : undefined
  }
})

const byteUnits: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1024,
  kib: 1024,
  mb: 1024 ** 2,
  mib: 1024 ** 2,
  gb: 1024 ** 3,
  gib: 1024 ** 3
}

/** Returns bytes. A unit counts in steps of 1,024. */
export const byteSize: Parser<number> = {
  expected: `a number of bytes from 1 to 1 GB such as "16 MB" or "16777216"`,
  parse: (value) => {
    const [, number, unit] = /^(\d{1,10}) ?([a-z]*)$/i.exec(value) ?? []
    const bytes = Number(number) * (byteUnits[unit?.toLowerCase() ?? ""] ?? Number.NaN)
    return bytes >= 1 && bytes <= 1024 ** 3 ? bytes : undefined
  }
}

const durationUpTo = (longest: string): Parser<number> => {
  const most = Duration.toMillis(longest as Duration.Input)
  return {
    expected: `a duration from 1 millisecond to ${longest} such as "15 seconds" or "500 millis"`,
    parse: (value) => {
      const millis = Option.map(Duration.fromInput(value as Duration.Input), Duration.toMillis)
      return Option.getOrUndefined(Option.filter(millis, (ms) => ms >= 1 && ms <= most))
    }
  }
}

/** Returns milliseconds. A time that is so long ago is still one of Postgres. */
export const duration: Parser<number> = durationUpTo("36500 days")

/** Returns milliseconds. Node's timers fire at once for more than 24 days. */
export const timeout: Parser<number> = durationUpTo("1 day")

/** An `http` or `https` URL, returned without trailing slashes. */
export const url: Parser<string> = {
  expected: "an http or https URL without user, query or fragment",
  shown: (value) => {
    // A user, a password or a key in the query makes the URL wrong. None of them may appear in a log.
    if (!URL.canParse(value)) return "a text that is no URL"
    const { host, pathname, protocol } = new URL(value)
    // Of `user:password@host` the scheme is the user.
    if (!/^https?:$/.test(protocol)) return "a text that is no http or https URL"
    return `${protocol}//${host}${pathname}`
  },
  parse: (value) => {
    if (!URL.canParse(value)) return undefined
    const { hash, href, password, protocol, search, username } = new URL(value)
    if (protocol !== "http:" && protocol !== "https:") return undefined
    return `${hash}${search}${username}${password}` === "" ? href.replace(/(?<!\/)\/+$/, "") : undefined
  }
}

/** The text of a file that this process may read. */
export const fileText: Parser<string> = {
  expected: "a file that can be read",
  parse: (value) => {
    try {
      return readFileSync(value, "utf8")
    } catch {
      return undefined
    }
  }
}

/** A file that this process may read. */
export const readableFile: Parser<string> = {
  expected: "a file that can be read",
  parse: (value) => {
    try {
      accessSync(value, constants.R_OK)
      return statSync(value).isDirectory() ? undefined : value
    } catch {
      return undefined
    }
  }
}

export const listOf = <A>(item: Parser<A>): Parser<ReadonlyArray<A>> => ({
  expected: `comma-separated: ${item.expected}`,
  ...(item.shown && { shown: item.shown }),
  hint: (value) =>
    value
      .split(",")
      .map((one) => one.trim())
      .filter((one) => item.parse(one) === undefined)
      .map((one) => item.hint?.(one))
      .find((hint) => hint !== undefined),
  parse: (value) => {
    const items = value.split(",").map((one) => item.parse(one.trim()))
    const found = items.filter((one): one is Exclude<typeof one, undefined> => one !== undefined)
    return found.length === items.length ? (found as ReadonlyArray<A>) : undefined
  }
})

/** The text without what may be a user and a password. */
export const withoutUser = (value: string): string => value.replace(/^.*@/s, "…@")

/** A host with its port. The brackets of an IPv6 address separate its colons from that of the port. */
export const hostPort: Parser<string> = {
  expected: "host:port",
  shown: withoutUser,
  hint: (value) => (/^\[?[\da-f]*:[^/]*:/i.test(value) ? "an IPv6 address in brackets: [::1]:9092" : undefined),
  parse: (value) => {
    const [, address, host, digits] = /^(?:\[([^\s\]]+)\]|([^\s/@,:[\]]+)):(\d{1,5})$/.exec(value) ?? []
    const port = Number(digits)
    const isKnown = address === undefined ? host !== undefined : isIPv6(address)
    return isKnown && port >= 1 && port <= 65_535 ? value : undefined
  }
}

/** A Kafka topic's legal name. */
export const topic: Parser<string> = {
  expected: "a topic name: 1–249 letters, digits, '.', '_' or '-'",
  parse: (value) => (/^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/.test(value) ? value : undefined)
}

/** A column of a ServiceNow table. */
export const field: Parser<string> = {
  expected: "a field name: letters, digits, '_' or '.'",
  parse: (value) => (/^[a-zA-Z][a-zA-Z0-9_.]*$/.test(value) ? value : undefined)
}

/** Returns an ISO time as epoch milliseconds. */
export const startAt: Parser<"earliest" | "latest" | number> = {
  expected: "earliest | latest | an ISO 8601 time such as 2026-01-31T12:00:00Z",
  parse: (value) => {
    if (value === "earliest" || value === "latest") return value
    const day = value.includes("/") ? undefined : parseDay(value)
    return day === undefined ? parseDateTime(value) : utcDay(day)
  }
}

/** Reads the environment and collects every problem instead of stopping at the first (CONTRACT "Environment"). */
export interface Reader {
  /** One line per problem: the name, the text that was read, and the expected format. */
  readonly problems: Array<string>
  /** One line for each setting that is legal but most likely not intended. */
  readonly warnings: Array<string>
  /** The variables that were asked for. */
  readonly names: ReadonlySet<string>
  /** A secret is also read from the file that `NAME_FILE` names. */
  optional<A>(name: string, parser: Parser<A>): Effect.Effect<A | undefined, Config.ConfigError>
  /** After a problem it returns the fallback, because the settings are not used then. */
  withDefault<A>(name: string, parser: Parser<A>, fallback: A): Effect.Effect<A, Config.ConfigError>
  /** A missing variable is a problem, too. It then returns the fallback. */
  required<A>(name: string, parser: Parser<A>, fallback: A): Effect.Effect<A, Config.ConfigError>
}

/** The text of a variable, or undefined where it is missing. */
const readVariable = (name: string) =>
  Effect.map(Config.option(Config.String(name)), (found) =>
    Option.isNone(found) || found.value.trim() === "" ? undefined : found.value.trim()
  )

export const makeReader = (): Reader => {
  const problems: Array<string> = []
  const names = new Set<string>()
  /** A secret may come from the file that `NAME_FILE` names, so that no listing of the environment shows it. */
  const textOf = Effect.fnUntraced(function* (name: string, secret: boolean) {
    names.add(name)
    const direct = yield* readVariable(name)
    if (!secret) return direct
    names.add(`${name}_FILE`)
    const path = yield* readVariable(`${name}_FILE`)
    if (path === undefined) return direct
    if (direct !== undefined) {
      problems.push(`${name}, ${name}_FILE: read both, expected one of the two`)
      return undefined
    }
    const file = readSecretFile(path)
    if ("text" in file) return file.text
    problems.push(`${name}_FILE: read ${JSON.stringify(path)}, ${file.problem}`)
    return undefined
  })
  const optional = <A>(name: string, parser: Parser<A>) =>
    Effect.map(textOf(name, parser.secret ?? false), (text) => {
      if (text === undefined) return undefined
      const value = parser.parse(text)
      if (value === undefined) {
        const read = parser.secret
          ? "a value that is not shown"
          : JSON.stringify((parser.shown?.(text) ?? text).slice(0, 200))
        const hint = parser.hint?.(text)
        problems.push(`${name}: read ${read}, expected ${parser.expected}${hint === undefined ? "" : ` (${hint})`}`)
      }
      return value
    })
  return {
    problems,
    warnings: [],
    names,
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
