import { Effect } from "effect"

import type { Json } from "../src/domain/record/ChannelResult.ts"
import { type Origin, originKey } from "../src/domain/record/Origin.ts"
import { makeProgress } from "./progress.ts"
import type { Scenario } from "./scenario.ts"
import { type Outcome, summaryOf } from "./verdict.ts"
import type { World } from "./world.ts"

const decoder = new TextDecoder()
const parse = (value: Uint8Array | null): Json => JSON.parse(decoder.decode(value ?? new Uint8Array()))

const causeOf = (response: Json): string => {
  const { offset, particao, topico } = response.origem as Record<string, unknown>
  return `${String(topico)}/${String(particao)}/${String(offset)}`
}

/**
 * Prepares the vendors for a record, then puts it on the topic, with a key that keeps the records of one communication
 * in order.
 */
export const produce = Effect.fnUntraced(function* (world: World, scenario: Scenario) {
  if (scenario.consumer !== undefined) yield* world.serviceNow.seed([scenario.consumer])
  if (scenario.serviceNowFault !== undefined) yield* world.serviceNow.faults.add(scenario.serviceNowFault)
  if (scenario.weniFault !== undefined) yield* world.weni.faults.add(scenario.weniFault)
  const { offset, partition, topic } = yield* world.broker.append({
    topic: world.settings.topics.in,
    key: scenario.id,
    value: JSON.stringify(scenario.value),
    headers: {}
  })
  return { topic, partition, offset } satisfies Origin
})

/** How many records of a topic have ended, by the group's committed offsets, which advance only over ended records. */
export const endedOn = Effect.fnUntraced(function* (world: World, topic: string) {
  const committed = yield* world.broker.committed(world.settings.kafka.groupId, topic)
  return committed.reduce<number>((total, offset) => total + (offset ?? 0), 0)
})

/** Polls the condition every 50 ms until it holds. */
export const pollUntil = (condition: Effect.Effect<boolean>) =>
  Effect.repeat(Effect.delay(condition, "50 millis"), { until: (holds) => holds })

/** Every response so far, by the place of the record that caused it. A scheduled close has none. */
export const responsesByCause = Effect.fnUntraced(function* (world: World) {
  const records = yield* world.broker.records(world.settings.topics.response)
  const caused = records.map(({ value }) => parse(value)).filter(({ origem }) => origem !== undefined)
  return new Map(caused.map((response) => [causeOf(response), response]))
})

/** Puts the whole stream on the topic and shows a progress bar. Returns when every record has ended. */
export const runStream = Effect.fnUntraced(function* (world: World, scenarios: ReadonlyArray<Scenario>) {
  const progress = makeProgress(scenarios.length)
  const origins = new Map<Scenario, Origin>()
  for (const isLate of [false, true]) {
    for (const scenario of scenarios.filter(({ late }) => (late === true) === isLate)) {
      origins.set(scenario, yield* produce(world, scenario))
    }
    for (let done = 0; done < origins.size;) {
      done = yield* endedOn(world, world.settings.topics.in)
      yield* progress(done)
      yield* Effect.sleep("50 millis")
    }
  }
  const responses = yield* responsesByCause(world)
  return scenarios.map((scenario): Outcome => {
    const origin = origins.get(scenario)
    return { scenario, actual: summaryOf(origin && responses.get(originKey(origin))) }
  })
})
