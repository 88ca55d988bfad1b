import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import { record } from "../../domain/outbound/records.ts"
import { fixtureId, runningWorld } from "../../support/scene.ts"

it.effect("SPEC 12.4: what an earlier version wrote is added to the search after the start, as an append would", () =>
  Effect.gen(function* () {
    const world = yield* runningWorld()
    const { communications, codigos, terms } = world.store
    yield* world.weni.faults.add({ kind: "status", status: 400 })
    yield* world.produce(record(), { partition: 0 })
    yield* world.responded(1)
    const written = communications.get(fixtureId)
    const searched = [terms.get(fixtureId), codigos.get(fixtureId)]
    assert.isDefined(written?.view.listing)
    assert.deepStrictEqual(searched[1], ["HTTP_400"])
    if (written === undefined) return
    const { listing: _, ...view } = written.view
    communications.set(fixtureId, { ...written, view })
    terms.delete(fixtureId)
    codigos.delete(fixtureId)
    yield* TestClock.adjust("12 seconds")
    assert.deepStrictEqual(communications.get(fixtureId), written)
    assert.deepStrictEqual([terms.get(fixtureId), codigos.get(fixtureId)], searched)
  })
)
