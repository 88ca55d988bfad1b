import { originKey } from "../../src/domain/record/Origin.ts"
import { generationOf } from "./anew.ts"
import type { World } from "./World.ts"

/** Milliseconds between two checks. */
const every = 500

/** Checks repeatedly whether Kafka's position is past a record that has not ended. Returns the list of its findings. */
export const watchPositions = (world: World): ReadonlyArray<string> => {
  const { broker, kernel, settings, store } = world
  const found: Array<string> = []
  const checked = new Map<string, number>()
  const group = broker.broker.group(settings.kafka.groupId)
  const topics = [settings.topics.in, settings.topics.inbound]
  const look = () => {
    for (const topic of topics) {
      for (const partition of broker.broker.partitions(topic).keys()) {
        const generation = generationOf(world, topic, partition)
        const key = originKey({ topic, partition, offset: 0, ...generation })
        const committed = group.committed(topic, partition) ?? 0
        for (let offset = checked.get(key) ?? 0; offset < committed; offset++) {
          const origin = originKey({ topic, partition, offset, ...generation })
          if (!store.records.has(origin)) found.push(`${origin} was committed and has not ended`)
        }
        checked.set(key, committed)
      }
    }
    kernel.at(kernel.now + every, look)
  }
  kernel.at(kernel.now + every, look)
  return found
}
