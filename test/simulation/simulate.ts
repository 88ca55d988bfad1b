import { Effect } from "effect"

import { makeAnew } from "./anew.ts"
import { disturb, takeAway } from "./disturb.ts"
import { forgetIdle } from "./forget.ts"
import { violationsOf } from "./invariants/violations.ts"
import { operate, order, retryAgain } from "./operators.ts"
import { caseOf, peopleChange } from "./people.ts"
import { resolved } from "./scenario/eventJson.ts"
import type { Scenario } from "./scenario/Scenario.ts"
import { aftermath, settle } from "./settle.ts"
import { makeSuccession } from "./succession.ts"
import { watchPositions } from "./watch.ts"
import { makeWorld, type World } from "./World.ts"

/** The result of one run. */
export interface Outcome {
  readonly seed: number
  /** The hash of the story, which is equal for equal runs. */
  readonly hash: string
  readonly violations: ReadonlyArray<string>
  /** The story line by line, if it was kept. */
  readonly story: ReadonlyArray<string>
  /** How many boundaries the first process reached: its outside calls and their answers. */
  readonly boundaries: number
}

const arrange = (world: World, scenario: Scenario): void => {
  const { broker, context, kernel, settings } = world
  const run = Effect.runSyncWith(context)
  const begin = kernel.now
  for (const topic of Object.values(settings.topics)) run(broker.createTopic(topic))
  for (const { after, rule, vendor } of scenario.vendorFaults) {
    kernel.at(begin + after, () => {
      world.tell(`${vendor} will fail: ${JSON.stringify(rule)}`)
      run(world[vendor].faults.add(rule))
    })
  }
  for (const { after, partition, topic, value } of scenario.deliveries) {
    kernel.at(begin + after, () => {
      const text = resolved(value, (id) =>
        scenario.peculiarity?.unnamed === true ? undefined : caseOf(world, id)?.number
      )
      world.tell(`arrives: ${topic}/${partition} ${text}`)
      run(broker.append({ topic: settings.topics[topic], partition, key: null, value: text, headers: {} }))
    })
  }
  for (const conversation of scenario.conversations) {
    const { id, operator, people, retried } = conversation
    if (retried === true) retryAgain(world, conversation, begin + scenario.trouble + aftermath / 2)
    if (operator !== undefined) operate(world, conversation, begin + scenario.trouble + aftermath / 2)
    if (people !== undefined) kernel.at(begin + people, () => peopleChange(world, id))
  }
  for (const one of scenario.orders) order(world, one)
  for (const disturbance of scenario.disturbances) disturb(world, disturbance)
  if (scenario.anew !== undefined) makeAnew(world, scenario.anew, begin + scenario.trouble)
  if (scenario.forgets !== undefined) kernel.at(begin + scenario.forgets, () => forgetIdle(world))
  for (const outage of scenario.outages) takeAway(world, outage)
}

/** One run from its start until everything is quiet, with its violations. Equal scenarios run equally. */
export const simulate = (scenario: Scenario, kept = false): Outcome => {
  const world = makeWorld(scenario, kept)
  const { kernel, story } = world
  const succession = makeSuccession(world, scenario)
  const violations: Array<string> = []
  try {
    arrange(world, scenario)
    const early = watchPositions(world)
    succession.start()
    kernel.runUntil(scenario.beginsAt + scenario.trouble)
    violations.push(...settle(world, succession), ...violationsOf(world, scenario), ...early)
  } catch (error) {
    violations.push(`the simulation died: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  }
  for (const violation of violations) world.tell(`VIOLATION ${violation}`)
  return { seed: scenario.seed, hash: story.hash, violations, story: story.text, boundaries: succession.boundaries() }
}
