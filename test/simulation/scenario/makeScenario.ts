import { Dice } from "../Dice.ts"
import { makeConversation } from "./conversations.ts"
import { makeDeliveries, mixed, spread } from "./deliveries.ts"
import { makeDisturbances, makeFates, makeLateAnswers, makeMoreDisturbances, makeOutageFates } from "./fates.ts"
import { makeOutages, outagesEnd } from "./outages.ts"
import { peculiarities } from "./peculiarities.ts"
import type { Conversation, Delivery, Scenario } from "./Scenario.ts"
import { makeLateWeniFaults, makeLimit, makeRelapse, makeVendorFaults } from "./vendorFaults.ts"
import { withPeculiarity } from "./withPeculiarity.ts"

/** In São Paulo: a Tuesday noon, a quarter of a minute before the desk opens, a Saturday just before it closes, a holiday. */
const beginnings = [
  "2025-09-30T15:30:00Z",
  "2025-09-30T15:30:00Z",
  "2025-10-01T10:59:45Z",
  "2025-10-04T22:59:40Z",
  "2025-12-25T15:00:00Z"
] as const

/** Orders at once, and events about when an operator may send again. */
const aroundResend = (deliveries: ReadonlyArray<Delivery>): ReadonlyArray<Delivery> =>
  deliveries
    .map(({ after, ...one }) => ({
      ...one,
      after: one.topic === "in" ? after % 2000 : 44_500 + Math.floor(after / 12)
    }))
    .sort((one, other) => one.after - other.after)

/** What a seed has besides: an outage, a limit, clocks. Dice of their own: what other seeds mean stays. */
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

/** What a seed's vendors are like. Dice of their own: what other seeds mean stays. */
const withVendors = (scenario: Scenario, isOperated: boolean): Scenario => {
  const dice = new Dice(scenario.seed + 5_000_003)
  if (isOperated || !dice.chance(0.3)) return scenario
  return withPeculiarity(dice, scenario, dice.pick(peculiarities))
}

/** What one seed stands for. */
export const makeScenario = (seed: number): Scenario => {
  const dice = new Dice(seed)
  const beginsAt = Date.parse(dice.pick(beginnings))
  // Dice of their own: what other seeds mean stays.
  const operator = new Dice(seed + 2_000_003)
  const isOperated = operator.chance(0.25)
  const trouble = isOperated ? 90_000 : dice.pick([1000, 10_000, 40_000, 90_000])
  const isRetried = new Dice(seed + 9_000_003).chance(0.3)
  const conversations = Array.from({ length: dice.pick([1, 1, 2, 3, 4]) }, (_, index): Conversation => ({
    ...makeConversation(dice, beginsAt, index),
    ...(isOperated && { operator: operator.pick(["careful", "hasty"]) }),
    ...(isRetried && { retried: true as const })
  }))
  const timed = isOperated && operator.chance(0.7) ? aroundResend : (all: ReadonlyArray<Delivery>) => all
  // The one that is late has been taken over: one process at a time.
  const processes = isOperated ? 1 : new Dice(seed + 77_000_003).pick([1, 1, 2] as const)
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
      maxWait: 86_400_000
    },
    conversations,
    deliveries: timed(makeDeliveries(dice, conversations, beginsAt, trouble)),
    outages: [],
    vendorFaults: isOperated ? makeLateWeniFaults(operator) : makeVendorFaults(dice, trouble),
    fates: isOperated ? makeLateAnswers(operator) : makeFates(dice, processes),
    disturbances: makeDisturbances(dice, trouble)
  })
  return withVendors(usual, isOperated)
}
