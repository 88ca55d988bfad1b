import { assert, it } from "@effect/vitest"

import type { Evidence } from "./audit/read.ts"
import type { Injection } from "./Injection.ts"
import { recoveries } from "./recovery.ts"

const order = (id: string, at: number) => ({
  at,
  after: 0,
  topic: "in" as const,
  partition: 0,
  value: id,
  expected: { kind: "order" as const, id, content: 0 },
  origin: id,
  ending: "response",
  responses: [],
  deadLetters: 0
})

const answer = (id: string, at: number) => ({
  at,
  response: { id_correlacao: id, id_resposta: `${id}#1`, evento: "comunicacao", resultados: {} }
})

const evidence: Evidence = {
  arrived: [order("a", 100), order("b", 1500), order("c", 2500)],
  published: [answer("a", 200), answer("b", 3000), answer("c", 7000)],
  responses: [],
  cases: [],
  consumers: [],
  accepted: [],
  facts: () => []
}

const broker: Injection = { kind: "all brokers killed and restarted", detail: "", began: 1000, ended: 2000 }
const killed: Injection = { kind: "kill -9 of 1 replica", detail: "", began: 5000, ended: 6000 }

it("recovery counts from the end of an outage, from the beginning of a kill, and only until the next fault", () => {
  assert.deepStrictEqual(recoveries(evidence, [broker, killed]), [
    { injection: broker, waiting: 1, flowing: 1000, caughtUp: 1000 },
    { injection: killed, waiting: 1, flowing: 2000, caughtUp: 2000 }
  ])
  const [cut] = recoveries(evidence, [broker, { ...killed, began: 2900 }])
  assert.strictEqual(cut?.caughtUp, undefined)
})
