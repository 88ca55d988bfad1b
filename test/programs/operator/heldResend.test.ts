import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"

import type { Decision } from "../../../src/domain/communication/Decision.ts"
import { journalMemory } from "../../../src/layers/journal/memory/JournalMemory.ts"
import { resolveDispatch } from "../../../src/programs/operator/resolveDispatch.ts"
import { Fenced, Journal } from "../../../src/services/Journal.ts"
import { Settings } from "../../../src/services/Settings.ts"
import { record } from "../../domain/outbound/records.ts"
import type { Around } from "../../support/interposed.ts"
import { decideIn } from "../../support/operator.ts"
import { channels, endings, fixtureId, preparedWorld } from "../../support/scene.ts"
import { caseOf } from "../inbound/scene.ts"

/** Weni accepted the message, never answered and is away since. An operator's resend waits for it. */
const heldResend = Effect.fnUntraced(function* () {
  const world = yield* preparedWorld({ alone: true, settings: { breaker: { failures: 1, reset: 3_600_000 } } })
  yield* world.weni.faults.add({ kind: "timeout", when: "after" })
  let loads = 0
  const counting: Around = (name, effect) =>
    Effect.andThen(
      Effect.sync(() => (loads += name.startsWith("Journal.load") ? 1 : 0)),
      effect
    )
  yield* world.startWith(counting)
  yield* world.produce(record())
  yield* world.responded(1)
  yield* world.weni.faults.add({ kind: "status", status: 503, times: -1 })
  yield* TestClock.adjust("1 minute")
  yield* decideIn(world, "resend")
  yield* world.until(Effect.map(world.facts(fixtureId), (facts) => facts.some(({ _tag }) => _tag === "Held")))
  return { ...world, loads: () => loads }
})

describe("a resend that waits for Weni", () => {
  it.effect("SPEC 1.4, 9.2: a repeat of its order ends at once with the last response, and runs no more", () =>
    Effect.gen(function* () {
      const world = yield* heldResend()
      const [first] = yield* world.responses
      yield* world.produce(record(), { partition: 0 })
      const [, repeat] = yield* world.responded(2)
      assert.deepInclude(repeat, { id_resposta: first?.id_resposta, duplicado: true })
      assert.include(Object.values(endings(world)), "repeat")
      const before = world.loads()
      yield* TestClock.adjust("10 minutes")
      assert.isAtMost(world.loads() - before, 1)
      assert.lengthOf(yield* world.responses, 2)
    })
  )

  const said: Readonly<Record<Exclude<Decision, "resend">, readonly [status: string, note: string]>> = {
    sent: ["success", "WhatsApp confirmado pelo operador"],
    not_sent: ["failure", "WhatsApp não enviado, segundo o operador"]
  }
  for (const [decision, [status, note]] of Object.entries(said)) {
    it.effect(`SPEC 5.3: an operator withdraws it by ${decision}, and nothing more is sent`, () =>
      Effect.gen(function* () {
        const world = yield* heldResend()
        yield* decideIn(world, decision as Decision)
        const [, second] = yield* world.responded(2)
        assert.strictEqual(channels(second).whatsapp?.status, status)
        yield* world.weni.faults.clear
        yield* TestClock.adjust("2 hours")
        assert.lengthOf(yield* world.responses, 2)
        assert.strictEqual((yield* world.weni.accepted).get(fixtureId), 1)
        assert.deepStrictEqual((yield* caseOf(world)).notes.at(-1), note)
        assert.isUndefined(world.store.communications.get(fixtureId)?.view.held)
      })
    )
  }

  it.effect("SPEC 5.3: it is not ordered twice", () =>
    Effect.gen(function* () {
      const world = yield* heldResend()
      assert.strictEqual((yield* Effect.flip(decideIn(world, "resend"))).reason, "NotInDoubt")
    })
  )
})

it.effect("SPEC 5.3: a decision that loses a race to another writer is still recorded", () =>
  Effect.gen(function* () {
    const world = yield* preparedWorld()
    yield* world.weni.faults.add({ kind: "timeout", when: "after" })
    const process = yield* world.start
    yield* world.produce(record())
    yield* world.responded(1)
    yield* process.stop
    let lost = 0
    const racing = Layer.effect(
      Journal,
      Effect.map(Journal, (journal) =>
        Journal.of({
          ...journal,
          append: (append) =>
            lost++ === 0 ? Effect.fail(new Fenced({ id: append.id, seq: append.seq })) : journal.append(append)
        })
      )
    )
    yield* resolveDispatch(fixtureId, "sent", { reason: "Weni foi consultada" }).pipe(
      Effect.provide(racing.pipe(Layer.provide(journalMemory(world.store)))),
      Effect.provideService(Settings, world.settings)
    )
    assert.strictEqual((yield* world.facts(fixtureId)).at(-1)?._tag, "Decided")
  })
)
