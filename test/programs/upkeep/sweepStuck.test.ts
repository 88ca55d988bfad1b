import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"

import { RecordHeaders } from "../../../src/domain/record/RecordHeaders.ts"
import { NotConnected } from "../../../src/domain/vendor/failureReasons.ts"
import { ownershipMemory, makeLockServer } from "../../../src/layers/ownership/OwnershipMemory.ts"
import { type Applied, Communications, type Woken } from "../../../src/programs/actors/Communications.ts"
import { CaseLookup } from "../../../src/programs/intake/CaseLookup.ts"
import { toParked } from "../../../src/programs/intake/parkedEvent.ts"
import { Rounds } from "../../../src/programs/upkeep/Rounds.ts"
import { Sweep } from "../../../src/programs/upkeep/Sweep.ts"
import { ServiceNowError } from "../../../src/programs/vendor/ServiceNowError.ts"
import { Breakers } from "../../../src/services/Breakers.ts"
import { CommunicationIndex } from "../../../src/services/CommunicationIndex.ts"
import { Journeys } from "../../../src/services/Journeys.ts"
import { type MatchedParkedEvent, ParkedEvents } from "../../../src/services/ParkedEvents.ts"
import { defaultJourneys } from "../../support/defaultJourneys.ts"
import { SettingsTest } from "../../support/settings.ts"
import { journeysOf } from "../../support/World.ts"

type ServicesOf<Built> = Built extends Layer.Layer<infer _A, infer _E, infer R> ? R : never

const stuck = Array.from({ length: 150 }, (_, at) => `stuck ${at}`)
const healthy = "healthy"
const all = [...stuck, healthy]

/** Every communication that an id names is known. No Case is. */
const bearers: CommunicationIndex["Service"]["bearers"] = (names) =>
  Effect.succeed(
    names.filter(({ kind }) => kind === "id").map((name) => ({ id: name.value, names: [name], businesses: [] }))
  )

/** A sweep that finds these communications due, and these with a parked event. Only the healthy one's work ends. */
const sweeping = Effect.fnUntraced(function* (due: ReadonlyArray<string>, parked: ReadonlyArray<string>) {
  const done = new Set<string>()
  const work = <A>(id: string, result: A) =>
    id === healthy
      ? Effect.as(
          Effect.delay(
            Effect.sync(() => done.add(id)),
            100
          ),
          result
        )
      : Effect.never
  const matches = parked.map((id, offset) => {
    const record = {
      topic: "t",
      partition: 0,
      offset,
      timestamp: 0,
      key: null,
      value: null,
      headers: RecordHeaders.none
    }
    return { id, parked: toParked({ record, event: { kind: "sent", at: 0, correlationId: id }, index: 0 }, 0) }
  })
  const fakes = yield* Layer.build(
    Layer.mergeAll(ownershipMemory(makeLockServer()), Rounds.layer, SettingsTest({ orphanAfter: 0 }))
  )
  const way = () => "open" as const
  const context = fakes.pipe(
    Context.add(Breakers, { servicenow: { way }, weni: { way } } as unknown as Breakers["Service"]),
    Context.add(Journeys, journeysOf(defaultJourneys)),
    Context.add(Communications, {
      wake: (id) => work<Woken>(id, "done"),
      apply: (id) => work<Applied>(id, "applied"),
      receive: () => Effect.never,
      end: () => Effect.never,
      erase: () => Effect.never,
      awaitTurn: () => Effect.void
    }),
    Context.add(CommunicationIndex, {
      bearers,
      dueBefore: () => Effect.succeed(due),
      heldBy: () => Effect.succeed([])
    } as Partial<CommunicationIndex["Service"]> as CommunicationIndex["Service"]),
    Context.add(ParkedEvents, {
      claimable: ({ except }) => Effect.succeed(matches.filter((match) => !except.keys.includes(match.parked.key))),
      orphans: () => Effect.succeed([]),
      stillParked: (keys) => Effect.succeed(new Set(keys)),
      unpark: () => Effect.void
    } as Partial<ParkedEvents["Service"]> as ParkedEvents["Service"])
  )
  yield* Layer.build(Sweep).pipe(Effect.provide(context as Context.Context<ServicesOf<typeof Sweep>>))
  return done
})

describe("SPEC 9.5: 150 pieces of the sweep's work that do not end hold up no other", () => {
  it.effect("of what is due", () =>
    Effect.gen(function* () {
      const done = yield* sweeping(all, [])
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual([...done], [healthy])
    })
  )

  it.effect("of the parked events", () =>
    Effect.gen(function* () {
      const done = yield* sweeping([], all)
      yield* TestClock.adjust("7 seconds")
      assert.deepStrictEqual([...done], [healthy])
    })
  )
})

/** Parked events without an end: a look gets as many new ones as it asks for. Returns how many the looks got. */
const endless = Effect.fnUntraced(function* (found: "claimable" | "orphans") {
  let given = 0
  const next = () => {
    const id = `stuck ${given}`
    const record = {
      topic: "t",
      partition: 0,
      offset: given++,
      timestamp: 0,
      key: null,
      value: null,
      headers: RecordHeaders.none
    }
    return { id, parked: toParked({ record, event: { kind: "sent", at: 0, correlationId: id }, index: 0, id }, 0) }
  }
  const take = (limit: number) => Array.from({ length: limit }, next)
  const fakes = yield* Layer.build(
    Layer.mergeAll(ownershipMemory(makeLockServer()), Rounds.layer, SettingsTest({ orphanAfter: 0 }))
  )
  const context = fakes.pipe(
    Context.add(Communications, {
      wake: () => Effect.never,
      apply: () => Effect.never,
      receive: () => Effect.never,
      end: () => Effect.never,
      erase: () => Effect.never,
      awaitTurn: () => Effect.void
    }),
    Context.add(CommunicationIndex, {
      dueBefore: () => Effect.succeed([])
    } as Partial<CommunicationIndex["Service"]> as CommunicationIndex["Service"]),
    Context.add(ParkedEvents, {
      claimable: ({ limit }) => Effect.sync(() => (found === "claimable" ? take(limit) : [])),
      orphans: ({ limit }) => Effect.sync(() => (found === "orphans" ? take(limit).map(({ parked }) => parked) : [])),
      stillParked: (keys) => Effect.succeed(new Set(keys)),
      unpark: () => Effect.void
    } as Partial<ParkedEvents["Service"]> as ParkedEvents["Service"])
  )
  yield* Layer.build(Sweep).pipe(Effect.provide(context as Context.Context<ServicesOf<typeof Sweep>>))
  return () => given
})

describe("SPEC 9.5: looks for parked events begin no more than 500 pieces of work that have not ended", () => {
  for (const found of ["claimable", "orphans"] as const) {
    it.effect(`of the ${found === "orphans" ? "orphans" : "matched events"}`, () =>
      Effect.gen(function* () {
        const given = yield* endless(found)
        yield* TestClock.adjust("2 minutes")
        assert.strictEqual(given(), 500)
      })
    )
  }
})

it.effect(
  "SPEC 8.3, 9.5: orphans that wait until ServiceNow answers take no room from parked events whose turn has come",
  () =>
    Effect.gen(function* () {
      const done: Array<string> = []
      const parkedAs = (offset: number, event: { readonly correlationId?: string; readonly caseId?: string }) => {
        const record = {
          topic: "t",
          partition: 0,
          offset,
          timestamp: 0,
          key: null,
          value: null,
          headers: RecordHeaders.none
        }
        return toParked({ record, event: { kind: "sent", at: 0, ...event }, index: 0 }, 0)
      }
      const strangers = Array.from({ length: 600 }, (_, n) => parkedAs(n, { caseId: `CS${n}` }))
      let matches: ReadonlyArray<MatchedParkedEvent> = []
      const fakes = yield* Layer.build(
        Layer.mergeAll(ownershipMemory(makeLockServer()), Rounds.layer, SettingsTest({ orphanAfter: 0 }))
      )
      const context = fakes.pipe(
        Context.add(Journeys, journeysOf(defaultJourneys)),
        Context.add(Communications, {
          wake: () => Effect.never,
          apply: (id) =>
            Effect.as(
              Effect.sync(() => done.push(id)),
              "applied" satisfies Applied
            ),
          receive: () => Effect.never,
          end: () => Effect.never,
          erase: () => Effect.never,
          awaitTurn: () => Effect.void
        }),
        Context.add(CaseLookup, {
          begin: () => Effect.void,
          whose: () =>
            Effect.fail(
              new ServiceNowError({ operation: "readCase", reason: new NotConnected({ detail: "away" }), attempts: 1 })
            )
        }),
        Context.add(CommunicationIndex, {
          dueBefore: () => Effect.succeed([]),
          bearers
        } as Partial<CommunicationIndex["Service"]> as CommunicationIndex["Service"]),
        Context.add(ParkedEvents, {
          claimable: ({ limit }) => Effect.sync(() => matches.slice(0, limit)),
          orphans: ({ except, limit }) =>
            Effect.sync(() => strangers.filter(({ key }) => !except.includes(key)).slice(0, limit)),
          stillParked: (keys) => Effect.succeed(new Set(keys)),
          unpark: () => Effect.sync(() => (matches = []))
        } as Partial<ParkedEvents["Service"]> as ParkedEvents["Service"])
      )
      yield* Layer.build(Sweep).pipe(Effect.provide(context as Context.Context<ServicesOf<typeof Sweep>>))
      yield* TestClock.adjust("20 seconds")
      matches = [{ id: healthy, parked: parkedAs(1000, { correlationId: healthy }) }]
      yield* TestClock.adjust("7 seconds")
      assert.deepStrictEqual(done, [healthy])
    })
)
