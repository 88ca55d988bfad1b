import { Effect } from "effect"

import type { makeSuccession } from "./succession.ts"
import type { World } from "./World.ts"

/** Longest disturbance, stop and takeover: nothing is left of the trouble afterwards. */
export const aftermath = 60_000

/** Seconds of virtual time that everything may take to end. */
const waitBudget = 3600

/** Actors leave memory, and the sweep has looked again. */
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

/** Whether something waits for a vendor. */
const isHeld = ({ store }: World): boolean =>
  [...store.communications.values()].some(({ view }) => view.held !== undefined)

/** When something has to be done next, epoch milliseconds; `undefined`: never. */
const nextDue = ({ settings, store }: World): number | undefined => {
  const due = [...store.communications.values()].flatMap(({ view }) => (view.due === undefined ? [] : [view.due]))
  const orphans = [...store.parked.values()].map((text) => JSON.parse(text).parkedAt + settings.orphanAfter + 1)
  const times = [...due, ...orphans]
  return times.length === 0 ? undefined : Math.min(...times)
}

/** Ends the trouble, and lets time pass until nothing is left to do; what is still to be done then is a violation. */
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
    if (due === undefined) return lingering(succession)
    kernel.jumpTo(due - 1000)
  }
  const { inFlight } = world
  const left = {
    read: isRead(world),
    held: isHeld(world),
    calls: inFlight,
    vendors: machine.sleeping,
    due: nextDue(world) ?? 0
  }
  return [`not quiet ${waitBudget} s after the trouble: ${JSON.stringify(left)}`]
}

/** What an idle process sleeps for: its sweeps, its lock session, its commits. */
const usualSleeps = 20

const lingering = (succession: ReturnType<typeof makeSuccession>): ReadonlyArray<string> => {
  return succession
    .living()
    .flatMap(({ machine: { sleeping } }) =>
      sleeping <= usualSleeps ? [] : [`${sleeping} sleeps of an idle process: fibers are left over`]
    )
}
