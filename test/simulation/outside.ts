import { Effect, Fiber, Layer } from "effect"

import type { Answered, SimAnswer, Simulator } from "../../simulators/core/Simulator.ts"
import { httpInProcess } from "../../simulators/HttpInProcess.ts"
import { recordHeadersOf } from "../../src/domain/record/RecordHeaders.ts"
import { journalMemory } from "../../src/layers/journal/memory/JournalMemory.ts"
import { RedrivesMemory } from "../../src/layers/journal/memory/RedrivesMemory.ts"
import { KafkaMemory } from "../../src/layers/kafka/memory/KafkaMemory.ts"
import { TopicReaderMemory } from "../../src/layers/kafka/memory/TopicReaderMemory.ts"
import { Journal } from "../../src/services/Journal.ts"
import { Kafka, type NewRecord } from "../../src/services/Kafka.ts"
import { origins, type World } from "./World.ts"

const outcomeOf = (answer: SimAnswer) =>
  typeof answer === "string" ? answer : String((answer satisfies Answered).status)

/** A vendor behind a network: what was sent arrives also when nobody waits for the answer any more. */
const distant = (world: World, vendor: Simulator): Simulator => ({
  ...vendor,
  handle: (request) =>
    Effect.gen(function* () {
      const { dice } = world
      const arrival = Effect.andThen(Effect.sleep(dice.between(1, 150)), vendor.handle(request))
      const arrived = yield* Effect.forkDetach(
        Effect.tap(arrival, (answer) =>
          Effect.sync(() => world.tell(`${vendor.name} ${request.method} ${request.path} → ${outcomeOf(answer)}`))
        )
      )
      const answer = yield* Fiber.join(arrived)
      yield* Effect.sleep(dice.between(1, 150))
      return answer
    })
})

const text = (bytes: Uint8Array | string | null) =>
  bytes === null || typeof bytes === "string" ? String(bytes) : new TextDecoder().decode(bytes)

/** A producer of ours lives as long as its process, whatever becomes of its place in the group. */
const publishing = (world: World) => {
  const { broker } = world
  return Effect.fnUntraced(function* (record: NewRecord) {
    while (!broker.broker.reachable) yield* broker.broker.changeAfter(broker.broker.version)
    yield* broker.append(record)
    const headers = recordHeadersOf(record.headers)
    world.tell(`Kafka ${record.topic} ${text(headers.get("id_resposta") ?? headers.get("dlq-codigo") ?? null)}`)
  })
}

/** What every process calls. */
export const outsideOf = (world: World, process: number) =>
  Layer.mergeAll(
    TopicReaderMemory,
    RedrivesMemory,
    Layer.effect(
      Kafka,
      Effect.map(Kafka, (kafka) => Kafka.of({ ...kafka, publish: publishing(world) }))
    ).pipe(Layer.provide(KafkaMemory)),
    Layer.effect(
      Journal,
      Effect.map(Journal, (journal) =>
        Journal.of({
          ...journal,
          append: (append) =>
            Effect.tap(journal.append(append), () =>
              Effect.sync(() =>
                world.tell(`journal ${append.id} ${append.seq}: ${append.facts.map(({ _tag }) => _tag).join(", ")}`)
              )
            )
        })
      )
    ).pipe(Layer.provideMerge(journalMemory(world.store))),
    httpInProcess({
      [origins.serviceNow]: distant(world, world.away.vendor("serviceNow", world.serviceNow, process)),
      [origins.weni]: distant(world, world.away.vendor("weni", world.weni, process))
    })
  )
