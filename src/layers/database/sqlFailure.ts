import type { SqlError } from "effect/sql/SqlError"

const property = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && name in value ? Reflect.get(value, name) : undefined

/** Postgres' SQLSTATE, where the server itself answered with an error. */
const sqlState = (error: SqlError): string | undefined => {
  const code = property(error.reason.cause, "code")
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) ? code : undefined
}

/** Classes that speak of the values sent, never of the server: 22 data, 23 constraint, 54 limits. */
const ofTheData = /^(22|23|54)/

/**
 * True when the same statement can never succeed: the server refuses its values, or they cannot be encoded. All else
 * (connection, starting up, too many connections, deadlock, disk full, missing rights …) heals, if need be by an operator.
 */
export const isPermanent = (error: SqlError): boolean => {
  const state = sqlState(error)
  if (state !== undefined) return ofTheData.test(state)
  return !error.isRetryable
}

/** One line for the log: never values of a statement. */
export const describeSqlError = (error: SqlError): string => {
  const state = sqlState(error)
  const text = property(error.reason.cause, "message")
  // Of the data's errors the server's text quotes the data.
  const detail = isPermanent(error) || typeof text !== "string" || text === "" ? error.reason._tag : text
  return state === undefined ? detail : `${state} ${detail}`
}
