import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Scope } from "effect"
import { TestClock } from "effect/testing"

import { fold } from "../../../src/domain/communication/State.ts"
import { decodeInbound } from "../../../src/domain/inbound/decodeInbound.ts"
import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { CorrelationId } from "../../../src/domain/record/Origin.ts"
import { journalMemory } from "../../../src/layers/journal/memory/JournalMemory.ts"
import { forgetIn } from "../../../src/layers/journal/memory/retention.ts"
import type { Member } from "../../../src/layers/kafka/memory/MemoryBroker.ts"
import { openCommunication } from "../../../src/programs/communication/Communication.ts"
import type { ReceivedOrder } from "../../../src/programs/outbound/receiveOrder.ts"
import type { Lease } from "../../../src/services/Ownership.ts"
import { decode, record } from "../../domain/outbound/records.ts"
import { actorsOf } from "../../support/actorsOf.ts"
import { failing } from "../../support/failing.ts"
import type { Around } from "../../support/interposed.ts"
import { decideIn } from "../../support/operator.ts"
import { asked, fixtureId, headersOf, preparedWorld, requestCount } from "../../support/scene.ts"
import type { World } from "../../support/World.ts"
import { reply } from "../inbound/scene.ts"

/** The order of a record, as intake hands it over. */
const received = (offset: number, id?: string): ReceivedOrder => {
  const decoded = decode(record(id === undefined ? {} : { id_correlacao: id }))
  if (decoded._tag !== "Valid") return assert.fail(decoded._tag)
  const mark = { timestamp: 0, digest: "00ff00ff00ff00ff" }
  return { origin: { topic: "comunicacaoTransacional", partition: 0, offset }, mark, order: decoded.outbound }
}

const ended = (world: World, fiber: Fiber.Fiber<unknown, unknown>) =>
  world.until(Effect.sync(() => fiber.pollUnsafe() !== undefined))

/** One Case with one note, one dispatch. */
const assertOnce = Effect.fnUntraced(function* (world: World) {
  const cases = yield* world.serviceNow.cases
  assert.deepStrictEqual(
    cases.map(({ notes }) => notes.length),
    [1]
  )
  assert.lengthOf(yield* world.weni.requests, 1)
})

/** One response, and the same once more for a repeat. */
const assertRepeated = (responses: ReadonlyArray<Json>) =>
  assert.deepStrictEqual(
    responses.map(({ duplicado, response_status }) => [response_status, duplicado]),
    [
      ["success", undefined],
      ["success", true]
    ]
  )

const lastFact = (world: World) => Effect.map(world.facts(fixtureId), (facts) => facts.at(-1)?._tag)

describe("the actors of a process", () => {
  it.effect("SPEC 9.7: a communication that is fenced again and again without progress is a defect", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld()
      yield* world.start
      yield* world.produce(record(), { partition: 0 })
      yield* world.responded(1)
      yield* TestClock.adjust("5 seconds")
      // Its row says more than its facts, as after a deletion that an append survived.
      const before = world.store.communications.get(fixtureId)!
      world.store.communications.set(fixtureId, { ...before, texts: before.texts.slice(0, 1) })
      yield* world.answer(reply("NÃO"), { partition: 0 })
      yield* world.until(Effect.map(world.inboundDeadLetters, (letters) => letters.length === 1))
      const [letter] = yield* world.inboundDeadLetters
      assert.strictEqual(headersOf(letter)["dlq-codigo"], "ERRO_INTERNO")
    })
  )

  /** A world, and the actors of one process in it; Weni takes three seconds for each dispatch. */
  const scene = Effect.gen(function* () {
    const world = yield* preparedWorld()
    yield* world.weni.faults.add({ kind: "slow", delayMs: 3000, times: -1 })
    const scope = yield* Scope.make()
    return { world, scope, actors: yield* actorsOf(world, scope) }
  })

  it.effect("SPEC 2: a communication from its record to its response", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld()
      yield* world.start
      yield* world.produce(record(), { partition: 0 })
      const [response] = yield* world.responded(1)
      assert.strictEqual(response?.response_status, "success")
      yield* world.until(Effect.map(world.committed, ([offset]) => offset === 1))
      yield* assertOnce(world)
    })
  )

  it.effect(
    "SPEC 2.7, 9.3: a record whose partition is lost while it is in progress comes again, and is found done",
    () =>
      Effect.gen(function* () {
        const world = yield* preparedWorld()
        yield* world.weni.faults.add({ kind: "slow", delayMs: 3000 })
        yield* world.start
        const { kafka, topics } = world.settings
        const group = world.broker.broker.group(kafka.groupId)
        const idler: Member = {
          topics: [topics.in, topics.inbound],
          assigned: () => undefined,
          rebalancing: () => undefined
        }
        // Partitions are given out in turn: the second member gets partition 1.
        yield* world.produce(record(), { partition: 1 })
        yield* asked(world, world.weni, 1)
        world.broker.broker.join(group, idler)
        yield* world.responded(1)
        assert.deepStrictEqual(yield* world.committed, [0, 0])
        const before = yield* requestCount(world)
        world.broker.broker.leave(group, idler)
        yield* world.until(Effect.map(world.committed, ([, offset]) => offset === 1))
        assert.strictEqual(yield* requestCount(world), before)
        assert.lengthOf(yield* world.responses, 1)
        yield* assertOnce(world)
      })
  )

  it.effect(
    "SPEC 8.3: a late event of a communication that was deleted meanwhile counts as one of an unknown communication",
    () =>
      Effect.gen(function* () {
        const { actors, world } = yield* scene
        const receiving = yield* Effect.forkChild(actors.receive(received(0)))
        yield* ended(world, receiving)
        const { seq } = world.store.communications.get(fixtureId)!
        assert.strictEqual(forgetIn(world.store, [{ id: fixtureId, seq, status: "success", number: 1 }]), 1)
        const decoded = decodeInbound(Buffer.from(JSON.stringify(reply("NÃO"))), 1)
        const [event] = decoded._tag === "Events" ? decoded.events : []
        const origin = { topic: "omnichannelRespostaCampanha", partition: 0, offset: 0 }
        // The actor still has the state from before.
        const applying = yield* Effect.forkChild(actors.apply(fixtureId, { origin, index: 0, event: event! }))
        yield* ended(world, applying)
        assert.strictEqual(yield* Fiber.join(applying), "unknown")
        assert.isFalse(world.store.communications.has(fixtureId))
      })
  )

  it.effect(
    "SPEC 1.4, DESIGN Ownership: a repeat is not answered from a state that another process has changed meanwhile",
    () =>
      Effect.gen(function* () {
        const world = yield* preparedWorld()
        yield* world.weni.faults.add({ kind: "timeout", when: "before" })
        const [one, other] = [yield* actorsOf(world, yield* Scope.make()), yield* actorsOf(world, yield* Scope.make())]
        const doubtful = yield* Effect.forkChild(one.receive(received(0)))
        yield* ended(world, doubtful)
        // Both are within the two seconds for which an idle actor keeps its state.
        yield* decideIn(world, "sent")
        const woken = yield* Effect.forkChild(other.wake(fixtureId))
        yield* ended(world, woken)
        assert.strictEqual(yield* Fiber.join(woken), "done")
        const repeated = yield* Effect.forkChild(one.receive(received(1)))
        yield* ended(world, repeated)
        assert.deepStrictEqual(
          (yield* world.responses).map(({ duplicado, id_resposta, response_status }) => [
            id_resposta,
            response_status,
            duplicado
          ]),
          [
            [`${fixtureId}#1`, "partial_success", undefined],
            [`${fixtureId}#2`, "success", undefined],
            [`${fixtureId}#2`, "success", true]
          ]
        )
      })
  )

  it.effect("DESIGN Ownership: an attempt is intended only under a valid lease", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld()
      let isValid = true
      let sent = 0
      const around: Around = (call, effect) =>
        call === "Http.send"
          ? Effect.ensuring(
              effect,
              Effect.sync(() => (isValid = ++sent !== 2))
            )
          : effect
      const lease: Lease = {
        holds: () => isValid,
        awaitValid: Effect.suspend(function wait(): Effect.Effect<void> {
          return isValid ? Effect.void : Effect.andThen(Effect.sleep(100), Effect.suspend(wait))
        }),
        validFrom: -Infinity,
        tenure: {}
      }
      const actors = yield* actorsOf(world, yield* Scope.make(), around, lease)
      const receiving = yield* Effect.forkChild(actors.receive(received(0)))
      // After the search for the customer and the Case, the lease is in question.
      yield* world.until(Effect.sync(() => sent === 2))
      yield* TestClock.adjust("10 seconds")
      const tags = () => Effect.map(world.facts(fixtureId), (facts) => facts.map(({ _tag }) => _tag))
      assert.lengthOf(yield* world.serviceNow.cases, 1)
      assert.notInclude(yield* tags(), "DispatchIntended")
      isValid = true
      yield* ended(world, receiving)
      assert.lengthOf(
        (yield* tags()).filter((tag) => tag === "DispatchIntended"),
        1
      )
      yield* assertOnce(world)
    })
  )

  it.effect("SPEC 9.5, DESIGN Actors: a call to an actor waits for the call it is working on", () =>
    Effect.gen(function* () {
      const { actors, world } = yield* scene
      const order: Array<string> = []
      const noted = (name: string) => Effect.sync(() => void order.push(name))
      const first = yield* Effect.forkChild(Effect.tap(actors.receive(received(0)), noted("received")))
      yield* asked(world, world.weni, 1)
      const again = yield* Effect.forkChild(Effect.tap(actors.receive(received(1)), noted("repeated")))
      const woken = yield* Effect.forkChild(Effect.tap(actors.wake(fixtureId), noted("woken")))
      yield* ended(world, woken)
      assert.deepStrictEqual(order, ["received", "repeated", "woken"])
      assert.deepStrictEqual(
        [yield* Fiber.join(first), yield* Fiber.join(again), yield* Fiber.join(woken)],
        [undefined, undefined, "done"]
      )
      assertRepeated(yield* world.responses)
      yield* assertOnce(world)
    })
  )

  it.effect("SPEC 9.5: different actors work concurrently", () =>
    Effect.gen(function* () {
      const { actors, world } = yield* scene
      const ids = ["um", "dois", "três"]
      yield* Effect.forEach(ids, (id, offset) => Effect.forkChild(actors.receive(received(offset, id))))
      yield* world.responded(3)
      const [first, ...others] = (yield* world.weni.requests).map(({ at }) => at)
      assert.deepStrictEqual(others, [first, first])
    })
  )

  it.effect("DESIGN Actors: a caller may end; the actor completes the work, and the same record finds it done", () =>
    Effect.gen(function* () {
      const { actors, world } = yield* scene
      const asker = yield* Effect.forkChild(actors.receive(received(0)))
      yield* asked(world, world.weni, 1)
      yield* Fiber.interrupt(asker)
      yield* world.responded(1)
      assert.strictEqual(yield* lastFact(world), "ResponseAcknowledged")
      const before = yield* requestCount(world)
      const again = yield* Effect.forkChild(actors.receive(received(0)))
      yield* ended(world, again)
      assert.strictEqual(yield* Fiber.join(again), undefined)
      assert.strictEqual(yield* requestCount(world), before)
      assert.lengthOf(yield* world.responses, 1)
      yield* assertOnce(world)
    })
  )

  it.effect("DESIGN Actors: a call whose caller ends while it is queued is still carried out", () =>
    Effect.gen(function* () {
      const { actors, world } = yield* scene
      yield* Effect.forkChild(actors.receive(received(0)))
      yield* asked(world, world.weni, 1)
      const waiting = yield* Effect.forkChild(actors.receive(received(1)))
      yield* TestClock.adjust(100)
      yield* Fiber.interrupt(waiting)
      const [, second] = yield* world.responded(2)
      assert.strictEqual(second?.duplicado, true)
      yield* assertOnce(world)
    })
  )

  it.effect("SPEC 9.5: at most 8 calls whose callers have ended wait for their turn", () =>
    Effect.gen(function* () {
      const { actors, world } = yield* scene
      yield* Effect.forkChild(actors.receive(received(0)))
      yield* asked(world, world.weni, 1)
      for (let offset = 1; offset <= 30; offset++) {
        const waiting = yield* Effect.forkChild(actors.receive(received(offset)))
        yield* TestClock.adjust(10)
        yield* Fiber.interrupt(waiting)
      }
      yield* world.responded(9)
      yield* TestClock.adjust("1 minute")
      const [first, ...repeats] = yield* world.responses
      assert.isUndefined(first?.duplicado)
      assert.deepStrictEqual(
        repeats.map(({ origem }) => (origem as Json).offset),
        [1, 2, 3, 4, 5, 6, 7, 8]
      )
      // Calls that have been carried out no longer count.
      const other = yield* Effect.forkChild(actors.receive(received(31)))
      yield* ended(world, other)
      assert.lengthOf(yield* world.responses, 10)
    })
  )

  it.effect("SPEC 9.4: a stop lets the attempt under way complete and starts no further step; a restart resumes", () =>
    Effect.gen(function* () {
      const { actors, scope, world } = yield* scene
      const askers = yield* Effect.forEach([0, 1], (offset) => Effect.forkChild(actors.receive(received(offset))))
      yield* asked(world, world.weni, 1)
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      yield* ended(world, closing)
      assert.strictEqual(yield* lastFact(world), "DispatchSettled")
      const before = yield* requestCount(world)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* requestCount(world), before)
      assert.lengthOf(yield* world.responses, 0)
      // They were not told that it was done, so their records come again.
      for (const asker of askers) assert.strictEqual(asker.pollUnsafe(), undefined)
      yield* Fiber.interruptAll(askers)

      const restarted = yield* actorsOf(world, yield* Scope.make())
      yield* Effect.forEach([0, 1], (offset) => Effect.forkChild(restarted.receive(received(offset))))
      const responses = yield* world.responded(2)
      assertRepeated(responses)
      yield* assertOnce(world)
    })
  )

  it.effect("SPEC 9.7: a defect fails the call that caused it, and the actor handles the next call", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld()
      const { around } = failing("Journal.append", 1, 1)
      const actors = yield* actorsOf(world, yield* Scope.make(), around)
      const refused = yield* Effect.forkChild(Effect.flip(actors.receive(received(0))))
      yield* ended(world, refused)
      const defective = yield* Fiber.join(refused)
      assert.strictEqual(defective._tag, "Defective")
      assert.match(defective.message, /^Error: our own fault/)
      assert.lengthOf(yield* world.weni.requests, 0)
      yield* Effect.forkChild(actors.receive(received(0)))
      const [response] = yield* world.responded(1)
      assert.strictEqual(response?.response_status, "success")
      yield* assertOnce(world)
    })
  )

  it.effect(
    "DESIGN Fence: a program whose last append is fenced begins again on the journal, not on what it knew",
    () =>
      Effect.gen(function* () {
        const world = yield* preparedWorld()
        const actors = yield* actorsOf(world, yield* Scope.make())
        const origin = { topic: "omnichannelRespostaCampanha", partition: 0, offset: 0 }
        const sent = { origin, index: 0, event: { kind: "sent" as const, at: 0 } }
        const theCase = { sysId: "case-1", number: "CS1", journey: "removed", state: "1", assignmentGroup: "" }
        assert.strictEqual(yield* actors.apply(fixtureId, sent), "unknown")
        const other = yield* Effect.provide(
          openCommunication(CorrelationId.make(fixtureId), fold([])),
          journalMemory(world.store)
        )
        yield* other.record([{ _tag: "Adopted", at: 0, ...theCase }])
        const applied = yield* Effect.forkChild(actors.apply(fixtureId, { ...sent, adopt: theCase }))
        for (let turn = 0; turn < 100; turn++) yield* TestClock.adjust(1)
        const exit = applied.pollUnsafe()
        assert.isTrue(exit !== undefined && Exit.isSuccess(exit))
        assert.lengthOf(yield* world.facts(fixtureId), 1)
      })
  )
})
