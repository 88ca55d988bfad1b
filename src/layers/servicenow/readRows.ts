import { Effect } from "effect"

import { Unreadable } from "../../services/ServiceNow.ts"
import { isObject } from "../http/readJson.ts"
import type { Attempt, AttemptReason, Turn } from "./attempt.ts"
import type { Row } from "./row.ts"

/** One attempt to read rows of a table; a `result` that is no list of rows is unreadable. */
export const readRows = Effect.fnUntraced(function* (
  attempt: Attempt,
  turn: Turn,
  input: { readonly path: string }
): Effect.fn.Return<ReadonlyArray<Row>, AttemptReason> {
  const { result, status } = yield* attempt({ method: "GET", path: input.path }, turn)
  if (Array.isArray(result) && result.every(isObject)) return result
  return yield* new Unreadable({ status, detail: "result não é uma lista de registros" })
})
