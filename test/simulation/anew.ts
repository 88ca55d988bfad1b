import { Effect } from "effect"

import { inGeneration, type Origin } from "../../src/domain/record/Origin.ts"
import type { KafkaRecord } from "../../src/services/Kafka.ts"
import type { Scenario } from "./scenario/Scenario.ts"
import type { World } from "./World.ts"

/** Milliseconds between two checks whether the whole topic is read. */
const every = 300

const logName = (topic: string, partition: number) => `${topic}/${partition}`

/** The generation of a partition's present log (SPEC 9.10). */
export const generationOf = ({ earlier }: Pick<World, "earlier">, topic: string, partition: number) =>
  inGeneration(earlier.has(logName(topic, partition)) ? 2 : 1)

/** Every record that the partition has ever had, with its place. */
export const everIn = (
  world: World,
  topic: string,
  partition: number
): ReadonlyArray<{ readonly origin: Origin; readonly record: KafkaRecord }> => {
  const placed = (log: ReadonlyArray<KafkaRecord | undefined>, generation: Pick<Origin, "generation">) =>
    log.flatMap((record) =>
      record === undefined ? [] : [{ record, origin: { topic, partition, offset: record.offset, ...generation } }]
    )
  return [
    ...placed(world.earlier.get(logName(topic, partition)) ?? [], {}),
    ...placed(world.broker.broker.partitions(topic)[partition] ?? [], generationOf(world, topic, partition))
  ]
}

/** Deletes the topic and creates it again, as soon as all of it is read and no event waits. */
export const makeAnew = (world: World, { after, topic: name }: Scenario["anew"] & object, until: number): void => {
  const { broker, context, kernel, settings, store } = world
  const topic = settings.topics[name]
  const group = broker.broker.group(settings.kafka.groupId)
  const look = () => {
    if (kernel.now > until) return
    const logs = broker.broker.partitions(topic)
    const isRead = logs.every((log, partition) => (group.committed(topic, partition) ?? 0) === log.length)
    if (!isRead || store.parked.size > 0 || logs.every(({ length }) => length === 0))
      return void kernel.at(kernel.now + every, look)
    world.tell(`${topic} is deleted, and made anew`)
    world.anewAt.set(topic, kernel.now)
    for (const [partition, log] of logs.entries()) {
      if (log.length > 0) world.earlier.set(logName(topic, partition), [...log])
    }
    Effect.runSyncWith(context)(Effect.andThen(broker.deleteTopic(topic), broker.createTopic(topic, logs.length)))
  }
  kernel.at(kernel.now + after, look)
}
