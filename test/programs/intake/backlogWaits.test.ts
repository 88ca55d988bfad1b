import { assert, it } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { TestClock } from "effect/testing"

import { RecordHeaders } from "../../../src/domain/record/RecordHeaders.ts"
import { ownershipMemory } from "../../../src/layers/ownership/OwnershipMemory.ts"
import { Communications } from "../../../src/programs/actors/Communications.ts"
import { Backlogs, BacklogsInProcess } from "../../../src/programs/intake/Backlogs.ts"
import { toParked } from "../../../src/programs/intake/parkedEvent.ts"
import { CommunicationIndex } from "../../../src/services/CommunicationIndex.ts"
import { UnknownFact } from "../../../src/services/Journal.ts"
import { Journeys } from "../../../src/services/Journeys.ts"
import { Kafka } from "../../../src/services/Kafka.ts"
import { Ledger } from "../../../src/services/Ledger.ts"
import { ParkedEvents } from "../../../src/services/ParkedEvents.ts"
import { Tallies } from "../../../src/services/Tallies.ts"
import { defaultJourneys } from "../../support/defaultJourneys.ts"
import { SettingsTest } from "../../support/settings.ts"
import { journeysOf } from "../../support/World.ts"

const id = "pedido_entregue_amanha|1|1"

const parkedAs = (offset: number) =>
  toParked(
    {
      record: { topic: "in", partition: 0, offset, timestamp: 0, key: null, value: null, headers: RecordHeaders.none },
      event: { kind: "read", at: 0 },
      index: 0,
      id
    },
    0
  )

const waits = Effect.succeed("waits" as const)
const newer = new UnknownFact({ id, tag: "OfANewerVersion" })

for (const [what, applied, first, expected] of [
  ["SPEC 9.2: for its Case", waits, parkedAs(0), 1],
  ["SPEC 9.8: for a newer version", Effect.fail(newer), parkedAs(0), 1],
  ["SPEC 9.8: with an event that only a newer version can read", waits, { ...parkedAs(0), event: {} }, 0]
] as const) {
  it.effect(`SPEC 9.5: a backlog that waits is tried once and left to the sweep. ${what}`, () =>
    Effect.gen(function* () {
      let tries = 0
      const lines: Array<unknown> = []
      const logger = Logger.make(({ message }) => void lines.push(message))
      const layer = BacklogsInProcess.pipe(
        Layer.provide([
          Layer.mock(Communications)({
            awaitTurn: () => Effect.void,
            apply: () =>
              Effect.suspend(() => {
                tries += 1
                return applied
              })
          }),
          Layer.mock(Tallies)({}),
          Layer.mock(ParkedEvents)({
            waitingFor: () => Effect.succeed([first, parkedAs(1)]),
            stillParked: (keys) => Effect.succeed(new Set(keys))
          }),
          Layer.mock(CommunicationIndex)({}),
          Layer.mock(Kafka)({}),
          Layer.mock(Ledger)({}),
          Layer.succeed(Journeys, journeysOf(defaultJourneys)),
          ownershipMemory(),
          SettingsTest({}),
          Logger.layer([logger])
        ])
      )
      yield* Effect.gen(function* () {
        const backlogs = yield* Backlogs
        const parked = backlogs.announce(id)
        assert.isTrue(backlogs.has(id))
        yield* parked
        for (let turn = 0; turn < 200; turn++) yield* TestClock.adjust("1 second")
        assert.deepStrictEqual([tries, backlogs.has(id), lines], [expected, false, []])
      }).pipe(Effect.provide(layer))
    })
  )
}
