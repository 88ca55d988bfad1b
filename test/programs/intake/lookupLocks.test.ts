import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"

import { RecordHeaders } from "../../../src/domain/record/RecordHeaders.ts"
import { ownershipMemory } from "../../../src/layers/ownership/OwnershipMemory.ts"
import { Communications } from "../../../src/programs/actors/Communications.ts"
import { CaseLookup } from "../../../src/programs/intake/CaseLookup.ts"
import type { EventOfRecord } from "../../../src/programs/intake/parkedEvent.ts"
import { Journeys } from "../../../src/services/Journeys.ts"
import { Kafka } from "../../../src/services/Kafka.ts"
import { Ledger } from "../../../src/services/Ledger.ts"
import { lookupLocks } from "../../../src/services/Ownership.ts"
import { ParkedEvents } from "../../../src/services/ParkedEvents.ts"
import { ServiceNow } from "../../../src/services/ServiceNow.ts"
import { Tallies } from "../../../src/services/Tallies.ts"
import { defaultJourneys } from "../../support/defaultJourneys.ts"
import { SettingsTest } from "../../support/settings.ts"
import { journeysOf } from "../../support/World.ts"

const eventOf = (offset: number): EventOfRecord => ({
  record: { topic: "in", partition: 0, offset, timestamp: 0, key: null, value: null, headers: RecordHeaders.none },
  event: { kind: "read", at: 0 },
  index: 0
})

it.effect("DESIGN Ownership: events whose Case was looked up have their share of the locks, and the others wait", () =>
  Effect.gen(function* () {
    let applying = 0
    const stuck = Layer.mock(Communications)({
      apply: () =>
        Effect.suspend(() => {
          applying += 1
          return Effect.never
        })
    })
    const vendor = Layer.mock(ServiceNow)({
      readCase: (id) =>
        Effect.succeed({
          sysId: id,
          number: id,
          state: "1",
          assignmentGroup: "",
          correlationId: `pedido_entregue_amanha|${id}|1`,
          priority: ""
        })
    })
    const parked = Layer.mock(ParkedEvents)({ stillParked: (keys) => Effect.succeed(new Set(keys)) })
    const layer = CaseLookup.layer.pipe(
      Layer.provide([
        stuck,
        vendor,
        parked,
        Layer.mock(Kafka)({}),
        Layer.mock(Ledger)({}),
        Layer.mock(Tallies)({}),
        Layer.succeed(Journeys, journeysOf(defaultJourneys)),
        ownershipMemory(),
        SettingsTest({})
      ])
    )
    yield* Effect.gen(function* () {
      const lookup = yield* CaseLookup
      for (let index = 0; index < 50; index++) yield* lookup.begin(`CS${index}`, [eventOf(index)])
      for (let turn = 0; turn < 200; turn++) yield* TestClock.adjust(0)
      assert.strictEqual(2 * applying, lookupLocks)
    }).pipe(Effect.provide(layer))
  })
)
