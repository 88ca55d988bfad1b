import { Effect, Redacted } from "effect"

import type { ServiceNowAuth } from "../../services/Settings.ts"
import * as parse from "./parsers.ts"
import type { Reader } from "./parsers.ts"

/** The source's CTGuest, which is not a sys_id. Startup logs a warning while it is configured (SPEC 3.3). */
const sourceGuestConsumer = "xOeTBxFz98JIPlG00LagPt7aH4BSvmY9t3zy7CJ2cSk="

const warnOfPlainText = (reader: Reader, name: string, url: string): void => {
  if (url.startsWith("http:")) {
    reader.warnings.push(`${name} begins with http://: credentials and personal data travel in plain text`)
  }
}

const readAuth = Effect.fnUntraced(function* (reader: Reader) {
  const username = yield* reader.optional("SERVICENOW_USERNAME", parse.text)
  const password = yield* reader.optional("SERVICENOW_PASSWORD", parse.secret)
  const clientId = yield* reader.optional("SERVICENOW_CLIENT_ID", parse.text)
  const clientSecret = yield* reader.optional("SERVICENOW_CLIENT_SECRET", parse.secret)
  if (username?.includes(":") === true && clientId === undefined) {
    reader.problems.push('SERVICENOW_USERNAME: read a name with ":", which Basic auth cannot send')
  }
  if ((username === undefined) !== (password === undefined)) {
    reader.problems.push("SERVICENOW_USERNAME, SERVICENOW_PASSWORD: read only one of the two, expected both or none")
  }
  if ((clientId === undefined) !== (clientSecret === undefined)) {
    reader.problems.push(
      "SERVICENOW_CLIENT_ID, SERVICENOW_CLIENT_SECRET: read only one of the two, expected both or none"
    )
  }
  if ([username, password, clientId, clientSecret].every((value) => value === undefined)) {
    reader.problems.push(
      "SERVICENOW_USERNAME: missing, expected it with SERVICENOW_PASSWORD (Basic), or SERVICENOW_CLIENT_ID with SERVICENOW_CLIENT_SECRET (OAuth)"
    )
  }
  const auth: ServiceNowAuth =
    clientId !== undefined && clientSecret !== undefined
      ? {
          type: "oauth",
          clientId,
          clientSecret,
          ...(username !== undefined && { username }),
          ...(password !== undefined && { password })
        }
      : { type: "basic", username: username ?? "", password: password ?? Redacted.make("") }
  return auth
})

export const readServiceNow = Effect.fnUntraced(function* (reader: Reader) {
  const assignmentGroup = yield* reader.optional("SERVICENOW_ASSIGNMENT_GROUP", parse.text)
  const humanGroup = yield* reader.optional("SERVICENOW_HUMAN_GROUP", parse.text)
  const openedBy = yield* reader.optional("SERVICENOW_OPENED_BY", parse.text)
  const url = yield* reader.required("SERVICENOW_URL", parse.url, "")
  warnOfPlainText(reader, "SERVICENOW_URL", url)
  return {
    url,
    auth: yield* readAuth(reader),
    guestConsumer: yield* reader.withDefault("SERVICENOW_GUEST_CONSUMER", parse.text, sourceGuestConsumer),
    documentField: yield* reader.withDefault("SERVICENOW_DOCUMENT_FIELD", parse.field, "u_cpf_cnpj"),
    keyField: yield* reader.withDefault("SERVICENOW_KEY_FIELD", parse.field, "u_id_correlacao"),
    phoneFields: yield* reader.withDefault("SERVICENOW_PHONE_FIELDS", parse.listOf(parse.field), [
      "phone",
      "mobile_phone"
    ]),
    ...(assignmentGroup !== undefined && { assignmentGroup }),
    ...(humanGroup !== undefined && { humanGroup }),
    ...(openedBy !== undefined && { openedBy }),
    timeout: yield* reader.withDefault("SERVICENOW_TIMEOUT", parse.timeout, 65_000),
    concurrency: yield* reader.withDefault("SERVICENOW_CONCURRENCY", parse.integer(1, 10_000), 16)
  }
})

export const readWeni = Effect.fnUntraced(function* (reader: Reader) {
  const url = yield* reader.withDefault("WENI_URL", parse.url, "https://campaign-api.omni.chat")
  warnOfPlainText(reader, "WENI_URL", url)
  return {
    url,
    apiKey: yield* reader.required("WENI_API_KEY", parse.headerSecret, Redacted.make("")),
    apiSecret: yield* reader.required("WENI_API_SECRET", parse.headerSecret, Redacted.make("")),
    timeout: yield* reader.withDefault("WENI_TIMEOUT", parse.timeout, 15_000),
    concurrency: yield* reader.withDefault("WENI_CONCURRENCY", parse.integer(1, 10_000), 16),
    retryStatus: yield* reader.withDefault(
      "WENI_RETRY_STATUS",
      parse.listOf(parse.integer(300, 599)),
      [429, 500, 502, 503]
    )
  }
})
