import { Effect } from "effect"

import type { Customer } from "./answers.ts"
import { makeProgress } from "./progress.ts"
import { endedOn, pollUntil } from "./stream.ts"
import type { World } from "./world.ts"

/** 15/01/2026, 22:00 in São Paulo: the desk opens again at 08:00. */
const night = Date.parse("2026-01-16T01:00:00Z")
const morning = Date.parse("2026-01-16T11:00:00Z")

const decoder = new TextDecoder()

export interface CustomerOutcome {
  readonly customer: Customer
  readonly actual: Customer["expected"]
}

const sendEvents = Effect.fnUntraced(function* (world: World, customer: Customer) {
  for (const value of customer.events) {
    const topic = world.settings.topics.inbound
    yield* world.broker.append({ topic, key: customer.scenario.id, value: JSON.stringify(value), headers: {} })
  }
})

const statesOf = Effect.fnUntraced(function* (world: World) {
  const cases = yield* world.serviceNow.cases
  return new Map(
    cases.map(({ fields }) => [
      fields.u_id_correlacao ?? "",
      { state: fields.state ?? "", priority: fields.priority ?? "" }
    ])
  )
})

const closesReported = Effect.fnUntraced(function* (world: World) {
  const responses = yield* world.broker.records(world.settings.topics.response)
  return responses.filter(({ headers }) => decoder.decode(headers.get("evento")) === "fechamento").length
})

/**
 * Lets every customer act, most by day and one while the desk is closed. That Case closes when the desk opens the next
 * morning, so the demo's clock is moved there.
 */
export const letCustomersAnswer = Effect.fnUntraced(function* (world: World, customers: ReadonlyArray<Customer>) {
  const events = customers.reduce((total, { events }) => total + events.length, 0)
  const progress = makeProgress(events)
  const ended = Effect.tap(endedOn(world, world.settings.topics.inbound), progress)
  const atNight = customers.filter((one) => one.atNight === true)
  const byDay = customers.filter((one) => one.atNight !== true)

  yield* Effect.forEach(byDay, (customer) => sendEvents(world, customer))
  const daily = byDay.reduce((total, { events }) => total + events.length, 0)
  yield* pollUntil(Effect.map(ended, (count) => count >= daily))

  yield* world.setTime(night)
  yield* Effect.forEach(atNight, (customer) => sendEvents(world, customer))
  yield* pollUntil(Effect.map(ended, (count) => count >= events))
  yield* world.setTime(morning)
  // The response comes after the write on the Case, so waiting for it waits for both.
  const areReported = Effect.map(closesReported(world), (count) => count >= atNight.length)
  yield* Effect.timeoutOption(pollUntil(areReported), "10 seconds")

  const states = yield* statesOf(world)
  return customers.map((customer): CustomerOutcome => ({
    customer,
    actual: states.get(customer.scenario.id) ?? { state: "none", priority: "none" }
  }))
})
