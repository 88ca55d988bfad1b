import { Effect } from "effect"

import type { FaultRule } from "../simulators/core/FaultRule.ts"
import type { LoggedRequest } from "../simulators/core/Simulator.ts"
import { eventually } from "../test/integration/support/service.ts"
import { freePort } from "../test/support/freePorts.ts"
import { startChild } from "./child.ts"
import { consumerOf } from "./orders.ts"

const authorization = `Basic ${Buffer.from("bench:not-logged-1").toString("base64")}`

const ask = (url: string, method = "GET", body?: unknown) =>
  Effect.promise(async () => {
    const answer = await fetch(url, {
      method,
      headers: { authorization },
      ...(body !== undefined && { body: JSON.stringify(body) })
    })
    if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`)
    return { body: JSON.parse(await answer.text()), total: Number(answer.headers.get("x-total-count")) }
  })

const kindOf = ({ method, path }: LoggedRequest) =>
  `${method} ${path.replace(/^\/api\/now\/table\//, "").replace(/\/[0-9a-f]{32}$/, "/{sys_id}")}`

/** Starts both simulators, empty, in one process of their own. */
export const startVendors = Effect.gen(function* () {
  const [serviceNowPort, weniPort] = [yield* freePort, yield* freePort]
  const serviceNow = `http://127.0.0.1:${serviceNowPort}`
  const weni = `http://127.0.0.1:${weniPort}`
  const child = yield* startChild(["simulators/main.ts"], {
    SIM_SERVICENOW_PORT: String(serviceNowPort),
    SIM_WENI_PORT: String(weniPort)
  })
  const up = (url: string) =>
    Effect.orDie(
      eventually(
        "the simulators",
        Effect.as(
          Effect.tryPromise(() => fetch(`${url}/_sim`)),
          true
        )
      )
    )
  yield* Effect.raceFirst(Effect.andThen(up(serviceNow), up(weni)), child.ended)
  const requests = (url: string) =>
    Effect.map(ask(`${url}/_sim/requests`), ({ body }): ReadonlyArray<LoggedRequest> => body.requests)
  return {
    pid: child.pid,
    environment: {
      SERVICENOW_URL: serviceNow,
      SERVICENOW_USERNAME: "bench",
      SERVICENOW_PASSWORD: "not-logged-1",
      WENI_URL: weni,
      WENI_API_KEY: "not-logged-2",
      WENI_API_SECRET: "not-logged-3"
    },
    order: (vendor: "servicenow" | "weni", rules: ReadonlyArray<FaultRule>) =>
      ask(`${vendor === "weni" ? weni : serviceNow}/_sim/faults`, "POST", rules),
    /** Makes ServiceNow work as usual again. */
    calm: ask(`${serviceNow}/_sim/faults`, "DELETE"),
    /** Makes customers known, at most 10,000 at once. */
    seed: (first: number, many: number) =>
      ask(
        `${serviceNow}/_sim/consumers`,
        "POST",
        Array.from({ length: many }, (_, index) => consumerOf(first + index))
      ),
    cases: Effect.map(
      ask(`${serviceNow}/api/now/table/sn_customerservice_case?sysparm_limit=1&sysparm_fields=sys_id`),
      ({ total }) => total
    ),
    /** The number of accepted messages. */
    accepted: Effect.map(ask(`${weni}/_sim/state`), ({ body }): number => body.dispatches.length),
    /** The number of requests of each kind, among the last 10,000 to each vendor. */
    requests: Effect.map(Effect.all([requests(serviceNow), requests(weni)]), (logs) => {
      const counts: Record<string, number> = {}
      for (const kind of logs.flat().map(kindOf).sort()) counts[kind] = (counts[kind] ?? 0) + 1
      return counts
    })
  }
})
