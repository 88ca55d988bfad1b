import { Effect, Redacted } from "effect"

import { everyRole, Role } from "../../domain/operator/Role.ts"
import type { OperatorSettings } from "../../services/Settings.ts"
import * as parse from "./parsers.ts"
import type { Parser, Reader } from "./parsers.ts"

const isRole = (text: string): text is Role => (Role.literals as ReadonlyArray<string>).includes(text)

/** Every token is longer. A longer name or role may be a token in a wrong place. */
const longestShown = 15

/** The operator of one entry `name:token:role+role`, or what is wrong with it. Never shows the token. */
const readEntry = (entry: string): OperatorSettings | string => {
  const [name = "", token = "", roles = "", ...more] = entry.split(":").map((part) => part.trim())
  if (roles === "" || more.length > 0) return "is not name:token:role"
  if (!/^[^\s\p{C}]{1,64}$/u.test(name)) return "has a name that is not 1 to 64 characters without spaces"
  const who = name.length <= longestShown ? `(${name}) ` : ""
  if (!/^[!-~]{16,200}$/.test(token)) {
    return `${who}has a token that is not 16 to 200 printable characters without ":" and ","`
  }
  const given = roles.split("+").map((role) => role.trim())
  const wrong = given.find((role) => !isRole(role))
  if (wrong !== undefined)
    return `${who}has ${wrong.length <= longestShown ? `the role ${JSON.stringify(wrong)}` : "a role that is not shown"}, which is none of ${Role.literals.join(", ")}`
  return { name, token: Redacted.make(token), roles: [...new Set(given.filter(isRole))] }
}

/** The first of two values that are the same. */
const repeated = (values: ReadonlyArray<string>): number =>
  values.findIndex((value, at) => values.indexOf(value) !== at)

/** A shorter token could be guessed, and a token with other characters could not be sent as a bearer. */
const operatorToken: Parser<Redacted.Redacted> = {
  expected: "at least 16 printable characters without spaces",
  secret: true,
  parse: (value) => (/^[!-~]{16,}$/.test(value) ? Redacted.make(value) : undefined)
}

const secretText: Parser<string> = { expected: "text", secret: true, parse: (value) => value }

/**
 * `OPERATOR_TOKENS`, and `OPERATOR_TOKEN` as the one operator `operator` with all roles (CONTRACT "Environment"). A name
 * or a token that occurs twice is a problem, because the trail could not name who acted.
 */
const readOperators = Effect.fnUntraced(function* (reader: Reader) {
  const single = yield* reader.optional("OPERATOR_TOKEN", operatorToken)
  const list = yield* reader.optional("OPERATOR_TOKENS", secretText)
  const entries = (list ?? "").split(",").map((entry) => entry.trim())
  const read = list === undefined ? [] : entries.map(readEntry)
  const wrong = read.flatMap((entry, index) =>
    typeof entry === "string" ? [`OPERATOR_TOKENS: entry ${index + 1} ${entry}, expected name:token:role+role, …`] : []
  )
  const operators = [
    ...(single === undefined ? [] : [{ name: "operator", token: single, roles: everyRole }]),
    ...read.filter((entry) => typeof entry !== "string")
  ]
  const twice = operators[repeated(operators.map(({ name }) => name))]
  if (twice !== undefined)
    wrong.push(`OPERATOR_TOKENS: the name ${twice.name} is given twice, expected one token for each name`)
  const same = operators[repeated(operators.map(({ token }) => Redacted.value(token)))]
  if (same !== undefined)
    wrong.push(`OPERATOR_TOKENS: the token of ${same.name} is another operator's, too, expected one for each`)
  reader.problems.push(...wrong)
  return operators
})

const traceUrl: Parser<string> = {
  shown: parse.withoutUser,
  expected: "an http or https URL with {trace_id}, such as http://127.0.0.1:16686/trace/{trace_id}",
  parse: (value) =>
    value.includes("{trace_id}") && /^https?:$/.test(URL.parse(value)?.protocol ?? "") ? value : undefined
}

/** Where the service listens, and who may use the operator's API. */
export const readHttp = Effect.fnUntraced(function* (reader: Reader) {
  const trace = yield* reader.optional("TRACE_URL", traceUrl)
  return {
    host: yield* reader.withDefault("HTTP_HOST", parse.text, "127.0.0.1"),
    port: yield* reader.withDefault("HTTP_PORT", parse.integer(0, 65_535), 8080),
    operators: yield* readOperators(reader),
    sessionIdle: yield* reader.withDefault("SESSION_IDLE", parse.duration, 28_800_000),
    ...(trace !== undefined && { traceUrl: trace })
  }
})
