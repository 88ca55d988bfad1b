import { Clock, Effect, Layer } from "effect"

import type { Json } from "../../domain/record/ChannelResult.ts"
import { Http, type HttpAnswer, type HttpRequest } from "../../services/Http.ts"
import { Settings } from "../../services/Settings.ts"
import {
  ServiceNowTables,
  type Table,
  type TableAnswer,
  type TableRead,
  type TextRow
} from "../../services/VendorAccess.ts"
import { apiText, isObject, readJson, retryAfter } from "../http/answer.ts"
import { makeAuthorization } from "./authorization.ts"
import { caseTable } from "./cases.ts"
import { consumerTable } from "./consumers.ts"
import { tablePath } from "./tableQuery.ts"
import { type TableRow, textOf } from "./tableRow.ts"

const names: Readonly<Record<Table, string>> = { cases: caseTable, consumers: consumerTable, groups: "sys_user_group" }

/** How often a rate-limited request is made again. */
const limitedTries = 3

/** Maximum milliseconds to wait for a rate limit. */
const longestHold = 30_000

const parametersOf = ({ displayed, fields, limit, query }: TableRead): Readonly<Record<string, string>> => ({
  ...(query !== undefined && { sysparm_query: query }),
  sysparm_fields: fields.join(","),
  sysparm_display_value: displayed === true ? "all" : "false",
  sysparm_exclude_reference_link: "true",
  ...(limit !== undefined && { sysparm_limit: String(limit) })
})

const rowsOf = (body: unknown): ReadonlyArray<TableRow> => {
  if (!isObject(body)) return []
  return (Array.isArray(body.result) ? body.result : [body.result]).filter(isObject)
}

const textRow = (row: TableRow): TextRow =>
  Object.fromEntries(Object.entries(row).map(([field, value]) => [field, textOf(value)]))

/** The fields for which the instance also returns the displayed text. */
const displayedRow = (row: TableRow): TextRow =>
  Object.fromEntries(
    Object.entries(row).flatMap(([field, value]) =>
      isObject(value) && "display_value" in value ? [[field, textOf(value.display_value)]] : []
    )
  )

const answerOf = ({ body, headers, status }: HttpAnswer): TableAnswer => {
  const parsed = readJson(body)
  const { detail, message } = apiText(status, parsed)
  const total = Number(headers["x-total-count"] ?? Number.NaN)
  const date = Date.parse(headers.date ?? "")
  const rows = status < 300 ? rowsOf(parsed) : []
  return {
    status: parsed === undefined && status < 300 ? 502 : status,
    rows: rows.map(textRow),
    displayed: rows.map(displayedRow),
    ...(Number.isFinite(total) && { total }),
    message: parsed === undefined ? "the answer is not JSON" : message === detail ? message : `${message}: ${detail}`,
    ...(Number.isFinite(date) && { date })
  }
}

const make = Effect.gen(function* () {
  const http = yield* Http
  const { serviceNow } = yield* Settings
  const authorization = yield* makeAuthorization
  let limited = 0

  const send = Effect.fnUntraced(function* (method: HttpRequest["method"], path: string, body?: Json) {
    for (let tries = 1; ; tries++) {
      const answer = yield* http
        .send({
          method,
          url: serviceNow.url + path,
          headers: {
            accept: "application/json",
            authorization: yield* authorization.header,
            ...(body && { "content-type": "application/json" })
          },
          ...(body && { body: JSON.stringify(body) }),
          timeout: serviceNow.timeout
        })
        .pipe(Effect.mapError(({ reason }) => reason))
      if (answer.status === 429) limited += 1
      if (answer.status !== 429 || tries === limitedTries) return answerOf(answer)
      yield* Effect.sleep(Math.min(longestHold, retryAfter(answer, yield* Clock.currentTimeMillis) ?? 1000))
    }
  })

  return ServiceNowTables.of({
    read: (table, read) =>
      send(
        "GET",
        tablePath(names[table], {
          ...(read.sysId !== undefined && { sysId: read.sysId }),
          parameters: parametersOf(read)
        })
      ),
    create: (table, body) => send("POST", tablePath(names[table]), body),
    update: (table, sysId, body) => send("PATCH", tablePath(names[table], { sysId }), body),
    limited: Effect.sync(() => limited)
  })
})

/** `ServiceNowTables` on the Table API. Each call makes one request, and repeats it only after a rate limit (429). */
export const ServiceNowTablesHttp = Layer.effect(ServiceNowTables, make)
