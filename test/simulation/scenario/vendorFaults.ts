import type { FaultRule } from "../../../simulators/core/FaultRule.ts"
import type { Dice } from "../Dice.ts"
import type { VendorFault } from "./Scenario.ts"

/** SERVICENOW_TIMEOUT and WENI_TIMEOUT of a simulated service. They are short, so a run takes fewer seconds. */
export const timeouts = { serviceNow: 20_000, weni: 15_000 }

/** An insert that continues behind the instance's proxy ends before SERVICENOW_TIMEOUT has passed (SPEC 4.3). */
export const lateAtMost = timeouts.serviceNow - 3000

const calls: ReadonlyArray<FaultRule["match"] & object> = [
  { method: "POST", path: "/api/now/table/sn_" },
  { method: "POST", path: "/api/now/table/sn_" },
  { method: "POST", path: "/api/now/table/csm_consumer" },
  { method: "PATCH" },
  { method: "PATCH" },
  { method: "GET" }
]

const running: ReadonlyArray<Partial<FaultRule>> = [
  { kind: "timeout" },
  { kind: "drop" },
  { kind: "accepted202" },
  { kind: "status", status: 502 },
  { kind: "status", status: 504 }
]

const ended: ReadonlyArray<Partial<FaultRule>> = [
  { kind: "status", status: 500 },
  { kind: "status", status: 503 },
  { kind: "html" },
  { kind: "garbage" }
]

const notDone: ReadonlyArray<Partial<FaultRule>> = [
  { kind: "refuse" },
  { kind: "status", status: 429 },
  { kind: "status", status: 429, headers: { "retry-after": "7" } }
]

/** Every way in which ServiceNow can fail and recover. A request may be carried out before, after or long after its answer. */
const serviceNowRule = (dice: Dice): Partial<FaultRule> => {
  switch (dice.below(5)) {
    case 0:
    case 1: {
      const when = dice.pick(["before", "after", "later"] as const)
      return { ...dice.pick(running), when, ...(when === "later" && { delayMs: dice.between(1, lateAtMost) }) }
    }
    case 2:
      return { ...dice.pick(ended), when: dice.pick(["before", "after"] as const) }
    case 3:
      return dice.pick(notDone)
    default:
      return { kind: "slow", delayMs: dice.between(1, lateAtMost) }
  }
}

/** Weni's answer says whether it accepted (SPEC 5.3), so only a request without an answer may have been carried out. */
const weniRule = (dice: Dice): Partial<FaultRule> => {
  switch (dice.below(4)) {
    case 0:
      return { kind: dice.pick(["timeout", "drop"] as const), when: dice.pick(["before", "after"] as const) }
    case 1:
      return { kind: "status", status: dice.pick([429, 500, 503, 503]) }
    case 2:
      return dice.pick<Partial<FaultRule>>([
        { kind: "refuse" },
        { kind: "status", status: 400 },
        { kind: "status", status: 504, when: "after" },
        { kind: "timeout", when: "later", delayMs: 30_000 }
      ])
    default:
      return { kind: "slow", delayMs: dice.between(1, timeouts.weni - 2000) }
  }
}

export const makeVendorFaults = (dice: Dice, trouble: number): ReadonlyArray<VendorFault> =>
  Array.from({ length: dice.pick([0, 1, 2, 3, 5]) }, (): VendorFault => {
    const after = dice.chance(0.6) ? 0 : dice.below(trouble)
    const common = { times: dice.pick([1, 1, 1, 2, 5]), probability: dice.pick([1, 1, 0.5]), seed: dice.below(1e6) }
    return dice.chance(0.7)
      ? {
          after,
          vendor: "serviceNow",
          rule: { kind: "slow", match: dice.pick(calls), ...serviceNowRule(dice), ...common }
        }
      : { after, vendor: "weni", rule: { kind: "slow", ...weniRule(dice), ...common } }
  })

/** Weni's first answer comes too late to be known, and the resend is slow. */
export const makeLateWeniFaults = (dice: Dice): ReadonlyArray<VendorFault> => {
  const first = dice.pick<FaultRule>([
    { kind: "status", status: 400 },
    { kind: "status", status: 503 },
    { kind: "slow", delayMs: 1 },
    { kind: "timeout", when: "after" }
  ])
  const second = dice.pick<FaultRule>([
    { kind: "slow", delayMs: dice.between(1, timeouts.weni - 2000), times: 3 },
    { kind: "slow", delayMs: dice.between(1, timeouts.weni - 2000), times: 3 },
    { kind: "status", status: 503, headers: { "retry-after": "7" }, times: 3 }
  ])
  return [first, second].map((rule): VendorFault => ({ after: 0, vendor: "weni", rule }))
}

/** A fault of a vendor that fails now and then after its outage. */
export const makeRelapse = (dice: Dice, vendor: VendorFault["vendor"], end: number): VendorFault => ({
  after: end + dice.pick([-1000, 1, 5000]),
  vendor,
  rule: { kind: "status", status: 503, times: dice.pick([2, 5, 10]), probability: 0.6, seed: dice.below(1e6) }
})

/** A vendor that accepts so many requests per second, and refuses all others. */
export const makeLimit = (dice: Dice): VendorFault => ({
  after: 0,
  vendor: dice.pick(["serviceNow", "serviceNow", "weni"]),
  rule: {
    kind: "limit",
    times: -1,
    perSecond: dice.pick([1, 2, 5]),
    hint: dice.pick(["retry-after", "reset-epoch", "reset-delta", "none"])
  }
})
