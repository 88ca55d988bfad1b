import { Effect, Fiber, Layer } from "effect"

import type { Answered, SimAnswer, Simulator } from "../../simulators/core/Simulator.ts"
import { httpInProcess } from "../../simulators/HttpInProcess.ts"
import { recordHeadersOf } from "../../src/domain/record/RecordHeaders.ts"
import { journalMemory } from "../../src/layers/journal/memory/JournalMemory.ts"
import { redrivesMemory } from "../../src/layers/journal/memory/RedrivesMemory.ts"
import { KafkaMemory } from "../../src/layers/kafka/memory/KafkaMemory.ts"
import { TopicReaderMemory } from "../../src/layers/kafka/memory/TopicReaderMemory.ts"
import { Journal } from "../../src/services/Journal.ts"
import { Kafka, type NewRecord } from "../../src/services/Kafka.ts"
import { Operations } from "../../src/services/Operations.ts"
import { ParkedEvents } from "../../src/services/ParkedEvents.ts"
import { sawErased, sawFinished, sawOrdered } from "./invariants/erased.ts"
import { origins, type World } from "./World.ts"

const outcomeOf = (answer: SimAnswer) =>
  typeof answer === "string" ? answer : String((answer satisfies Answered).status)

/** A vendor behind a network. A request arrives even if its sender no longer waits for the answer. */
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

/** The publishing of a process, which does not depend on its membership in the group. */
const publishing = (world: World) => {
  const { broker } = world
  return Effect.fnUntraced(function* (record: NewRecord) {
    while (!broker.broker.reachable) yield* broker.broker.changeAfter(broker.broker.version)
    yield* broker.append(record)
    const headers = recordHeadersOf(record.headers)
    world.tell(`Kafka ${record.topic} ${text(headers.get("id_resposta") ?? headers.get("dlq-codigo") ?? null)}`)
  })
}

/** The journal, which adds each append to the story. */
const journalTold = (world: World) =>
  Layer.effect(
    Journal,
    Effect.map(Journal, (journal) =>
      Journal.of({
        ...journal,
        append: (append) =>
          Effect.tap(journal.append(append), () =>
            Effect.sync(() => {
              const { facts, id, seq } = append
              world.tell(`journal ${id} ${seq}: ${facts.map(({ _tag }) => _tag).join(", ")}`)
              const resends = facts.filter((fact) => fact._tag === "Decided" && fact.decision === "resend").length
              world.resent.set(id, (world.resent.get(id) ?? 0) + resends)
            })
          ),
        forget: (old) =>
          Effect.tap(journal.forget(old), (count) =>
            Effect.sync(() => {
              for (const { erased, id } of count > 0 ? old : []) if (erased === true) sawErased(world, id)
            })
          )
      })
    )
  )

/** The operations, which add their progress to the story. */
const operationsTold = (world: World) =>
  Layer.effect(
    Operations,
    Effect.map(Operations, (operations) =>
      Operations.of({
        ...operations,
        begin: (operation, items, ended) =>
          Effect.tap(operations.begin(operation, items, ended), () =>
            Effect.sync(() => {
              world.ordered.set(operation.id, { operation, items })
              sawOrdered(world, items)
              world.tell(`operation ${operation.id} ${operation.action} by ${operation.by}: ${items.join(", ")}`)
            })
          ),
        finish: (item, at, failure) =>
          Effect.tap(operations.finish(item, at, failure), () =>
            Effect.sync(() => {
              world.tell(`operation ${item.operation.id} ends ${item.id}: ${failure?.reason ?? "done"}`)
              if (failure === undefined) sawFinished(world, item)
            })
          )
      })
    )
  )

/** The parked events, which remember when they were parked. */
const parkedTold = (world: World) =>
  Layer.effect(
    ParkedEvents,
    Effect.map(ParkedEvents, (parkedEvents) =>
      ParkedEvents.of({
        ...parkedEvents,
        park: (parked, endings) =>
          Effect.tap(parkedEvents.park(parked, endings), () =>
            Effect.sync(() => {
              for (const { key } of parked) if (!world.parkedAt.has(key)) world.parkedAt.set(key, world.kernel.now)
            })
          )
      })
    )
  )

/** Everything outside that a process calls. */
export const outsideOf = (world: World, process: number) =>
  Layer.mergeAll(
    TopicReaderMemory,
    redrivesMemory(world.redrives),
    Layer.effect(
      Kafka,
      Effect.map(Kafka, (kafka) => Kafka.of({ ...kafka, publish: publishing(world) }))
    ).pipe(Layer.provide(KafkaMemory)),
    Layer.mergeAll(journalTold(world), operationsTold(world), parkedTold(world)).pipe(
      Layer.provideMerge(journalMemory(world.store))
    ),
    httpInProcess({
      [origins.serviceNow]: distant(world, world.away.vendor("serviceNow", world.serviceNow, process)),
      [origins.weni]: distant(world, world.away.vendor("weni", world.weni, process))
    })
  )
