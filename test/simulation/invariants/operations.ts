import { isMessageKnown } from "../../../src/domain/communication/DispatchState.ts"
import type { Fact } from "../../../src/domain/communication/Fact.ts"
import { fold } from "../../../src/domain/communication/State.ts"
import { erasedId } from "../../../src/domain/personal/erasedId.ts"
import { holdsPersonalData } from "../../../src/domain/personal/personalData.ts"
import type { Operation } from "../../../src/services/Operations.ts"
import { headersOf } from "../../support/scene.ts"
import { everIn } from "../anew.ts"
import { operators } from "../operators.ts"
import { customerKeys } from "../scenario/conversations.ts"
import type { Conversation, Scenario } from "../scenario/Scenario.ts"
import { timeouts } from "../scenario/vendorFaults.ts"
import type { Ordered, World } from "../World.ts"
import type { Observed } from "./Observed.ts"

/** Reasons that may end by themselves. Such an item goes to the end of the queue and is not a failure. */
const passing = /resend in|another process|its record or a response|takes too long/

const hasDisturbance = ({ disturbances }: Scenario, ...kinds: ReadonlyArray<string>) =>
  disturbances.some(({ kind }) => kinds.includes(kind))

/** How often each dead letter was sent to the topic of its original. */
const redrivenIn = (world: World): ReadonlyMap<string, number> => {
  const { broker, settings } = world
  const places = [settings.topics.in, settings.topics.inbound]
    .flatMap((topic) => [...broker.broker.partitions(topic).keys()].flatMap((at) => everIn(world, topic, at)))
    .flatMap(({ record }) => headersOf(record)["dlq-redrive"] ?? [])
  return new Map([...Map.groupBy(places, (place) => place)].map(([place, all]) => [place, all.length]))
}

/** SPEC 10.3: an operation ends or is stopped, and its counts add up. */
const countsOf = ({ items }: Ordered, known: Operation): ReadonlyArray<string> => {
  const { done, endedAt, failures, state, total } = known
  const failed = failures.map(({ id }) => id)
  const wrong = [
    ...(state === "running" ? ["did not end"] : []),
    ...(state !== "running" && endedAt === undefined ? ["has no end"] : []),
    ...(total === new Set(items).size ? [] : [`has ${total} of ${items.length} items`]),
    ...(state === "done" && done !== total ? [`ended ${done} of ${total} items`] : []),
    ...(done > total || failed.length > done ? [`has ${failed.length} failures of ${done} of ${total} items`] : []),
    ...(new Set(failed).size === failed.length ? [] : ["tells one failure twice"]),
    ...failed
      .filter((id) => !items.some((item) => erasedId(item) === id || item === id))
      .map((id) => `failed for ${id}`),
    ...failures.filter(({ reason }) => passing.test(reason)).map(({ id, reason }) => `gave ${id} up: ${reason}`)
  ]
  return wrong
}

const factsOf = (facts: ReadonlyArray<Fact>, operation: string): ReadonlyArray<Fact> =>
  facts.filter((fact) => "operation" in fact && fact.operation === operation)

/** Actions that append a fact to each communication. */
const leavesFact = new Set(["retry", "end", "resend", "sent", "not_sent"])

/** SPEC 10.3: each item is acted on once and reported correctly. */
const actedOn = (world: World, observed: Observed, scenario: Scenario, known: Operation, { items }: Ordered) => {
  if (!leavesFact.has(known.action)) return []
  const isGone = (id: string) => world.forgotten.has(id)
  const isBlurred = hasDisturbance(scenario, "defects")
  return items.flatMap((id): ReadonlyArray<string> => {
    if (isGone(id)) return []
    const count = factsOf(observed.facts(id), known.id).length
    const hasFailed = known.failures.some((failure) => failure.id === id)
    if (count > 1) return [`acted ${count} times on ${id}`]
    if (count === 1 && hasFailed && !isBlurred) return [`acted on ${id}, and tells it as a failure`]
    return count === 0 && known.state === "done" && !hasFailed ? [`did nothing to ${id}, and tells it as done`] : []
  })
}

/** How long a decision may take that had begun when its operation was stopped, milliseconds. */
const underWay = 3000

/** SPEC 10.3: a stopped operation starts nothing more. */
const afterStop = (observed: Observed, scenario: Scenario, { endedAt = Infinity, id, state }: Operation, of: Ordered) =>
  state !== "stopped" ||
  hasDisturbance(scenario, "database away", "slow acknowledgements", "clock set") ||
  scenario.fates.some(({ kind }) => kind !== "crash" && kind !== "stop")
    ? []
    : of.items.flatMap((item) =>
        factsOf(observed.facts(item), id).some(({ _tag, at }) => _tag === "Decided" && at > endedAt + underWay)
          ? [`was stopped, and decided on ${item} later`]
          : []
      )

/** CONTRACT "Commands": a dead letter is reported correctly. */
const redrives = (world: World, known: Operation, { items }: Ordered): ReadonlyArray<string> => {
  if (known.action !== "redrive") return []
  const copies = redrivenIn(world)
  const doneAt = new Map([...world.redrives].map(([key, { doneAt }]) => [key.split("@")[0], doneAt]))
  return items.flatMap((place): ReadonlyArray<string> => {
    const failure = known.failures.find(({ id }) => id === place)
    if (known.state === "done" && failure === undefined && !copies.has(place)) return [`did not redrive ${place}`]
    const isOwn = (doneAt.get(place) ?? -Infinity) >= known.at
    return isOwn && failure?.reason.startsWith("already redriven") === true ? [`redrove ${place}, and denies it`] : []
  })
}

/** SPEC 10.3, 9.6: an operation contains nothing that identifies the customer. */
const personal = ({ items, operation }: Ordered): ReadonlyArray<string> => {
  const text = JSON.stringify([items, operation])
  const named = operation.action === "erase" ? items.filter(holdsPersonalData) : []
  return [...customerKeys.filter((value) => text.includes(value)), ...named].map((value) => `holds ${value}`)
}

const operationOf = (world: World, observed: Observed, scenario: Scenario, of: Ordered): ReadonlyArray<string> => {
  const known = world.store.operations.get(of.operation.id)?.operation
  if (known === undefined) return [`operation ${of.operation.id} is gone`]
  const wrong = [
    ...countsOf(of, known),
    ...actedOn(world, observed, scenario, known, of),
    ...afterStop(observed, scenario, known, of),
    ...redrives(world, known, of),
    ...personal(of)
  ]
  return wrong.map((text) => `operation ${known.id} (${known.action}) ${text}`)
}

/** SPEC 5.3: a decision concerns a doubt that existed when it was ordered, and a resend starts only without an open attempt. */
const decisions = (world: World, scenario: Scenario, id: string, facts: ReadonlyArray<Fact>): ReadonlyArray<string> =>
  facts.flatMap((fact, index) => {
    if (fact._tag !== "Decided" || hasDisturbance(scenario, "clock set")) return []
    const { last, lastIntent } = fold(facts.slice(0, index)).dispatch
    const orderedAt = world.ordered.get(fact.operation ?? "")?.operation.at ?? Infinity
    const isNew = Math.max(last?.at ?? 0, lastIntent?.at ?? 0) > orderedAt
    const isEarly = fact.decision === "resend" && fact.at < (lastIntent?.at ?? 0) + timeouts.weni + 30_000
    return [
      ...(world.ordered.has(fact.operation ?? "") ? [] : [`${id}: decided, and nobody knows who did`]),
      ...(isNew ? [`${id}: a decision on a doubt that came after it`] : []),
      ...(isEarly ? [`${id}: sent again while an attempt may be under way`] : [])
    ]
  })

/** SPEC 10.1: a retry sends nothing to a customer who is known to have a message. */
const retries = (world: World, id: string, facts: ReadonlyArray<Fact>): ReadonlyArray<string> => {
  let isRetried = false
  return facts.flatMap((fact, index) => {
    if (fact._tag === "RetryRequested") isRetried = fact.steps.includes("dispatch")
    if (fact._tag === "Decided") isRetried = false
    if (fact._tag === "RetryRequested" && !world.ordered.has(fact.operation ?? ""))
      return [`${id}: retried, and nobody knows who did`]
    return fact._tag === "DispatchIntended" && isRetried && isMessageKnown(fold(facts.slice(0, index)).events.reported)
      ? [`${id}: a retry sends to a customer who has the message`]
      : []
  })
}

/** SPEC 10.1: a Case that may exist is retried only if a look can prove whether it exists. */
const blindRetries = ({ peculiarity }: Scenario, id: string, facts: ReadonlyArray<Fact>): ReadonlyArray<string> => {
  const isBlind = peculiarity?.serviceNow?.hiddenRows?.some(({ query }) => query === undefined) === true
  return isBlind && facts.some((fact) => fact._tag === "RetryRequested" && fact.appearsUntil !== undefined)
    ? [`${id}: retried, and no look shows whether its Case exists`]
    : []
}

/** How many more dispatches may be accepted because hasty operators ordered a resend. */
export const resendsOf = (facts: ReadonlyArray<Fact>, { operator }: Conversation): number =>
  facts.filter(
    (fact) =>
      fact._tag === "Decided" && fact.decision === "resend" && (operator === "hasty" || fact.by === operators.bulk)
  ).length

/** SPEC 10.3: all operations together start at most OPERATION_RATE items per second. */
const paces = ({ begun }: World, { fates, settings: { maxInFlight, operationRate } }: Scenario) => {
  const isBlurred = maxInFlight < 10 || fates.some(({ kind }) => kind !== "crash" && kind !== "stop")
  const isFast = begun.some((at, index) => at - (begun[index - 5] ?? -Infinity) < 4000 / operationRate)
  return isFast && !isBlurred ? [`operations begin more than ${operationRate} items per second`] : []
}

/** All violations by operators' operations. */
export const operationViolations = (world: World, observed: Observed, scenario: Scenario): ReadonlyArray<string> => [
  ...[...world.ordered.values()].flatMap((of) => operationOf(world, observed, scenario, of)),
  ...scenario.conversations.flatMap(({ id }) => {
    const facts = observed.facts(id)
    return [
      ...decisions(world, scenario, id, facts),
      ...retries(world, id, facts),
      ...blindRetries(scenario, id, facts)
    ]
  }),
  ...[...redrivenIn(world)].flatMap(([place, count]) => (count > 1 ? [`${place} was redriven ${count} times`] : [])),
  ...paces(world, scenario)
]
