import { Effect } from "effect"

import type { Member } from "../../src/layers/kafka/memory/MemoryBroker.ts"
import type { Disturbance } from "./scenario/fates.ts"
import type { World } from "./World.ts"

/** A member of the group that takes partitions and does nothing with them. */
const idler = ({ topics }: World["settings"]): Member => ({
  topics: [topics.in, topics.inbound],
  assigned: () => undefined,
  rebalancing: () => undefined
})

/** Begins the disturbance; what it returns ends it. */
const begin = (world: World, { kind }: Disturbance): (() => void) => {
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
    case "rebalance": {
      const group = broker.broker.group(settings.kafka.groupId)
      const member = idler(settings)
      broker.broker.join(group, member)
      return () => broker.broker.leave(group, member)
    }
  }
}

/** Lets the disturbance come and go at its times. */
export const disturb = (world: World, disturbance: Disturbance): void => {
  const { kernel } = world
  const { after, kind, lasts } = disturbance
  kernel.at(kernel.now + after, () => {
    world.tell(`${kind} for ${lasts} ms`)
    const end = begin(world, disturbance)
    kernel.at(kernel.now + lasts, () => {
      world.tell(`${kind} no more`)
      end()
    })
  })
}
