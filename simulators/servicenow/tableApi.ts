import { json } from "../core/answer.ts"
import type { Answered, SimRequest } from "../core/Simulator.ts"
import { isHidden, rangeSearch } from "./access.ts"
import { parseEncodedQuery } from "./encodedQuery.ts"
import { aclException, failure, noRecord, queryDenied } from "./errors.ts"
import type { TableName } from "./fields.ts"
import { answerGroups, groupTable } from "./groups.ts"
import type { Instance } from "./Instance.ts"
import { renderRow, viewOf } from "./render.ts"
import type { Row } from "./Row.ts"
import { insertRow, updateRow, type Writer } from "./write.ts"

const pathPattern = /^\/api\/now(?:\/v\d+)?\/table\/([^/]+)(?:\/([^/]+))?\/?$/

/** The table and sys_id that a path of the Table API names. */
export const tablePath = (path: string): { readonly table: string; readonly sysId: string | undefined } | undefined => {
  const [, table, sysId] = pathPattern.exec(path) ?? []
  return table === undefined ? undefined : { table, sysId }
}

const isTable = (instance: Instance, name: string): name is TableName => Object.hasOwn(instance.tables, name)

/** Reads a JSON object. `undefined` for anything else. */
export const parseObject = (body: string): object | undefined => {
  try {
    const parsed: unknown = JSON.parse(body)
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

const wholeNumber = (text: string | null, fallback: number): number =>
  text !== null && /^\d+$/.test(text) ? Number(text) : fallback

const list = (instance: Instance, name: TableName, request: SimRequest): Answered => {
  const { query } = request
  const parsed = parseEncodedQuery(query.get("sysparm_query") ?? "", (field) => instance.fields[name].has(field))
  const range = rangeSearch(instance, name, parsed)
  if (range === "403") return queryDenied
  const isEmpty = range === "empty" || (parsed.invalid && instance.options.strictQuery)
  const found = isEmpty
    ? []
    : instance.tables[name].select(parsed).filter((row) => !isHidden(instance, name, row, "rule"))
  const offset = wholeNumber(query.get("sysparm_offset"), 0)
  const page = found.slice(offset, offset + wholeNumber(query.get("sysparm_limit"), 10_000))
  const view = viewOf(request)
  // An ACL is evaluated row by row after the page has been read, so the count does not consider it.
  const shown = page.filter((row) => !isHidden(instance, name, row))
  return json(
    200,
    { result: shown.map((row) => renderRow(instance, name, row, view)) },
    { "x-total-count": String(found.length) }
  )
}

/**
 * Carries out one request of the Table API for an authenticated user. If the answer is an error, nothing has changed.
 */
export const answerTable = (instance: Instance, request: SimRequest, writer: Writer): Answered => {
  const { method } = request
  const { sysId, table } = tablePath(request.path) ?? {}
  if (table === undefined) return failure(400, "Requested URI does not represent any resource", null)
  if (table === groupTable) return answerGroups(instance, request, sysId)
  if (!isTable(instance, table)) return failure(400, `Invalid table ${table}`, null)
  const view = viewOf(request)
  const result = (row: Row) => ({ result: renderRow(instance, table, row, view) })

  if (sysId === undefined) {
    if (method === "GET") return list(instance, table, request)
    if (method !== "POST") return failure(405, "Method not supported", `${method} needs a record`)
    const body = parseObject(request.body)
    if (body === undefined) return failure(400, "Exception while reading request", "The payload is not valid JSON")
    const written = insertRow(instance, table, body, writer)
    if ("refused" in written) return written.refused
    const { row } = written
    return json(201, result(row), { location: `${view.base}/api/now/table/${table}/${row.sysId}` })
  }

  if (method === "DELETE") return aclException("Delete")
  if (method !== "GET" && method !== "PATCH" && method !== "PUT") {
    return failure(405, "Method not supported", `${method} is not for a record`)
  }
  const row = instance.tables[table].get(sysId)
  if (row === undefined || isHidden(instance, table, row)) return noRecord
  if (method === "GET") return json(200, result(row))
  const body = parseObject(request.body)
  if (body === undefined) return failure(400, "Exception while reading request", "The payload is not valid JSON")
  const written = updateRow(instance, table, row, body, writer)
  return "refused" in written ? written.refused : json(200, result(row))
}
