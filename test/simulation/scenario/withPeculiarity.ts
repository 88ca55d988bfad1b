import type { Dice } from "../Dice.ts"
import type { CustomerEvent, Peculiarity, Scenario, VendorFault } from "./Scenario.ts"

const asTyped = (text: string) => text.replaceAll("quando", "😀 1 < 2 & <b>já</b>")

/** The scenario with customers' texts that an instance may store differently. */
const withTexts = (scenario: Scenario): Scenario => {
  const all = scenario.conversations.flatMap(({ events }) => events)
  const written = new Map(
    all.map((event) => [event, event.note === undefined ? event : { ...event, note: asTyped(event.note) }])
  )
  // An event is the same in its conversation and in its deliveries.
  const same = (events: ReadonlyArray<CustomerEvent>) => events.map((event) => written.get(event) ?? event)
  return {
    ...scenario,
    conversations: scenario.conversations.map((one) => ({ ...one, events: same(one.events) })),
    deliveries: scenario.deliveries.map((one) => ({
      ...one,
      value: asTyped(one.value),
      expected: one.expected.kind === "events" ? { ...one.expected, events: same(one.expected.events) } : one.expected
    }))
  }
}

/** Lost answers to creates or notes, which make a peculiar instance dangerous. */
const lostAnswers = (dice: Dice): VendorFault => ({
  after: dice.pick([0, 0, 500, 2000]),
  vendor: "serviceNow",
  rule: {
    kind: dice.pick(["timeout", "drop"]),
    when: "after",
    ...dice.pick([
      { match: { method: "POST", path: "/api/now/table/sn_" } },
      { match: { method: "PATCH" }, times: 4, probability: 0.5, seed: dice.below(1e6) }
    ])
  }
})

/** The scenario on peculiar vendors. */
export const withPeculiarity = (dice: Dice, scenario: Scenario, peculiarity: Peculiarity): Scenario => {
  const lost = peculiarity.serviceNow !== undefined && dice.chance(0.6) ? [lostAnswers(dice)] : []
  const more = { peculiarity, vendorFaults: [...lost, ...(peculiarity.faults ?? []), ...scenario.vendorFaults] }
  return { ...(peculiarity.texts === true ? withTexts(scenario) : scenario), ...more }
}
