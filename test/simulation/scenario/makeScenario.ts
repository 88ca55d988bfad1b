import { Dice } from "../Dice.ts"
import { makeConversation } from "./conversations.ts"
import { makeDeliveries, mixed, spread } from "./deliveries.ts"
import { makeDisturbances, makeFates, makeLateAnswers, makeMoreDisturbances, makeOutageFates } from "./fates.ts"
import { withOrders, withPersonalId } from "./orders.ts"
import { makeOutages, outagesEnd } from "./outages.ts"
import { laterPeculiarities, peculiarities } from "./peculiarities.ts"
import type { Conversation, Delivery, Scenario } from "./Scenario.ts"
import { lateAtMost, makeLateWeniFaults, makeLimit, makeRelapse, makeVendorFaults } from "./vendorFaults.ts"
import { withPeculiarity } from "./withPeculiarity.ts"

/** Start times in São Paulo: a Tuesday noon, 15 s before business hours, a Saturday just before their end, a holiday. */
const beginnings = [
  "2025-09-30T15:30:00Z",
  "2025-09-30T15:30:00Z",
  "2025-10-01T10:59:45Z",
  "2025-10-04T22:59:40Z",
  "2025-12-25T15:00:00Z"
] as const

/** Moves orders to the start, and events to about the time at which an operator may send again. */
const aroundResend = (deliveries: ReadonlyArray<Delivery>): ReadonlyArray<Delivery> =>
  deliveries
    .map(({ after, ...one }) => ({
      ...one,
      after: one.topic === "in" ? after % 2000 : 44_500 + Math.floor(after / 12)
    }))
    .sort((one, other) => one.after - other.after)

/** Adds outages, limits and clocks. They have separate dice, so the other seeds keep their meaning. */
const withMore = (scenario: Scenario): Scenario => {
  const dice = new Dice(scenario.seed + 3_000_003)
  const { deliveries, disturbances, processes, vendorFaults } = scenario
  const isOperated = scenario.conversations.some(({ operator }) => operator !== undefined)
  const outages = dice.chance(isOperated ? 0.2 : 0.35) ? makeOutages(dice, scenario.trouble) : []
  const limits = dice.chance(isOperated ? 0 : 0.12) ? [makeLimit(dice)] : []
  const mix = dice.chance(0.15) ? mixed(dice, deliveries) : deliveries
  const more = isOperated ? [] : makeMoreDisturbances(dice, scenario.trouble)
  const seldom = { ...scenario, deliveries: mix, disturbances: [...disturbances, ...more] }
  const isAlone = dice.chance(0.7)
  const troubled = new Set<string>([...outages, ...limits].map(({ vendor }) => vendor))
  const faults = [...limits, ...vendorFaults.filter(({ vendor }) => isOperated || !isAlone || !troubled.has(vendor))]
  const forgets = dice.chance(0.15) && !isOperated && { forgets: dice.below(scenario.trouble) }
  if (outages.length === 0) return { ...seldom, ...forgets, vendorFaults: faults }
  const end = outagesEnd(outages)
  const relapse = outages
    .filter(() => !isOperated && dice.chance(0.25))
    .map(({ vendor }) => makeRelapse(dice, vendor, end))
  return {
    ...seldom,
    outages,
    vendorFaults: [...faults, ...relapse],
    deliveries: isOperated ? mix : spread(dice, mix, end),
    trouble: Math.max(scenario.trouble, end + dice.pick([1, 5000, 30_000, 60_000])),
    settings: { ...scenario.settings, maxWait: dice.chance(0.85) ? scenario.settings.maxWait : 60_000 },
    ...(!isOperated && { fates: makeOutageFates(dice, processes, end) })
  }
}

/** Adds the vendors' peculiarities. They have separate dice, so the other seeds keep their meaning. */
const withVendors = (scenario: Scenario, isOperated: boolean): Scenario => {
  if (isOperated) return scenario
  const later = new Dice(scenario.seed + 8_000_003)
  if (later.chance(0.15)) return withPeculiarity(later, scenario, later.pick(laterPeculiarities))
  const dice = new Dice(scenario.seed + 5_000_003)
  return dice.chance(0.3) ? withPeculiarity(dice, scenario, dice.pick(peculiarities)) : scenario
}

/** In one of ten seeds a topic is created again in the middle. It has separate dice. */
const withAnew = (scenario: Scenario): Scenario => {
  const dice = new Dice(scenario.seed + 13_000_003)
  if (!dice.chance(0.1)) return scenario
  return { ...scenario, anew: { after: dice.below(scenario.trouble), topic: dice.pick(["in", "inbound"]) } }
}

/** A request that an outage delays and a fault delays once more still ends before SERVICENOW_TIMEOUT has passed (SPEC 4.3). */
const withBoundedDelays = (scenario: Scenario): Scenario => {
  const delays = scenario.vendorFaults.flatMap(({ rule, vendor }) =>
    vendor === "serviceNow" ? [rule.delayMs ?? 0] : []
  )
  const atMost = Math.max(0, lateAtMost - Math.max(0, ...delays))
  return { ...scenario, outages: scenario.outages.map((one) => ({ ...one, late: Math.min(one.late, atMost) })) }
}

/** The scenario of one seed. With `two` it has two processes, even if the seed has one. */
export const makeScenario = (seed: number, two = false): Scenario => {
  const dice = new Dice(seed)
  const beginsAt = Date.parse(dice.pick(beginnings))
  // Separate dice, so the other seeds keep their meaning.
  const operator = new Dice(seed + 2_000_003)
  const isOperated = operator.chance(0.25)
  const trouble = isOperated ? 90_000 : dice.pick([1000, 10_000, 40_000, 90_000])
  const isRetried = new Dice(seed + 9_000_003).chance(0.3)
  const made = Array.from({ length: dice.pick([1, 1, 2, 3, 4]) }, (_, index): Conversation => ({
    ...makeConversation(dice, beginsAt, index),
    ...(isOperated && { operator: operator.pick(["careful", "hasty"]) }),
    ...(isRetried && { retried: true as const })
  }))
  const conversations = withPersonalId(seed, made)
  const timed = isOperated && operator.chance(0.7) ? aroundResend : (all: ReadonlyArray<Delivery>) => all
  // The late process has been taken over, so there is one process at a time.
  const processes = two ? 2 : isOperated ? 1 : new Dice(seed + 77_000_003).pick([1, 1, 2] as const)
  const usual = withMore({
    seed,
    processes,
    beginsAt,
    trouble,
    settings: {
      maxInFlight: dice.pick([1, 4, 256]),
      commitEvery: dice.pick([500, 3000]),
      attempts: dice.pick([2, 5]),
      failures: dice.pick([2, 20]),
      maxWait: 86_400_000,
      operationRate: 5
    },
    conversations,
    deliveries: timed(makeDeliveries(dice, conversations, beginsAt, trouble)),
    outages: [],
    orders: [],
    vendorFaults: isOperated ? makeLateWeniFaults(operator) : makeVendorFaults(dice, trouble),
    fates: isOperated && !two ? makeLateAnswers(operator) : makeFates(dice, processes),
    disturbances: makeDisturbances(dice, trouble)
  })
  return withBoundedDelays(withAnew(withOrders(withVendors(usual, isOperated), isOperated)))
}
