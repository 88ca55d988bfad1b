import { STATUS_CODES } from "node:http"

import { isObject } from "./readJson.ts"

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value.trim() !== "" ? value.trim() : undefined

const first = (values: ReadonlyArray<unknown>): string | undefined =>
  values.map(text).find((value) => value !== undefined)

/** How an API explains a status: its own words where the (parsed) body has some, else the status' name. */
export const apiText = (status: number, body: unknown): { readonly message: string; readonly detail: string } => {
  const outer = isObject(body) ? body : {}
  const [firstError] = Array.isArray(outer.errors) ? outer.errors : []
  const inner = [outer.error, firstError].find(isObject) ?? {}
  const said = first([inner.message, outer.message, outer.error, firstError, outer.title])
  const message = said ?? STATUS_CODES[status] ?? `HTTP ${status}`
  const detail = first([inner.detail, outer.detail, outer.details, outer.error_description]) ?? message
  return { message, detail }
}
