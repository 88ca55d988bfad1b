import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import { makeWorld } from "../../support/World.ts"
import { crashAt } from "./crashAt.ts"
import { assertPromises, hasLostAttempt } from "./promises.ts"
import { type Scenario, scenarios } from "./scenarios.ts"

const consumer = { email: "joao.silva@example.com", first_name: "João" }

/** Longer than the steps of other tests: a doubtful Case is looked for over more than a minute. */
const step = 250

/**
 * One communication whose processes crash at the given boundaries, one after the other, and a last one that does not.
 */
const run = Effect.fnUntraced(function* (scenario: Scenario, deaths: ReadonlyArray<number>) {
  const world = yield* makeWorld({ alone: scenario.alone === true, earlierCase: true })
  if (scenario.newConsumer === undefined) yield* world.serviceNow.seed([consumer])
  for (const fault of [scenario.serviceNow ?? []].flat()) yield* world.serviceNow.faults.add(fault)
  if (scenario.weni) yield* world.weni.faults.add(scenario.weni)
  for (const [partition, value] of scenario.records.entries()) yield* world.produce(value, { partition })

  const ended = Effect.map(
    world.committed,
    (offsets) =>
      offsets.filter((offset) => offset === 1).length === scenario.records.length &&
      [...world.store.communications.values()].every(({ view }) => view.held === undefined)
  )
  let lostAttempt = false
  for (const n of deaths) {
    const { around, crashed } = crashAt(n)
    const process = yield* world.startWith(around)
    yield* world.until(
      Effect.map(Effect.all([crashed, ended]), ([dead, done]) => dead || done),
      step
    )
    yield* process.kill
    lostAttempt = lostAttempt || (yield* hasLostAttempt(world))
  }
  const { around, count } = crashAt(0)
  yield* world.startWith(around)
  yield* world.until(ended, step)
  // Late effects must have happened before the notes are counted.
  yield* TestClock.adjust("25 seconds")
  yield* assertPromises(world, scenario, lostAttempt, `deaths at ${deaths.join()}`)
  return count()
})

/** Each run has its own clock, so that the sleeps of a crashed process do not slow the next run. */
const isolated = (scenario: Scenario, deaths: ReadonlyArray<number>) =>
  run(scenario, deaths).pipe(Effect.scoped, Effect.provide(TestClock.layer(), { local: true }))

describe("a crash at every boundary", () => {
  for (const [name, scenario] of Object.entries(scenarios)) {
    it.effect(`SPEC 9.3, 4.3, 5.3, 6.2, 7.3: ${name}`, () =>
      Effect.gen(function* () {
        const boundaries = yield* isolated(scenario, [])
        assert.isAbove(boundaries, 5)
        for (let n = 1; n <= boundaries; n++) yield* isolated(scenario, [n])
      })
    )
  }

  // Every ninth pair: all of them would take a minute, and each second crash still meets several first ones.
  it.effect("SPEC 9.3, 4.3, 5.3, 6.2, 7.3: both channels, and the resuming process crashes, too", () =>
    Effect.gen(function* () {
      const scenario = scenarios["both channels"] as Scenario
      const boundaries = yield* isolated(scenario, [])
      for (let n = 1; n <= boundaries; n++) {
        for (let m = 9 - (n % 9); m <= boundaries; m += 9) yield* isolated(scenario, [n, m])
      }
    })
  )
})
