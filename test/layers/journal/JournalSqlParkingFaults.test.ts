import { assert, layer } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

import { Database } from "../../../src/layers/database/Database.ts"
import { DatabaseStatusRef } from "../../../src/layers/database/DatabaseStatusRef.ts"
import { JournalSql } from "../../../src/layers/journal/JournalSql.ts"
import { DatabaseStatus } from "../../../src/services/DatabaseStatus.ts"
import { Ledger } from "../../../src/services/Ledger.ts"
import { type Parked, ParkedEvents } from "../../../src/services/ParkedEvents.ts"
import { claimable, orphans } from "../../contracts/parkingLooks.ts"
import { SettingsTest } from "../../support/settings.ts"
import { FaultySql, SqlFaults } from "./faultySql.ts"

const JournalFaulty = JournalSql.pipe(
  Layer.provideMerge(FaultySql),
  Layer.provide(Database),
  Layer.provideMerge(DatabaseStatusRef),
  Layer.provide(SettingsTest({ database: { dataDir: "memory://" } }))
)

const parked = (offset: number, value = `name ${offset}`): Parked => ({
  key: `t/0/${offset}#0`,
  origin: { topic: "t", partition: 0, offset },
  event: { offset },
  names: [{ kind: "message_id", value }],
  parkedAt: offset
})

const park = (parkedEvents: ParkedEvents["Service"], event: Parked) =>
  parkedEvents.park([event], [{ origin: event.origin, ending: "parked", at: 1 }])

layer(JournalFaulty, { timeout: "60 seconds", excludeTestServices: true })("JournalSql parks with faults", (it) => {
  const everything = Effect.flatMap(ParkedEvents, (parkedEvents) => orphans(parkedEvents, 1_000_000, 1_000))

  it.effect(
    "SPEC 9.1: a statement that did not arrive is repeated, and a lost answer parks and unparks nothing twice",
    () =>
      Effect.gen(function* () {
        const parkedEvents = yield* ParkedEvents
        const faults = yield* SqlFaults
        faults.push("refused before", "answer lost", "answer lost")
        yield* park(parkedEvents, parked(1))
        assert.deepStrictEqual(yield* everything, [parked(1)])
        faults.push("refused before", "answer lost", "refused before")
        yield* parkedEvents.unpark(["t/0/1#0"])
        assert.deepStrictEqual(yield* everything, [])
        faults.push("refused before", "answer lost")
        assert.deepStrictEqual(yield* claimable(parkedEvents, 1), [])
        assert.deepStrictEqual(faults, [])
      })
  )

  it.effect(
    "SPEC 9.5: an event with a name that the database refuses fails alone; the others of its batch are parked",
    () =>
      Effect.gen(function* () {
        const parkedEvents = yield* ParkedEvents
        const ledger = yield* Ledger
        const events = [2, 3, 4, 5, 6].map((offset) => parked(offset, offset === 4 ? "NUL \u0000" : undefined))
        const exits = yield* Effect.forEach(events, (event) => Effect.exit(park(parkedEvents, event)), {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual(exits.map(Exit.hasDies), [false, false, true, false, false])
        assert.deepStrictEqual(yield* everything, [parked(2), parked(3), parked(5), parked(6)])
        assert.strictEqual(yield* ledger.ending(parked(4).origin), undefined)
        yield* parkedEvents.unpark(events.map(({ key }) => key))
      })
  )

  it.effect("SPEC 9.5, 9.8: a stored event that cannot be read has no content, and does not hold the others", () =>
    Effect.gen(function* () {
      const parkedEvents = yield* ParkedEvents
      const sql = yield* SqlClient
      yield* Effect.forEach([7, 8, 9], (offset) => park(parkedEvents, parked(offset)))
      yield* sql`UPDATE parked SET event = '[' WHERE key = 't/0/7#0'`
      yield* sql`UPDATE parked SET names = '[{"kind":"new","value":""}]' WHERE key = 't/0/8#0'`
      const unreadable = { event: {}, names: [] }
      assert.deepStrictEqual(yield* everything, [
        { ...parked(7), ...unreadable },
        { ...parked(8), ...unreadable },
        parked(9)
      ])
      yield* parkedEvents.unpark([7, 8, 9].map((offset) => parked(offset).key))
    })
  )

  it.effect("SPEC 8.3: an unparked event leaves no name behind", () =>
    Effect.gen(function* () {
      const parkedEvents = yield* ParkedEvents
      const sql = yield* SqlClient
      yield* Effect.forEach([10, 11], (offset) => park(parkedEvents, parked(offset)))
      yield* parkedEvents.unpark([parked(10).key])
      assert.deepStrictEqual(yield* sql`SELECT key FROM parked_names`, [{ key: parked(11).key }])
      yield* parkedEvents.unpark([parked(11).key])
    })
  )

  it.effect("CONTRACT RUNNER_HOST: without the database's lock events are not parked or unparked, but are read", () =>
    Effect.gen(function* () {
      const parkedEvents = yield* ParkedEvents
      const status = yield* DatabaseStatus
      yield* park(parkedEvents, parked(12))
      yield* status.report({ holder: false })
      const parking = yield* Effect.forkChild(park(parkedEvents, parked(13)))
      const unparking = yield* Effect.forkChild(parkedEvents.unpark([parked(12).key]))
      for (let turn = 0; turn < 20; turn++) assert.deepStrictEqual(yield* everything, [parked(12)])
      yield* status.report({ holder: true })
      yield* Fiber.joinAll([parking, unparking])
      assert.deepStrictEqual(yield* everything, [parked(13)])
    })
  )
})
