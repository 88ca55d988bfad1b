import { Dice } from "../Dice.ts"
import { makeConversation } from "./conversations.ts"
import { makeDeliveries } from "./deliveries.ts"
import { makeDisturbances, makeFates, makeLateAnswers } from "./fates.ts"
import type { Conversation, Delivery, Scenario } from "./Scenario.ts"
import { makeLateWeniFaults, makeVendorFaults } from "./vendorFaults.ts"

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

/** What one seed stands for. */
export const makeScenario = (seed: number): Scenario => {
  const dice = new Dice(seed)
  const beginsAt = Date.parse(dice.pick(beginnings))
  // Dice of their own: what other seeds mean stays.
  const operator = new Dice(seed + 2_000_003)
  const isOperated = operator.chance(0.25)
  const trouble = isOperated ? 90_000 : dice.pick([1000, 10_000, 40_000, 90_000])
  const conversations = Array.from({ length: dice.pick([1, 1, 2, 3, 4]) }, (_, index): Conversation => ({
    ...makeConversation(dice, beginsAt, index),
    ...(isOperated && { operator: operator.pick(["careful", "hasty"]) })
  }))
  const timed = isOperated && operator.chance(0.7) ? aroundResend : (all: ReadonlyArray<Delivery>) => all
  // The one that is late has been taken over: one process at a time.
  const processes = isOperated ? 1 : new Dice(seed + 77_000_003).pick([1, 1, 2] as const)
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
    deliveries: timed(makeDeliveries(dice, conversations, beginsAt, trouble)),
    vendorFaults: isOperated ? makeLateWeniFaults(operator) : makeVendorFaults(dice, trouble),
    fates: isOperated ? makeLateAnswers(operator) : makeFates(dice, processes),
    disturbances: makeDisturbances(dice, trouble)
  }
}
