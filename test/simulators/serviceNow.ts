import { Effect } from "effect"
import { TestClock } from "effect/testing"

import type { ServiceNowSettings } from "../../simulators/servicenow/options.ts"
import { makeServiceNowSimulator } from "../../simulators/servicenow/ServiceNowSimulator.ts"
import { serving } from "./client.ts"

export const casePath = "/api/now/table/sn_customerservice_case"
export const consumerPath = "/api/now/table/csm_consumer"

/** A served instance at 2025-09-30 15:30:02 UTC, asked as the user `ctx`. */
export const servingServiceNow = (settings: ServiceNowSettings = {}) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(Date.UTC(2025, 8, 30, 15, 30, 2))
    const simulator = yield* makeServiceNowSimulator(settings)
    const authorization = `Basic ${Buffer.from("ctx:secret").toString("base64")}`
    return { simulator, ...(yield* serving(simulator, { authorization })) }
  })

/** A property path into JSON, such as `result.sys_id`. */
export const at = (json: unknown, path: string): unknown =>
  path
    .split(".")
    .reduce<unknown>(
      (value, key) => (typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined),
      json
    )

/** The array at a property path; dies where there is none. */
export const arrayAt = (json: unknown, path: string): ReadonlyArray<unknown> => {
  const found = at(json, path)
  if (!Array.isArray(found)) throw new TypeError(`no array at ${path}: ${JSON.stringify(json)}`)
  return found
}

export const query = (sysparm_query: string, more: Readonly<Record<string, string>> = {}) =>
  `?${new URLSearchParams({ sysparm_query, ...more }).toString()}`
