import { Result } from "effect"

import type { HttpAnswer } from "../../services/Http.ts"
import { Refused, Unreadable } from "../../services/ServiceNow.ts"
import { apiText } from "../http/apiText.ts"
import { isObject, readJson } from "../http/readJson.ts"
import { retryAfter } from "../http/retryAfter.ts"

/** An answer that counts (SPEC 4.4): 200 or 201 and what its `result` holds. */
export interface Answered {
  readonly status: number
  readonly result: unknown
}

const unreadable = (status: number, detail: string) => Result.fail(new Unreadable({ status, detail }))

const refused = (status: number, body: unknown, wait: number | undefined) =>
  Result.fail(new Refused({ status, ...apiText(status, body), ...(wait !== undefined && { retryAfter: wait }) }))

/** Only 200 and 201, JSON, with a `result` and without an `error` key count (SPEC 4.4); `now` in epoch milliseconds. */
export const readAnswer = (answer: HttpAnswer, now: number): Result.Result<Answered, Refused | Unreadable> => {
  const { body, headers, status } = answer
  const parsed = readJson(body)
  if (status >= 400) return refused(status, parsed, retryAfter(headers, now))
  if (status !== 200 && status !== 201) return unreadable(status, `a resposta ${status} não conta como executada`)
  if (parsed === undefined) return unreadable(status, "a resposta não é JSON")
  if (!isObject(parsed)) return unreadable(status, "a resposta não é um objeto")
  if ("error" in parsed) return refused(status, parsed, undefined)
  if (parsed.result === undefined || parsed.result === null) return unreadable(status, "a resposta não tem result")
  return Result.succeed({ status, result: parsed.result })
}
