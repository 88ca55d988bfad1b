import { Dice } from "../Dice.ts"
import { customerKeys } from "./conversations.ts"
import type { Fate } from "./fates.ts"
import type { Conversation, Order, Scenario } from "./Scenario.ts"

const actions = ["retry", "retry", "end", "end", "resend", "sent", "not_sent", "redrive", "erase", "erase"] as const

/** The communications of a list: some existing ones, one of them twice, and an unknown one. */
const named = (dice: Dice, conversations: ReadonlyArray<Conversation>): ReadonlyArray<string> => {
  const ids = conversations.map(({ id }) => id).filter(() => dice.chance(0.8))
  return [...ids, ...ids.slice(0, dice.below(2)), ...(dice.chance(0.3) ? ["nobody"] : [])]
}

const makeOrder = (dice: Dice, { conversations, trouble }: Scenario): Order => {
  const action = dice.pick(actions)
  const after = dice.below(trouble + dice.pick([1, 1, 45_000]))
  const stopped = dice.chance(0.3) && { stopped: dice.between(100, dice.pick([3000, 30_000])) }
  if (action === "erase") return { after, action, customer: dice.pick(customerKeys), ...stopped }
  if (action === "redrive" || dice.chance(0.4)) return { after, action, ...stopped }
  return { after, action, ids: named(dice, conversations), ...stopped }
}

/** Processes end or stall at about the time when they work on an operation. */
const makeOrderFates = (dice: Dice, processes: number): ReadonlyArray<Fate> => {
  const next = dice.pick([1, 500, 3000, 20_000])
  const operated = () => ({ operated: dice.between(1, dice.pick([6, 15, 40])) })
  const still = dice.between(1000, 20_000)
  const standsStill: Fate =
    processes === 1
      ? { kind: "takeover", when: operated(), next: dice.between(1, 3000), thaw: 1 + dice.below(8000), dies: 2000 }
      : { kind: "stall", when: operated(), thaw: still }
  return dice.pick([
    (): ReadonlyArray<Fate> => [{ kind: "crash", when: operated(), next }],
    (): ReadonlyArray<Fate> => [
      { kind: "crash", when: operated(), next },
      { kind: "crash", when: operated(), next: 500 }
    ],
    (): ReadonlyArray<Fate> => [
      { kind: "stop", when: operated(), next },
      { kind: "crash", when: operated(), next }
    ],
    (): ReadonlyArray<Fate> => [standsStill]
  ])()
}

/** Adds operators' operations in one of three seeds. They have separate dice, so the other seeds keep their meaning. */
export const withOrders = (scenario: Scenario, isOperated: boolean): Scenario => {
  const dice = new Dice(scenario.seed + 11_000_003)
  if (!dice.chance(0.35)) return scenario
  const { fates, processes, settings } = scenario
  return {
    ...scenario,
    orders: Array.from({ length: dice.pick([1, 1, 2, 3]) }, () => makeOrder(dice, scenario)),
    settings: { ...settings, operationRate: dice.pick([0.2, 1, 5]) },
    fates: !isOperated && dice.chance(0.6) ? makeOrderFates(dice, processes) : fates
  }
}

/** Puts personal data into the id of a conversation in some seeds (SPEC 10.4). It has separate dice. */
export const withPersonalId = (seed: number, all: ReadonlyArray<Conversation>): ReadonlyArray<Conversation> => {
  const [first, ...others] = all
  if (first === undefined || !new Dice(seed + 12_000_003).chance(0.1)) return all
  const [journey, , order] = first.id.split("|")
  return [{ ...first, id: `${journey}|11144477735|${order}` }, ...others]
}
