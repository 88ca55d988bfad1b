import type { Json } from "../../domain/Canal.ts"
import { toPlainJson } from "../../domain/plainJson.ts"

/** What a body says as JSON, cleaned for any store; `undefined` when it is no JSON. */
export const readJson = (body: string): unknown => {
  try {
    return toPlainJson(JSON.parse(body)).value
  } catch {
    return undefined
  }
}

export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value)
