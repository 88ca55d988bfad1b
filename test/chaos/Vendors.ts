import { spawn } from "node:child_process"

import { Effect } from "effect"

import type { FaultRule } from "../../simulators/core/FaultRule.ts"
import type { LoggedRequest } from "../../simulators/core/Simulator.ts"
import type { StoredCase, StoredRecord } from "../../simulators/servicenow/inspect.ts"
import type { AcceptedMessage } from "../../simulators/weni/campaigns.ts"
import { eventually } from "../integration/support/service.ts"
import { freePort } from "../support/freePorts.ts"
import { serversHost } from "./network.ts"

const cases = "/api/now/table/sn_customerservice_case"

/** The usual faults of the vendors. A late insert comes well before SERVICENOW_TIMEOUT has passed (SPEC 4.3). */
const serviceNowDay: ReadonlyArray<FaultRule> = [
  { kind: "status", status: 503, times: -1, probability: 0.01, seed: 1 },
  { kind: "status", status: 429, headers: { "retry-after": "1" }, times: -1, probability: 0.005, seed: 2 },
  { kind: "timeout", when: "after", times: -1, probability: 0.005, seed: 3, match: { method: "POST", path: cases } },
  { kind: "lateInsert", delayMs: 1500, times: -1, probability: 0.005, seed: 4, match: { method: "POST", path: cases } },
  { kind: "drop", when: "after", times: -1, probability: 0.005, seed: 5, match: { method: "PATCH", path: cases } },
  { kind: "slow", delayMs: 400, times: -1, probability: 0.05, seed: 6 }
]
const weniDay: ReadonlyArray<FaultRule> = [
  { kind: "status", status: 500, times: -1, probability: 0.02, seed: 1 },
  { kind: "status", status: 429, headers: { "retry-after": "1" }, times: -1, probability: 0.01, seed: 2 },
  { kind: "timeout", when: "after", times: -1, probability: 0.005, seed: 3 },
  { kind: "drop", when: "after", times: -1, probability: 0.005, seed: 4 },
  { kind: "drop", when: "before", times: -1, probability: 0.005, seed: 5 }
]

/** Both simulators in a separate process, and their state. */
export const startVendors = Effect.gen(function* () {
  const serviceNowPort = yield* freePort
  const weniPort = yield* freePort
  const serviceNow = `http://${serversHost}:${serviceNowPort}`
  const weni = `http://${serversHost}:${weniPort}`
  yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, ["simulators/main.ts"], {
        env: {
          PATH: process.env["PATH"] ?? "",
          SIM_HOST: serversHost,
          SIM_SERVICENOW_PORT: String(serviceNowPort),
          SIM_WENI_PORT: String(weniPort)
        },
        stdio: "ignore"
      })
    ),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )
  const ask = (url: string, method = "GET", body?: unknown) =>
    Effect.promise(async () => {
      const answer = await fetch(url, { method, ...(body !== undefined && { body: JSON.stringify(body) }) })
      if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`)
      return JSON.parse(await answer.text())
    })
  const faults = (url: string, rules: ReadonlyArray<FaultRule>) =>
    Effect.gen(function* () {
      yield* ask(`${url}/_sim/faults`, "DELETE")
      if (rules.length > 0) yield* ask(`${url}/_sim/faults`, "POST", rules)
    })
  const answers = (url: string) =>
    Effect.as(
      Effect.tryPromise(() => fetch(`${url}/_sim`)),
      true
    )
  yield* eventually("the simulators", Effect.andThen(answers(serviceNow), answers(weni)))
  const usual = Effect.andThen(faults(serviceNow, serviceNowDay), faults(weni, weniDay))
  yield* usual
  return {
    environment: {
      SERVICENOW_URL: serviceNow,
      SERVICENOW_USERNAME: "integration",
      SERVICENOW_PASSWORD: "not-logged-1",
      WENI_URL: weni,
      WENI_API_KEY: "not-logged-2",
      WENI_API_SECRET: "not-logged-3"
    },
    /** Sets the usual faults and no others. */
    usual,
    /** Makes ServiceNow unavailable in this way: it neither carries out nor answers any request. */
    away: (rule: FaultRule) => faults(serviceNow, [{ ...rule, times: -1 }]),
    /** Removes all faults. */
    calm: Effect.andThen(faults(serviceNow, []), faults(weni, [])),
    cases: Effect.map(
      ask(`${serviceNow}/_sim/state`),
      (state: { readonly cases: ReadonlyArray<StoredCase>; readonly consumers: ReadonlyArray<StoredRecord> }) => state
    ),
    accepted: Effect.map(
      ask(`${weni}/_sim/state`),
      ({ dispatches }: { readonly dispatches: ReadonlyArray<AcceptedMessage> }) => dispatches
    ),
    requests: Effect.map(
      Effect.all([ask(`${serviceNow}/_sim/requests`), ask(`${weni}/_sim/requests`)]),
      (logs: ReadonlyArray<{ readonly requests: ReadonlyArray<LoggedRequest> }>) =>
        logs.flatMap(({ requests }) => requests)
    )
  }
})
