import { Dice } from "../Dice.ts"
import { makeConversation } from "./conversations.ts"
import { makeDeliveries } from "./deliveries.ts"
import { makeDisturbances, makeFates } from "./fates.ts"
import type { Scenario } from "./Scenario.ts"
import { makeVendorFaults } from "./vendorFaults.ts"

/** In São Paulo: a Tuesday noon, a quarter of a minute before the desk opens, a Saturday just before it closes, a holiday. */
const beginnings = [
  "2025-09-30T15:30:00Z",
  "2025-09-30T15:30:00Z",
  "2025-10-01T10:59:45Z",
  "2025-10-04T22:59:40Z",
  "2025-12-25T15:00:00Z"
] as const

/** What one seed stands for. */
export const makeScenario = (seed: number): Scenario => {
  const dice = new Dice(seed)
  const beginsAt = Date.parse(dice.pick(beginnings))
  const trouble = dice.pick([1000, 10_000, 40_000, 90_000])
  const conversations = Array.from({ length: dice.pick([1, 1, 2, 3, 4]) }, (_, index) =>
    makeConversation(dice, beginsAt, index)
  )
  // The dice of its own: what else a seed means stays.
  const processes = new Dice(seed + 77_000_003).pick([1, 1, 2] as const)
  return {
    seed,
    processes,
    beginsAt,
    trouble,
    settings: {
      maxInFlight: dice.pick([1, 4, 256]),
      commitEvery: dice.pick([500, 3000]),
      attempts: dice.pick([2, 5]),
      failures: dice.pick([2, 20])
    },
    conversations,
    deliveries: makeDeliveries(dice, conversations, beginsAt, trouble),
    vendorFaults: makeVendorFaults(dice, trouble),
    fates: makeFates(dice, processes),
    disturbances: makeDisturbances(dice, trouble)
  }
}
