import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"

import { RecordHeaders } from "../../../src/domain/record/RecordHeaders.ts"
import { makeLockServer, ownershipMemory } from "../../../src/layers/ownership/OwnershipMemory.ts"
import { type Applied, Communications } from "../../../src/programs/actors/Communications.ts"
import { CaseLookup } from "../../../src/programs/intake/CaseLookup.ts"
import type { EventOfRecord } from "../../../src/programs/intake/parkedEvent.ts"
import { Journeys } from "../../../src/services/Journeys.ts"
import { ParkedEvents } from "../../../src/services/ParkedEvents.ts"
import { ServiceNow } from "../../../src/services/ServiceNow.ts"
import { defaultJourneys } from "../../support/defaultJourneys.ts"
import { SettingsTest } from "../../support/settings.ts"
import { journeysOf } from "../../support/World.ts"

type ServicesOf<Built> = Built extends Layer.Layer<infer _A, infer _E, infer R> ? R : never
type FoundCase = Effect.Success<ReturnType<ServiceNow["Service"]["readCase"]>>

const ours: FoundCase = {
  sysId: "0397c743db43aaaaaaaaaaaaaaaaaaaa",
  number: "CS0000001",
  correlationId: "pedido_entregue_amanha|antigo|1",
  state: "10",
  priority: "3",
  assignmentGroup: ""
}

const eventOf = (caseId: string, offset: number): EventOfRecord => ({
  record: { topic: "t", partition: 0, offset, timestamp: 0, key: null, value: null, headers: RecordHeaders.none },
  event: { kind: "sent", at: 0, caseId },
  index: 0
})

/** Lookups whose reads end when `answer` says so; what was read, and which events were applied, by their offsets. */
const looking = Effect.fnUntraced(function* (found: FoundCase, answered = true) {
  const gate = yield* Deferred.make<void>()
  if (answered) yield* Deferred.succeed(gate, undefined)
  const read: Array<string> = []
  const applied: Array<number> = []
  const fakes = yield* Layer.build(
    Layer.mergeAll(ownershipMemory(makeLockServer()), SettingsTest({ orphanAfter: 600_000 }))
  )
  const context = fakes.pipe(
    Context.add(Journeys, journeysOf(defaultJourneys)),
    Context.add(ServiceNow, {
      readCase: (caseId) =>
        Effect.as(
          Effect.andThen(
            Effect.sync(() => read.push(caseId)),
            Deferred.await(gate)
          ),
          found
        )
    } as Partial<ServiceNow["Service"]> as ServiceNow["Service"]),
    Context.add(Communications, {
      wake: () => Effect.never,
      apply: (_, { origin }) =>
        Effect.as(
          Effect.sync(() => applied.push(origin.offset)),
          "applied" satisfies Applied
        ),
      receive: () => Effect.never,
      end: () => Effect.never,
      erase: () => Effect.never,
      awaitTurn: () => Effect.void
    }),
    Context.add(ParkedEvents, {
      stillParked: (keys) => Effect.succeed(new Set(keys)),
      unpark: () => Effect.void
    } as Partial<ParkedEvents["Service"]> as ParkedEvents["Service"])
  )
  const built = yield* Layer.build(CaseLookup.layer).pipe(
    Effect.provide(context as Context.Context<ServicesOf<typeof CaseLookup.layer>>)
  )
  return { cases: Context.get(built, CaseLookup), read, applied, answer: Deferred.succeed(gate, undefined) }
})

describe("SPEC 8.2: Cases that only ServiceNow may know", () => {
  it.effect("one Case is read once for all concurrent requests", () =>
    Effect.gen(function* () {
      const { answer, cases, read } = yield* looking(ours, false)
      yield* cases.begin("CS0000001", [eventOf("CS0000001", 0)])
      const asked = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: 20 }), () => cases.whose("CS0000001"), { concurrency: "unbounded" })
      )
      yield* TestClock.adjust(1)
      yield* answer
      const found = yield* Fiber.join(asked)
      assert.deepStrictEqual(new Set(found.map((one) => one?.id)), new Set([ours?.correlationId]))
      assert.deepStrictEqual(read, ["CS0000001"])
    })
  )

  it.effect("a Case that is not ours is remembered for a minute", () =>
    Effect.gen(function* () {
      const { cases, read } = yield* looking(undefined)
      for (let offset = 0; offset < 10; offset++) {
        yield* cases.begin("CS0000002", [eventOf("CS0000002", offset)])
        assert.isUndefined(yield* cases.whose("CS0000002"))
        yield* TestClock.adjust("5 seconds")
      }
      assert.deepStrictEqual(read, ["CS0000002"])
      yield* TestClock.adjust("10 seconds")
      assert.isUndefined(yield* cases.whose("CS0000002"))
      assert.deepStrictEqual(read, ["CS0000002", "CS0000002"])
    })
  )

  it.effect("10,000 Cases that are not ours are remembered at most: the oldest is read again", () =>
    Effect.gen(function* () {
      const { cases, read } = yield* looking(undefined)
      for (let n = 0; n <= 10_000; n++) yield* cases.whose(`CS${n}`)
      assert.lengthOf(read, 10_001)
      yield* cases.whose("CS10000")
      assert.lengthOf(read, 10_001)
      yield* cases.whose("CS0")
      assert.lengthOf(read, 10_002)
    })
  )

  it.effect("1,000 events wait at most, in order; the others stay parked for the sweep", () =>
    Effect.gen(function* () {
      const { answer, applied, cases } = yield* looking(ours, false)
      for (let offset = 0; offset < 2000; offset++) yield* cases.begin("CS0000001", [eventOf("CS0000001", offset)])
      yield* answer
      for (let n = 0; n < 100 && applied.length < 1000; n++) yield* TestClock.adjust(1)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(
        applied,
        Array.from({ length: 1000 }, (_, offset) => offset)
      )
    })
  )
})
