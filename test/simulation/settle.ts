import { Effect, Exit } from "effect"

import { audit } from "../../src/programs/upkeep/audit.ts"
import { ask } from "./operators.ts"
import type { makeSuccession } from "./succession.ts"
import type { World } from "./World.ts"

/** Milliseconds after which the longest disturbance, stop or takeover has ended. */
export const aftermath = 60_000

/** Seconds of virtual time within which everything must end. */
const waitBudget = 3600

/** Milliseconds after which idle actors have left memory and the sweep has run again. */
const idle = 8000

const isRead = ({ broker, settings }: World): boolean =>
  [settings.topics.in, settings.topics.inbound].every((topic) =>
    broker.broker
      .partitions(topic)
      .every(
        (log, partition) =>
          (broker.broker.group(settings.kafka.groupId).committed(topic, partition) ?? 0) === log.length
      )
  )

/** Whether an operation is running. */
const isOperated = ({ store }: World): boolean =>
  [...store.operations.values()].some(({ operation }) => operation.state === "running")

/** Whether a step waits for a vendor. */
const isHeld = ({ store }: World): boolean =>
  [...store.communications.values()].some(({ view }) => view.held !== undefined)

/** The time of the next due work, epoch milliseconds; `undefined` if there is none. */
const nextDue = ({ settings, store }: World): number | undefined => {
  const due = [...store.communications.values()].flatMap(({ view }) => (view.due === undefined ? [] : [view.due]))
  const orphans = [...store.parked.values()].map((text) => JSON.parse(text).parkedAt + settings.orphanAfter + 1)
  const times = [...due, ...orphans]
  return times.length === 0 ? undefined : Math.min(...times)
}

/** Ends the faults, and lets time pass until no work is left. Remaining work after that is a violation. */
export const settle = (world: World, succession: ReturnType<typeof makeSuccession>): ReadonlyArray<string> => {
  const { context, kernel, machine, serviceNow, weni } = world
  succession.calm()
  Effect.runSyncWith(context)(Effect.andThen(serviceNow.faults.clear, weni.faults.clear))
  world.tell("nothing more goes wrong")
  kernel.runUntil(kernel.now + aftermath)
  if (!succession.isSettled()) return ["there are not as many processes that work as should"]

  const isQuiet = () => {
    const due = nextDue(world)
    return (
      isRead(world) &&
      !isHeld(world) &&
      !isOperated(world) &&
      world.inFlight === 0 &&
      machine.sleeping === 0 &&
      (due === undefined || due > kernel.now + idle)
    )
  }
  for (let second = 0; second < waitBudget; second++) {
    kernel.runUntil(kernel.now + 1000)
    if (!isQuiet()) continue
    kernel.runUntil(kernel.now + idle)
    if (!isQuiet()) continue
    const due = nextDue(world)
    if (due === undefined) return [...lingering(succession), ...unaccounted(world)]
    kernel.jumpTo(due - 1000)
  }
  const { inFlight } = world
  const left = {
    read: isRead(world),
    held: isHeld(world),
    operated: isOperated(world),
    calls: inFlight,
    vendors: machine.sleeping,
    due: nextDue(world) ?? 0
  }
  return [`not quiet ${waitBudget} s after the trouble: ${JSON.stringify(left)}`]
}

/** SPEC 2.7: violations by the service's own audit after everything has ended. */
const unaccounted = (world: World): ReadonlyArray<string> => {
  let told = "the audit does not answer"
  ask(world, audit(), (exit) => {
    if (exit !== undefined && Exit.isSuccess(exit)) {
      const { ahead, overdue, stalled, unaccounted } = exit.value
      told = JSON.stringify({ ahead, overdue, stalled, unaccounted })
    }
  })
  world.kernel.runUntil(world.kernel.now + 10_000)
  return told === '{"ahead":0,"overdue":0,"stalled":0,"unaccounted":0}' ? [] : [`the audit: ${told}`]
}

/** The sleeps of an idle process: its sweeps, its lock session, its commits. */
const usualSleeps = 20

const lingering = (succession: ReturnType<typeof makeSuccession>): ReadonlyArray<string> => {
  return succession
    .living()
    .flatMap(({ machine: { sleeping } }) =>
      sleeping <= usualSleeps ? [] : [`${sleeping} sleeps of an idle process: fibers are left over`]
    )
}
