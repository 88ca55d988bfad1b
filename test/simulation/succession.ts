import { Effect } from "effect"

import { type Incarnation, incarnate } from "./Incarnation.ts"
import type { Fate } from "./scenario/fates.ts"
import type { Scenario } from "./scenario/Scenario.ts"
import type { World } from "./World.ts"

/** The processes of one run. After the fate of each, the next one starts. */
export const makeSuccession = (world: World, { fates, processes }: Pick<Scenario, "fates" | "processes">) => {
  const { kernel } = world
  const living = new Set<Incarnation>()
  let started = 0
  let boundaries = 0
  let troubled = true

  const later = (millis: number, run: () => void) => kernel.at(kernel.now + millis, run)

  const end = (incarnation: Incarnation) => {
    incarnation.kill()
    living.delete(incarnation)
  }

  const startNext = () => {
    // A stalled process beside others counts as running, because it resumes.
    const there = processes === 1 ? [...living].filter(({ machine }) => machine.isRunning) : [...living]
    for (let count = there.length; count < processes; count++) start()
  }

  const takenOver = (incarnation: Incarnation, fate: Fate & { readonly kind: "takeover" | "superseded" }) => {
    world.tell(`process ${incarnation.number} stands still`)
    incarnation.machine.freeze()
    incarnation.expelled()
    later(fate.next, startNext)
    later(fate.thaw, () => {
      if (incarnation.machine.dead) return
      world.tell(`process ${incarnation.number} goes on`)
      if (fate.kind === "superseded") incarnation.superseded()
      incarnation.machine.thaw()
    })
    later(fate.thaw + fate.dies, () => {
      end(incarnation)
      startNext()
    })
  }

  /** Milliseconds after which the brokers give the partitions of a silent process to others. */
  const sessionTimeout = 7000

  const stalled = (incarnation: Incarnation, { thaw }: Fate & { readonly kind: "stall" }) => {
    const { machine, number } = incarnation
    world.tell(`process ${number} stands still`)
    machine.freeze()
    later(Math.min(thaw, sessionTimeout), () => {
      if (!machine.dead && !machine.isRunning && thaw > sessionTimeout) incarnation.expelled()
    })
    later(thaw, () => {
      if (machine.dead) return
      world.tell(`process ${number} goes on`)
      machine.thaw()
      incarnation.returns()
    })
  }

  const meet = (incarnation: Incarnation, fate: Fate) => {
    if (!troubled || incarnation.machine.dead) return
    switch (fate.kind) {
      case "crash":
        end(incarnation)
        later(fate.next, startNext)
        return
      case "stop": {
        const gone = () => {
          if (!living.has(incarnation)) return
          end(incarnation)
          later(fate.next, startNext)
        }
        incarnation.stop(gone)
        // Work that does not end in time is abandoned (SPEC 9.4).
        later(world.settings.shutdownGrace, gone)
        return
      }
      case "takeover":
      case "superseded":
        takenOver(incarnation, fate)
        return
      case "stall":
        stalled(incarnation, fate)
    }
  }

  const start = () => {
    const fate = fates[started]
    const atBoundary = fate !== undefined && "boundary" in fate.when ? fate.when.boundary : 0
    const atOperation = fate !== undefined && "operated" in fate.when ? fate.when.operated : 0
    const atRecovery = fate !== undefined && "recovered" in fate.when ? fate.when.recovered : 0
    const number = ++started
    let ended = world.away.over
    let recoveredAt = Infinity
    let operatedAt = Infinity
    let awaited = fate !== undefined && "answered" in fate.when
    const isAnswered = () => Effect.runSyncWith(world.context)(world.weni.requests).length > 0
    const incarnation: Incarnation = incarnate(world, number, processes > 1, (count) => {
      if (number === 1) boundaries = count
      const hasCome = awaited && isAnswered()
      if (hasCome) awaited = false
      if (world.away.over > ended) {
        ended = world.away.over
        recoveredAt = Math.min(recoveredAt, count - 1)
      }
      if (world.ordered.size > 0) operatedAt = Math.min(operatedAt, count - 1)
      const isAfter = (since: number, at: number) => at > 0 && count - since === at
      const isDue =
        hasCome || count === atBoundary || isAfter(recoveredAt, atRecovery) || isAfter(operatedAt, atOperation)
      if (isDue && fate !== undefined) meet(incarnation, fate)
    })
    living.add(incarnation)
    if (fate !== undefined && "after" in fate.when) later(fate.when.after, () => meet(incarnation, fate))
  }

  return {
    start: startNext,
    /** How many boundaries the first process has reached. */
    boundaries: () => boundaries,
    /** The working processes, after `calm`. */
    living: () => [...living],
    /** No process meets any further fate. */
    calm: () => {
      troubled = false
    },
    /** True if the right number of processes works, and no former one is left. */
    isSettled: () => living.size === processes && [...living].every(({ machine }) => machine.isRunning)
  }
}
