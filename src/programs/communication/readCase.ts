import { Effect } from "effect"

import { ServiceNow } from "../../services/ServiceNow.ts"
import { Settings } from "../../services/Settings.ts"
import { attribute } from "../../telemetry/names.ts"
import { annotated, traced } from "../../telemetry/traced.ts"
import { makeRetryBudget, onceOnly, retrying } from "../vendor/retryBudget.ts"

/**
 * Returns the Case with this sys_id or number, as it is now. Returns `undefined` if no Case has the value itself, and
 * for a value that may not enter a query (SPEC 3.4, 8.2, 8.8). Retries transient failures (SPEC 4.6). `isOnce`: one
 * attempt, for a caller that can do without the answer.
 */
export const readCase = Effect.fnUntraced(function* (idOrNumber: string, isOnce = false) {
  const serviceNow = yield* ServiceNow
  const settings = yield* Settings
  const retryBudget = makeRetryBudget("readCase", isOnce ? onceOnly(settings) : settings, idOrNumber.trim())
  const record = yield* retrying(retryBudget, (attemptState) => serviceNow.readCase(idOrNumber, attemptState))
  if (record === undefined) return undefined
  yield* annotated(() => ({ [attribute.caseNumber]: record.number, [attribute.caseSysId]: record.sysId }))
  return record
}, traced("ServiceNow.readCase"))
