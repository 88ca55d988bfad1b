import { originKey } from "../../src/domain/record/Origin.ts"
import type { World } from "./World.ts"

/** Milliseconds between two looks. */
const every = 500

/** Looks all the time whether Kafka's position is past a record that has not ended. What it returns has what it found. */
export const watchPositions = ({ broker, kernel, settings, store }: World): ReadonlyArray<string> => {
  const found: Array<string> = []
  const checked = new Map<string, number>()
  const group = broker.broker.group(settings.kafka.groupId)
  const topics = [settings.topics.in, settings.topics.inbound]
  const look = () => {
    for (const topic of topics) {
      for (const partition of broker.broker.partitions(topic).keys()) {
        const key = `${topic}/${partition}`
        const committed = group.committed(topic, partition) ?? 0
        for (let offset = checked.get(key) ?? 0; offset < committed; offset++) {
          const origin = originKey({ topic, partition, offset })
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
