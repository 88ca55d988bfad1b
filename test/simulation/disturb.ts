import { Effect } from "effect"

import type { Member } from "../../src/layers/kafka/memory/MemoryBroker.ts"
import type { Disturbance } from "./scenario/fates.ts"
import type { Outage } from "./scenario/Scenario.ts"
import type { World } from "./World.ts"

/** A member of the group that takes partitions and does not process them. */
const idler = ({ topics }: World["settings"]): Member => ({
  topics: [topics.in, topics.inbound],
  assigned: () => undefined,
  rebalancing: () => undefined
})

/** Starts the disturbance, and returns the function that ends it. */
const begin = (world: World, { by = 0, kind }: Disturbance): (() => void) => {
  const { broker, context, database, settings } = world
  switch (kind) {
    case "kafka away":
      Effect.runSyncWith(context)(broker.setReachable(false))
      return () => Effect.runSyncWith(context)(broker.setReachable(true))
    case "database away":
      database.close()
      world.locks.endAll()
      return () => database.open()
    case "slow acknowledgements":
      world.slowness = 10_000
      return () => {
        world.slowness = 0
      }
    case "defects":
      world.defects = 0.1
      return () => {
        world.defects = 0
      }
    case "slow connections":
      world.connecting = 9000
      return () => {
        world.connecting = 0
      }
    case "clock set": {
      const machine = world.machines.at(-1)
      if (machine === undefined) return () => undefined
      machine.ahead = by
      return () => {
        machine.ahead = 0
      }
    }
    case "rebalance": {
      const group = broker.broker.group(settings.kafka.groupId)
      const member = idler(settings)
      broker.broker.join(group, member)
      return () => broker.broker.leave(group, member)
    }
  }
}

/** Starts and ends the disturbance at its times. */
export const disturb = (world: World, disturbance: Disturbance): void => {
  const { kernel } = world
  const { after, by, kind, lasts } = disturbance
  kernel.at(kernel.now + after, () => {
    world.tell(`${kind}${by === undefined ? "" : ` by ${by} ms`} for ${lasts} ms`)
    const end = begin(world, disturbance)
    kernel.at(kernel.now + lasts, () => {
      world.tell(`${kind} no more`)
      end()
    })
  })
}

/** Starts and ends the outage at its times. */
export const takeAway = (world: World, outage: Outage): void => {
  const { away, kernel } = world
  kernel.at(kernel.now + outage.after, () => {
    world.tell(
      `${outage.vendor} is away for ${outage.lasts} ms: ${outage.absences.join(", ")}, serves ${outage.flicker}`
    )
    away.begin(outage)
    kernel.at(kernel.now + outage.lasts, () => {
      world.tell(`${outage.vendor} is back`)
      away.end(outage)
    })
  })
}
