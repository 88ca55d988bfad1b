import { assert, describe, it } from "@effect/vitest"
import { Effect, Scope } from "effect"
import { TestClock } from "effect/testing"

import { actorsOf } from "../../support/actorsOf.ts"
import type { Around } from "../../support/interposed.ts"
import { decideIn } from "../../support/operator.ts"
import { asked, fixtureId, preparedWorld } from "../../support/scene.ts"
import { losableLease } from "../../support/stopping.ts"
import { caseOf } from "../inbound/scene.ts"
import {
  accepted,
  lost,
  quiet,
  received,
  refused,
  reported,
  settled,
  stoppedWorld,
  supersededWorld,
  unavailable,
  viewOf
} from "./stoppedWorld.ts"

describe("a late answer of attempt 1, when an operator has sent again", () => {
  for (const [name, answer, facts, inDoubt] of [
    ["200", accepted, ["1 in_doubt", "1 sent"], false],
    ["400", refused, ["1 in_doubt", "1 failed", "2 in_doubt"], true],
    ["503", unavailable, ["1 in_doubt", "1 refused", "2 in_doubt"], true],
    ["a lost connection", lost, ["1 in_doubt", "1 in_doubt", "2 in_doubt"], true]
  ] as const) {
    it.effect(`SPEC 5.3: ${name}: attempt 2 stays open, so that no run after a crash sends a third message`, () =>
      Effect.gen(function* () {
        const world = yield* stoppedWorld(answer)
        yield* world.weni.faults.add({ kind: "slow", delayMs: 10_000 })
        yield* decideIn(world, "resend")
        yield* asked(world, world.weni, 2)
        yield* world.resume
        yield* world.until(Effect.map(settled(world), (all) => all.length >= 2))
        yield* world.second.kill
        yield* world.start
        yield* quiet(world)
        yield* TestClock.adjust("2 minutes")
        assert.lengthOf(yield* world.weni.requests, 2)
        assert.deepStrictEqual(yield* settled(world), [...facts])
        assert.strictEqual(viewOf(world)?.inDoubt, inDoubt)
      })
    )
  }

  for (const [name, answer] of [
    ["400", refused],
    ["503", unavailable]
  ] as const) {
    it.effect(`SPEC 5.3: ${name}: attempt 2 is still sent`, () =>
      Effect.gen(function* () {
        const world = yield* stoppedWorld(answer)
        yield* world.weni.faults.add({ kind: "slow", delayMs: 10_000 })
        yield* decideIn(world, "resend")
        yield* asked(world, world.weni, 2)
        yield* world.resume
        yield* TestClock.adjust("2 minutes")
        yield* quiet(world)
        assert.lengthOf(yield* world.weni.requests, 2)
        assert.lengthOf(yield* world.weni.dispatches, 1)
        assert.strictEqual((yield* settled(world)).at(-1), "2 sent")
        assert.deepStrictEqual([viewOf(world)?.inDoubt, viewOf(world)?.due], [false, undefined])
      })
    )
  }

  it.effect("SPEC 5.3: attempt 2 refused for good leaves the doubt of attempt 1", () =>
    Effect.gen(function* () {
      const world = yield* stoppedWorld(accepted)
      yield* world.weni.faults.add(refused)
      yield* decideIn(world, "resend")
      yield* world.responded(2)
      assert.deepStrictEqual(reported(yield* world.responses), [
        [`${fixtureId}#1`, "failure", 502, "desconhecido"],
        [`${fixtureId}#2`, "failure", 400, "desconhecido"]
      ])
      assert.deepStrictEqual((yield* caseOf(world)).notes, [
        "Envio do WhatsApp sem confirmação: 502 resultado desconhecido",
        "Envio do WhatsApp sem confirmação: 400 error 400"
      ])
      assert.strictEqual(viewOf(world)?.inDoubt, true)
    })
  )

  it.effect("SPEC 5.3: a decision is refused while the message is being sent again", () =>
    Effect.gen(function* () {
      const world = yield* stoppedWorld(accepted)
      yield* world.weni.faults.add({ kind: "slow", delayMs: 10_000 })
      yield* decideIn(world, "resend")
      yield* asked(world, world.weni, 2)
      for (const decision of ["resend", "sent", "not_sent"] as const) {
        const error = yield* Effect.flip(decideIn(world, decision))
        assert.deepStrictEqual([error.reason, error.message], ["NotInDoubt", `${fixtureId}: it is being sent again`])
      }
    })
  )

  it.effect("SPEC 5.3: 200 before the resend has an intent: nothing is sent again", () =>
    Effect.gen(function* () {
      const world = yield* stoppedWorld(accepted)
      yield* world.second.stop
      yield* decideIn(world, "resend")
      yield* world.resume
      yield* world.until(Effect.map(settled(world), (all) => all.length >= 2))
      yield* world.start
      yield* quiet(world)
      yield* TestClock.adjust("2 minutes")
      assert.lengthOf(yield* world.weni.requests, 1)
      assert.deepStrictEqual(reported(yield* world.responses), [
        [`${fixtureId}#1`, "failure", 502, "desconhecido"],
        [`${fixtureId}#2`, "success", 200, undefined]
      ])
    })
  )
})

describe("a process that was stopped and has lost its lease", () => {
  const scene = Effect.gen(function* () {
    const world = yield* supersededWorld(refused)
    yield* world.weni.faults.add({ kind: "slow", delayMs: 10_000 })
    yield* decideIn(world, "resend")
    yield* asked(world, world.weni, 2)
    return world
  })

  it.effect("DESIGN Fence: records its answer, and leaves the rest to its successor", () =>
    Effect.gen(function* () {
      const world = yield* scene
      yield* world.resume
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(yield* settled(world), ["1 in_doubt", "1 failed"])
      yield* quiet(world)
      assert.deepStrictEqual(yield* settled(world), ["1 in_doubt", "1 failed", "2 sent"])
    })
  )

  it.effect("DESIGN Ownership: does not declare its successor's attempt lost", () =>
    Effect.gen(function* () {
      const world = yield* scene
      const { lease, lose } = losableLease()
      yield* lose
      const another = yield* actorsOf(world, yield* Scope.make(), undefined, lease)
      yield* Effect.forkChild(another.receive(received))
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(yield* settled(world), ["1 in_doubt"])
    })
  )
})

describe("a process that loses its lease before the dispatch", () => {
  it.effect("SPEC 5.3, DESIGN Ownership: makes no intent, so that there is no attempt to count or to doubt", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld()
      const { lease, lose } = losableLease()
      const around: Around = (_, effect) =>
        Effect.tap(effect, () =>
          Effect.flatMap(world.serviceNow.cases, ({ length }) => (length > 0 ? lose : Effect.void))
        )
      const actors = yield* actorsOf(world, yield* Scope.make(), around, lease)
      yield* Effect.forkChild(actors.receive(received))
      yield* world.until(Effect.map(world.serviceNow.cases, ({ length }) => length > 0))
      yield* TestClock.adjust("1 minute")
      const facts = (yield* world.facts(fixtureId)).map(({ _tag }) => _tag)
      assert.deepStrictEqual(facts, ["Accepted", "ConsumerFound", "CaseIntended"])
      assert.lengthOf(yield* world.weni.requests, 0)
    })
  )
})
