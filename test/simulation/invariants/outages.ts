import type { Fact, FactOf } from "../../../src/domain/communication/Fact.ts"
import { orderNumberOf } from "../scenario/conversations.ts"
import type { Conversation, Delivery, Scenario } from "../scenario/Scenario.ts"
import { storedFacts, type World } from "../World.ts"
import type { Observed } from "./Observed.ts"

type Vendor = "serviceNow" | "weni"

const steps = { case: "serviceNow", dispatch: "weni" } as const satisfies Readonly<Record<string, Vendor>>

/** Whether the vendor harms orders only by outages shorter than BREAKER_MAX_WAIT, rate limits, slowness and harmless peculiarities. */
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

/** Reasons for a failure that come from the order itself or from an operator. */
const own = new Set<unknown>(["CASE_NAO_ABERTO", "ENCERRADA", "EXPIRADA", "TELEFONE_INVALIDO"])

/** SPEC 9.2: no order fails because a vendor is unavailable. */
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

/** SPEC 9.2: a run that finds the vendor still unavailable writes nothing. */
const repeats = (facts: ReadonlyArray<Fact>, id: string): ReadonlyArray<string> =>
  facts.flatMap((fact, index) => {
    const before = facts[index - 1]
    return fact._tag === "Held" && before?._tag === "Held" && textOf(fact) === textOf(before)
      ? [`${id}: held twice: ${textOf(fact)}`]
      : []
  })

/** SPEC 9.2: attempts that an outage used up are granted once more. */
const rounds = ({ settings }: Scenario, facts: ReadonlyArray<Fact>, id: string): ReadonlyArray<string> => {
  let [isGranted, made] = [false, 0]
  return facts.flatMap((fact) => {
    if (fact._tag === "Held" && fact.step === "dispatch" && fact.exhausted === true) {
      isGranted = true
      made = 0
    }
    if (fact._tag === "Decided" || fact._tag === "RetryRequested") isGranted = false
    if (fact._tag === "DispatchRefused" && fact.probe !== true) made++
    const isRefused =
      fact._tag === "DispatchSettled" &&
      fact.outcome === "failed" &&
      fact.response.status === 503 &&
      codeOf(fact) !== "ENCERRADA"
    const wasCalled = isRefused && !JSON.stringify(fact.response).includes("não chamad")
    return isGranted && wasCalled && made + 1 < settings.attempts
      ? [`${id}: the dispatch failed after ${made + 1} attempts more`]
      : []
  })
}

/** SPEC 9.2: violations of one communication during outages. */
export const outageViolations = (
  observed: Observed,
  scenario: Scenario,
  { id }: Conversation
): ReadonlyArray<string> => {
  const facts = observed.facts(id)
  return [...failures(scenario, facts, id), ...repeats(facts, id), ...rounds(scenario, facts, id)]
}

/** SPEC 9.2: no step waits for a vendor that has been back for long. */
export const heldViolations = ({ store }: World): ReadonlyArray<string> =>
  [...store.communications].flatMap(([id, { view }]) =>
    view.held === undefined ? [] : [`${id} waits for ${Object.keys(view.held).join()}, which is there`]
  )

/** Milliseconds after which calls that were in progress at the start of an outage have ended. */
const settled = 25_000

/** BREAKER_RESET minus the time of the network. */
const reset = 9500

/** The outages in which no request is served. */
const steadyOf = (outages: Scenario["outages"]) => outages.filter(({ flicker }) => flicker === 0)

/** SPEC 9.2: behind an open breaker a process sends an unavailable vendor one request per BREAKER_RESET. */
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

/** SPEC 9.2, 8.3: the events of an order that waits for its Case are not retried in a loop. */
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

/** SPEC 9.2: violations of all processes during outages. */
export const busyViolations = (world: World, scenario: Scenario): ReadonlyArray<string> => [
  ...probes(world, scenario),
  ...vainLooks(world, scenario)
]

/** The largest error of a wall clock plus the longest time from a record to its actor, milliseconds. */
const margin = 150_000

/** Whether events may have become orphans before their order started, for example because it waited for its first vendor (SPEC 8.3, 9.2). */
const isBegunLate = (world: World, { beginsAt, deliveries }: Scenario, one: Conversation) => {
  const arrivals = deliveries.flatMap(({ after, expected }) =>
    expected.kind === "events" && one.events.some((event) => expected.events.includes(event)) ? [beginsAt + after] : []
  )
  const begun = storedFacts(world, one.id).find(({ _tag }) => _tag === "Accepted")
  return begun !== undefined && Math.min(...arrivals) + world.settings.orphanAfter - margin < begun.at
}

/** The scenario without its promises for events that came too long before their order, or after its deletion, or were erased. */
export const withoutLateOrders = (world: World, scenario: Scenario): Scenario => {
  const isRobbed = ({ id }: Conversation) => world.robbed.has(orderNumberOf(id))
  if (scenario.outages.length === 0 && world.forgotten.size === 0 && world.robbed.size === 0) return scenario
  const late = new Set(
    scenario.conversations.filter(
      (one) => world.forgotten.has(one.id) || isRobbed(one) || isBegunLate(world, scenario, one)
    )
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
