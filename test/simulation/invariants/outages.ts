import { Effect } from "effect"

import type { Fact, FactOf } from "../../../src/domain/communication/Fact.ts"
import { loadFrom } from "../../../src/layers/journal/memory/store.ts"
import type { Conversation, Delivery, Scenario } from "../scenario/Scenario.ts"
import type { World } from "../World.ts"
import type { Observed } from "./Observed.ts"

type Vendor = "serviceNow" | "weni"

const steps = { case: "serviceNow", dispatch: "weni" } as const satisfies Readonly<Record<string, Vendor>>

/** Whether the vendor does nothing to an order but being away for less than BREAKER_MAX_WAIT, limiting, being slow and what is harmless. */
const isOnlyAway = ({ outages, peculiarity, settings, vendorFaults }: Scenario, vendor: Vendor): boolean =>
  (peculiarity?.[vendor] === undefined || peculiarity.harmless === true) &&
  outages.every(({ flicker, vendor: of }) => of !== vendor || flicker === 0) &&
  vendorFaults.every(
    (fault) =>
      fault.vendor !== vendor ||
      fault.rule.kind === "slow" ||
      fault.rule.kind === "limit" ||
      (peculiarity?.harmless === true && peculiarity.faults?.includes(fault) === true)
  ) &&
  outages.reduce((sum, { lasts }) => sum + lasts, 300_000) < settings.maxWait

const codeOf = ({ response }: FactOf<"CaseFailed"> | FactOf<"DispatchSettled">): unknown => {
  const { erro } = response
  return typeof erro === "object" && erro !== null && "codigo" in erro ? erro.codigo : undefined
}

/** Reasons of an order's own. */
const own = new Set<unknown>(["CASE_NAO_ABERTO", "EXPIRADA", "TELEFONE_INVALIDO"])

/** SPEC 9.2: no order fails because a vendor is away. */
const failures = (scenario: Scenario, facts: ReadonlyArray<Fact>, id: string): ReadonlyArray<string> =>
  facts.flatMap((fact) => {
    const isFailure = fact._tag === "CaseFailed" || (fact._tag === "DispatchSettled" && fact.outcome === "failed")
    if (!isFailure) return []
    const step = fact._tag === "CaseFailed" ? "case" : "dispatch"
    const code = codeOf(fact)
    return own.has(code) || !isOnlyAway(scenario, steps[step])
      ? []
      : [`${id}: the ${step} failed with ${String(code)} in an outage`]
  })

const textOf = ({ at: _, ...wait }: FactOf<"Held">) => JSON.stringify(wait)

/** SPEC 9.2: a run that finds the vendor still away writes nothing. */
const repeats = (facts: ReadonlyArray<Fact>, id: string): ReadonlyArray<string> =>
  facts.flatMap((fact, index) => {
    const before = facts[index - 1]
    return fact._tag === "Held" && before?._tag === "Held" && textOf(fact) === textOf(before)
      ? [`${id}: held twice: ${textOf(fact)}`]
      : []
  })

/** SPEC 9.2: what an outage used up is granted once more. */
const rounds = ({ settings }: Scenario, facts: ReadonlyArray<Fact>, id: string): ReadonlyArray<string> => {
  let [isGranted, made] = [false, 0]
  return facts.flatMap((fact) => {
    if (fact._tag === "Held" && fact.step === "dispatch" && fact.exhausted === true) {
      isGranted = true
      made = 0
    }
    if (fact._tag === "Decided" || fact._tag === "RetryRequested") isGranted = false
    if (fact._tag === "DispatchRefused" && fact.probe !== true) made++
    const isRefused = fact._tag === "DispatchSettled" && fact.outcome === "failed" && fact.response.status === 503
    const wasCalled = isRefused && !JSON.stringify(fact.response).includes("não chamad")
    return isGranted && wasCalled && made + 1 < settings.attempts
      ? [`${id}: the dispatch failed after ${made + 1} attempts more`]
      : []
  })
}

/** SPEC 9.2: what one communication went through while a vendor was away. */
export const outageViolations = (
  observed: Observed,
  scenario: Scenario,
  { id }: Conversation
): ReadonlyArray<string> => {
  const facts = observed.facts(id)
  return [...failures(scenario, facts, id), ...repeats(facts, id), ...rounds(scenario, facts, id)]
}

/** SPEC 9.2: nothing waits for a vendor that has been back for long. */
export const heldViolations = ({ store }: World): ReadonlyArray<string> =>
  [...store.communications].flatMap(([id, { view }]) =>
    view.held === undefined ? [] : [`${id} waits for ${Object.keys(view.held).join()}, which is there`]
  )

/** Milliseconds after which what was under way when the vendor went away has ended. */
const settled = 25_000

/** Less than BREAKER_RESET by what the network takes. */
const reset = 9500

/** Those in which nothing is served. */
const steadyOf = (outages: Scenario["outages"]) => outages.filter(({ flicker }) => flicker === 0)

/** SPEC 9.2: behind an open breaker a process asks an absent vendor once in BREAKER_RESET. */
const probes = ({ away }: World, { beginsAt, disturbances, outages, settings }: Scenario): ReadonlyArray<string> => {
  const isBlurred = disturbances.some(({ kind }) => kind === "defects" || kind === "slow connections")
  if (isBlurred || settings.failures > 2) return []
  return steadyOf(outages).flatMap(({ after, lasts, vendor }) => {
    const begin = beginsAt + after
    const asked = away.asked.filter(({ at, vendor: of }) => of === vendor && at > begin + settled && at < begin + lasts)
    return [...Map.groupBy(asked, ({ process }) => process)].flatMap(([process, own]) => {
      const opened = (own[settings.failures - 1]?.at ?? Infinity) + settled
      const late = own.filter(({ at }) => at > opened)
      return late.flatMap(({ at }, index) =>
        at - (late[index - 1]?.at ?? -Infinity) < reset
          ? [`process ${process} probed ${vendor} by two calls at once`]
          : []
      )
    })
  })
}

/** SPEC 9.2, 8.3: nobody tries again and again to apply the events of an order that waits for its Case. */
const vainLooks = (world: World, { beginsAt, deliveries, outages }: Scenario): ReadonlyArray<string> => {
  const events = deliveries.reduce(
    (sum, { expected }) => sum + (expected.kind === "events" ? expected.events.length : 1),
    0
  )
  return steadyOf(outages).flatMap(({ after, lasts, vendor }) => {
    const begin = beginsAt + after + 60_000
    const minutes = Math.max(0, lasts - 60_000) / 60_000
    if (vendor !== "serviceNow") return []
    const looks = world.vainLooks.filter((at) => at > begin && at < beginsAt + after + lasts).length
    return looks > events * (1 + Math.max(0, minutes - 8))
      ? [`${looks} looks at parked events in ${minutes} minutes`]
      : []
  })
}

/** SPEC 9.2: what all processes did while a vendor was away. */
export const busyViolations = (world: World, scenario: Scenario): ReadonlyArray<string> => [
  ...probes(world, scenario),
  ...vainLooks(world, scenario)
]

/** How far a wall clock is wrong at most, and how long a record may take to its actor. */
const margin = 150_000

/** Whether events may have become orphans before their order began, as one does that waits for its first vendor (SPEC 8.3, 9.2). */
const isBegunLate = ({ context, settings, store }: World, { beginsAt, deliveries }: Scenario, one: Conversation) => {
  const arrivals = deliveries.flatMap(({ after, expected }) =>
    expected.kind === "events" && one.events.some((event) => expected.events.includes(event)) ? [beginsAt + after] : []
  )
  const begun = Effect.runSyncWith(context)(loadFrom(store, one.id)).find(({ _tag }) => _tag === "Accepted")
  return begun !== undefined && Math.min(...arrivals) + settings.orphanAfter - margin < begun.at
}

/** The scenario without what it promises of events whose order began too late for them, or was deleted before them. */
export const withoutLateOrders = (world: World, scenario: Scenario): Scenario => {
  if (scenario.outages.length === 0 && world.forgotten.size === 0) return scenario
  const late = new Set(
    scenario.conversations.filter((one) => world.forgotten.has(one.id) || isBegunLate(world, scenario, one))
  )
  const lateEvents = new Set([...late].flatMap(({ events }) => events))
  const deliveries = scenario.deliveries.map((delivery): Delivery => {
    const { expected } = delivery
    if (expected.kind !== "events" || !expected.events.some((event) => lateEvents.has(event))) return delivery
    const events = expected.events.filter((event) => !lateEvents.has(event))
    return { ...delivery, expected: { ...expected, events, orphans: true } }
  })
  const conversations = scenario.conversations.map((one) => (late.has(one) ? { ...one, people: 0, events: [] } : one))
  return { ...scenario, deliveries, conversations }
}
