import { Effect } from "effect"

import type { KafkaRecord } from "../src/services/Kafka.ts"
import type { Customer } from "./answers.ts"
import type { Scenario } from "./scenario.ts"
import type { World } from "./world.ts"

const decoder = new TextDecoder()
const told = (header: Uint8Array | undefined): string => decoder.decode(header)

/** A refused record's response is named after the record: `topic/partition/offset`. */
const isRefusal = (headers: KafkaRecord["headers"]) => !told(headers.get("id_resposta")).includes("#")

/** One promise, and whether the vendors' own records confirm it. */
export interface Check {
  readonly promise: string
  readonly kept: boolean
  readonly found: string
}

const check = (promise: string, found: number, expected: number): Check => ({
  promise,
  kept: found === expected,
  found: `${found} of ${expected}`
})

const duplicates = (values: ReadonlyArray<string>) => values.length - new Set(values).size

/** Compares the simulators' records and the topics with what the stream must have caused. */
export const audit = Effect.fnUntraced(function* (
  world: World,
  scenarios: ReadonlyArray<Scenario>,
  customers: ReadonlyArray<Customer>
) {
  const { topics } = world.settings
  const cases = yield* world.serviceNow.cases
  const messages = yield* world.weni.dispatches
  const deadLetters = yield* world.broker.records(topics.inDlq)
  const responses = yield* world.broker.records(topics.response)
  const ofEvents = responses.filter(
    ({ headers }) => told(headers.get("evento")) !== "comunicacao" && !isRefusal(headers)
  )
  const reported = new Set(ofEvents.map(({ headers }) => told(headers.get("id_resposta"))))
  const distinct = customers.reduce((total, one) => total + one.distinct, 0)
  const nightly = customers.filter(({ atNight }) => atNight === true).length
  const sum = (key: "cases" | "messages") => scenarios.reduce((total, scenario) => total + scenario[key], 0)
  return [
    check("Cases in ServiceNow", cases.length, sum("cases")),
    check("second Cases of one communication", duplicates(cases.map((one) => one.fields.u_id_correlacao ?? "")), 0),
    check("messages accepted by Weni", messages.length, sum("messages")),
    check("second messages of one communication", duplicates(messages.map((one) => one.idContexto)), 0),
    check(
      "notes written twice",
      cases.reduce((total, one) => total + duplicates(one.notes), 0),
      0
    ),
    check("events and closes reported", reported.size, distinct + nightly),
    check("dead letters", deadLetters.length, scenarios.filter((one) => one.name === "invalid record").length)
  ] satisfies ReadonlyArray<Check>
})
