import { Effect } from "effect"
import { TestClock } from "effect/testing"

import { fixtureId } from "../../test/support/scene.ts"
import { fixture, makeWorld } from "../../test/support/World.ts"

/**
 * Runs the record until its response, or the event until its own. Calls `recording` when it begins and when it has
 * ended.
 */
const story = Effect.fnUntraced(function* (event: boolean, recording: (on: boolean) => void) {
  const world = yield* makeWorld()
  const process = yield* world.start
  // Work at the start, and of each second, does not belong to the record.
  yield* TestClock.adjust("1500 millis")
  if (event) {
    yield* world.produce(fixture("comunicacaoTransacional.json"))
    yield* world.ended(1)
    yield* TestClock.adjust("1 minute")
    recording(true)
    yield* world.answer({ id_correlacao: fixtureId, evento: "retorno", resposta: "SIM" })
    yield* world.ended(2)
  } else {
    recording(true)
    yield* world.produce(fixture("comunicacaoTransacional.json"))
    yield* world.ended(1)
  }
  recording(false)
  const responses = yield* world.responses
  if (responses.length !== (event ? 2 : 1)) return yield* Effect.die(new Error(JSON.stringify(responses)))
  yield* process.stop
})

/**
 * Runs one record of a new customer with both channels, or a SIM to it, through the service with memory, simulators and
 * virtual time.
 */
export const trace = (event: boolean, recording: (on: boolean) => void): Promise<void> =>
  story(event, recording).pipe(Effect.scoped, Effect.provide(TestClock.layer()), Effect.runPromise)
