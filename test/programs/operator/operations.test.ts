import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import type { FaultRule } from "../../../simulators/core/FaultRule.ts"
import { originKey } from "../../../src/domain/record/Origin.ts"
import { beginOperation, planOperation } from "../../../src/programs/operator/beginOperation.ts"
import { newOperation, writeTrail } from "../../../src/programs/operator/newOperation.ts"
import { resolveDispatch } from "../../../src/programs/operator/resolveDispatch.ts"
import { takeRetry } from "../../../src/programs/operator/takeAction.ts"
import { type ItemAction, Operations } from "../../../src/services/Operations.ts"
import { record } from "../../domain/outbound/records.ts"
import { asOperator } from "../../support/operator.ts"
import { channels, fixtureId, preparedWorld } from "../../support/scene.ts"
import type { World, WorldOptions } from "../../support/World.ts"
import { atEachBoundary, crashAt } from "../crash/crashAt.ts"
import { reply } from "../inbound/scene.ts"

const dispatch = { method: "POST", path: "/v1/campaigns" }
const ana = { by: "ana", reason: "campanha errada" }

const ids = (count: number) => Array.from({ length: count }, (_, index) => `pedido_entregue_amanha|c|${100 + index}`)

interface Many extends WorldOptions {
  readonly count?: number
  readonly weni: FaultRule
}

/** Orders whose dispatches have each met the fault. */
const manyWorld = Effect.fnUntraced(function* ({ count = 3, weni, ...options }: Many) {
  const world = yield* preparedWorld({ earlierCase: true, ...options })
  yield* world.weni.faults.add({ ...weni, times: count })
  const process = yield* world.start
  for (const id of ids(count)) yield* world.produce(record({ id_correlacao: id }))
  return { ...world, process }
})

const refused = { kind: "status", status: 400, match: dispatch } satisfies FaultRule

const operationIn = (world: World, id: string) => world.store.operations.get(id)?.operation

const begin = (world: World, action: ItemAction, items: ReadonlyArray<string>) =>
  asOperator(world)(beginOperation(action, items, ana))

const ended = (world: World, id: string) => world.until(Effect.sync(() => operationIn(world, id)?.state !== "running"))

const acceptedOf = (world: World) => Effect.map(world.weni.accepted, (all) => [...all.values()])

describe("an operation on many communications", () => {
  it.effect("SPEC 10.3: each is acted on at OPERATION_RATE; an unknown one is a failure", () =>
    Effect.gen(function* () {
      const world = yield* manyWorld({ count: 6, weni: refused })
      yield* world.responded(6)
      const { id, total } = yield* begin(world, "retry", [...ids(6), "nobody", ids(6)[0] ?? ""])
      assert.strictEqual(total, 7)
      yield* TestClock.adjust("1 second")
      assert.isAtMost(operationIn(world, id)?.done ?? 0, 5)
      yield* ended(world, id)
      yield* world.responded(12)
      assert.deepInclude(operationIn(world, id), {
        action: "retry",
        by: "ana",
        reason: "campanha errada",
        state: "done",
        total: 7,
        done: 7,
        failures: [{ id: "nobody", reason: "no such communication", tag: "Unknown" }]
      })
      assert.deepStrictEqual(yield* acceptedOf(world), [1, 1, 1, 1, 1, 1])
    })
  )

  it.effect("SPEC 10.3: one whose dead letters cannot be read holds up no other one, and continues later", () =>
    Effect.gen(function* () {
      const world = yield* manyWorld({ count: 1, weni: { kind: "timeout", match: dispatch } })
      yield* world.responded(1)
      yield* world.produce("{")
      const letters = world.broker.records(world.settings.topics.inDlq)
      yield* world.until(Effect.map(letters, ({ length }) => length > 0))
      const places = (yield* letters).map(originKey)
      yield* world.broker.setReachable(false)
      const redriven = yield* begin(world, "redrive", places)
      const decided = yield* begin(world, "sent", ids(1))
      yield* TestClock.adjust("5 seconds")
      assert.deepInclude(operationIn(world, redriven.id), { state: "running", done: 0 })
      assert.deepInclude(operationIn(world, decided.id), { state: "done", failures: [] })
      yield* world.broker.setReachable(true)
      yield* TestClock.adjust("2 minutes")
      assert.deepInclude(operationIn(world, redriven.id), { state: "done", failures: [] })
    })
  )

  it.effect("SPEC 10.3: a stopped one does nothing more", () =>
    Effect.gen(function* () {
      const world = yield* manyWorld({ count: 8, settings: { operationRate: 1 }, weni: refused })
      yield* world.responded(8)
      const { id } = yield* begin(world, "retry", ids(8))
      yield* world.until(Effect.sync(() => (operationIn(world, id)?.done ?? 0) >= 2))
      yield* asOperator(world)(Effect.flatMap(Operations, (operations) => operations.stop(id, 1_763_866_000_123)))
      yield* TestClock.adjust("1 minute")
      const { done, state } = operationIn(world, id)!
      assert.strictEqual(state, "stopped")
      assert.isAtMost(done, 3)
      assert.isAtMost((yield* acceptedOf(world)).length, 3)
    })
  )

  it.effect("SPEC 10.3, 5.3: a resend that is too early goes to the end of the line, and is sent once", () =>
    Effect.gen(function* () {
      const world = yield* manyWorld({ count: 2, weni: { kind: "timeout", match: dispatch } })
      yield* world.responded(2)
      const { id } = yield* begin(world, "resend", ids(2))
      yield* TestClock.adjust("10 seconds")
      assert.deepInclude(operationIn(world, id), { state: "running", done: 0 })
      yield* ended(world, id)
      yield* world.responded(4)
      assert.deepStrictEqual(operationIn(world, id)?.failures, [])
      assert.deepStrictEqual(yield* acceptedOf(world), [1, 1])
    })
  )

  for (const action of ["resend", "sent", "not_sent"] as const) {
    it.effect(`SPEC 5.3, 10.3: ${action} for an earlier doubt is refused once the message was sent again`, () =>
      Effect.gen(function* () {
        const world = yield* manyWorld({ count: 1, weni: { kind: "timeout", match: dispatch } })
        yield* world.responded(1)
        yield* world.weni.faults.add({ kind: "timeout", match: dispatch, times: 1 })
        const [id = ""] = ids(1)
        const order = yield* asOperator(world)(newOperation(action, ana))
        yield* begin(world, "resend", [id])
        yield* TestClock.adjust("1 minute")
        yield* world.responded(2)
        yield* TestClock.adjust("2 minutes")
        const before = yield* world.facts(id)
        assert.lengthOf(
          before.filter(({ _tag }) => _tag === "DispatchIntended"),
          2
        )
        const late = yield* Effect.flip(
          asOperator(world)(resolveDispatch(id, action, { ...ana, at: order.at, operation: order.id }))
        )
        assert.deepInclude(late, { reason: "NewDoubt", detail: "its doubt is newer than this decision" })
        assert.deepStrictEqual(yield* world.facts(id), before)
        yield* asOperator(world)(resolveDispatch(id, action, ana))
      })
    )
  }

  it.effect("SPEC 5.3, 10.3: of two operations that resend, the second sends no third message", () =>
    Effect.gen(function* () {
      const world = yield* manyWorld({
        count: 1,
        settings: { operationRate: 0.02 },
        weni: { kind: "timeout", match: dispatch }
      })
      yield* world.responded(1)
      yield* world.weni.faults.add({ kind: "timeout", match: dispatch, times: 1 })
      const first = yield* begin(world, "resend", ids(1))
      yield* TestClock.adjust("1 millis")
      const second = yield* begin(world, "resend", ids(1))
      yield* ended(world, first.id)
      yield* ended(world, second.id)
      yield* world.responded(2)
      yield* TestClock.adjust("5 minutes")
      assert.lengthOf(yield* world.weni.requests, 2)
      assert.strictEqual([first, second].flatMap(({ id }) => operationIn(world, id)?.failures ?? []).length, 1)
    })
  )

  it.effect("SPEC 10.3: it continues after a restart, and acts once on each", () =>
    Effect.gen(function* () {
      const run = Effect.fnUntraced(function* (death: number) {
        const world = yield* manyWorld({ count: 2, weni: { ...refused, times: -1 } })
        yield* world.responded(2)
        yield* world.process.stop
        const before = (yield* world.weni.requests).length
        const { id } = yield* begin(world, "retry", ids(2))
        const { around, count, crashed } = crashAt(death)
        const process = yield* world.startWith(around)
        const done = Effect.sync(
          () =>
            operationIn(world, id)?.state === "done" &&
            [...world.store.communications.values()].every(({ view }) => view.due === undefined)
        )
        yield* world.until(
          Effect.map(Effect.all([crashed, done]), ([dead, over]) => dead || over),
          250
        )
        yield* process.kill
        yield* world.start
        yield* world.until(done, 250)
        const where = `death at ${death}`
        assert.deepInclude(operationIn(world, id), { total: 2, done: 2, failures: [] }, where)
        const requested = yield* Effect.forEach(ids(2), (one) => world.facts(one))
        for (const facts of requested) {
          assert.lengthOf(
            facts.filter(({ _tag }) => _tag === "RetryRequested"),
            1,
            where
          )
        }
        // A dispatch whose answer was lost in the crash is in doubt, and not made again.
        assert.isAtMost((yield* world.weni.requests).length - before, 2, where)
        return count()
      })
      yield* atEachBoundary(run, 10)
    })
  )

  it.effect("SPEC 10.3: a dry run reports what would happen, and nothing happens", () =>
    Effect.gen(function* () {
      const world = yield* manyWorld({ count: 2, weni: refused })
      yield* world.responded(2)
      const [first = "", second = ""] = ids(2)
      const planned = yield* asOperator(world)(planOperation("retry", [first, second, "nobody"]))
      assert.deepStrictEqual(planned, {
        total: 3,
        items: [
          { id: first, does: "dispatch: sends the message", steps: [{ step: "dispatch", tag: "Sends" }] },
          { id: second, does: "dispatch: sends the message", steps: [{ step: "dispatch", tag: "Sends" }] },
          { id: "nobody", reason: "no such communication", tag: "Unknown" }
        ]
      })
      yield* TestClock.adjust("1 minute")
      assert.lengthOf(yield* world.responses, 2)
      assert.strictEqual(world.store.operations.size, 0)
    })
  )
})

describe("an operator's end", () => {
  const away = { kind: "status", status: 503, times: -1 } satisfies FaultRule
  const alone = { alone: true, settings: { breaker: { failures: 1, reset: 60_000 } } } as const

  it.effect("SPEC 10.2: a dispatch that waits for Weni ends as a failure, and is not sent when Weni is back", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld({ earlierCase: true, ...alone })
      yield* world.weni.faults.add(away)
      yield* world.start
      yield* world.produce(record())
      yield* world.until(Effect.map(world.facts(fixtureId), (facts) => facts.some(({ _tag }) => _tag === "Held")))
      const { id } = yield* begin(world, "end", [fixtureId])
      yield* ended(world, id)
      assert.deepStrictEqual(operationIn(world, id)?.failures, [])
      const [response] = yield* world.responded(1)
      assert.strictEqual(response?.response_status, "partial_success")
      assert.deepInclude(channels(response).whatsapp?.response, { status: 503 })
      assert.strictEqual(channels(response).whatsapp?.response.erro?.codigo, "ENCERRADA")
      yield* world.weni.faults.clear
      yield* TestClock.adjust("5 minutes")
      assert.deepStrictEqual(yield* acceptedOf(world), [])
      const retry = yield* asOperator(world)(takeRetry(fixtureId, ana))
      yield* world.responded(2)
      assert.strictEqual(operationIn(world, retry.id)?.state, "done")
      assert.deepStrictEqual(yield* acceptedOf(world), [1])
    })
  )

  it.effect("SPEC 10.2: a Case that waits for ServiceNow ends as a failure, and nothing is opened later", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld({ earlierCase: true, ...alone })
      yield* world.serviceNow.faults.add({ ...away, match: { path: "/api/now/table/sn_" } })
      yield* world.start
      yield* world.produce(record())
      yield* world.until(Effect.map(world.facts(fixtureId), (facts) => facts.some(({ _tag }) => _tag === "Held")))
      const { id } = yield* begin(world, "end", [fixtureId])
      yield* ended(world, id)
      const [response] = yield* world.responded(1)
      assert.strictEqual(channels(response).itsm?.response.erro?.codigo, "ENCERRADA")
      assert.strictEqual(channels(response).whatsapp?.response.erro?.codigo, "CASE_NAO_ABERTO")
      yield* world.serviceNow.faults.clear
      yield* TestClock.adjust("5 minutes")
      assert.lengthOf(yield* world.serviceNow.cases, 0)
    })
  )

  it.effect(
    "SPEC 10.2: an answer whose write waits has its response, and a communication that waits for nothing is refused",
    () =>
      Effect.gen(function* () {
        const world = yield* preparedWorld({ earlierCase: true, ...alone })
        yield* world.start
        yield* world.produce(record())
        yield* world.responded(1)
        const nothing = yield* begin(world, "end", [fixtureId])
        yield* ended(world, nothing.id)
        assert.deepStrictEqual(operationIn(world, nothing.id)?.failures, [
          { id: fixtureId, reason: "nothing of it waits for a vendor", tag: "NothingWaits" }
        ])
        yield* world.serviceNow.faults.add(away)
        yield* world.answer(reply("não"), { partition: 0 })
        yield* world.answer(reply("quando?"), { partition: 0 })
        yield* world.until(Effect.map(world.facts(fixtureId), (facts) => facts.some(({ _tag }) => _tag === "Held")))
        yield* TestClock.adjust("5 seconds")
        const { id } = yield* begin(world, "end", [fixtureId])
        const responses = yield* world.responded(3)
        assert.deepStrictEqual(operationIn(world, id)?.failures, [])
        for (const response of responses.slice(1)) {
          assert.strictEqual(channels(response).itsm?.response.erro?.codigo, "ENCERRADA")
        }
        yield* world.serviceNow.faults.clear
        yield* TestClock.adjust("5 minutes")
        const view = world.store.communications.get(fixtureId)?.view
        assert.deepStrictEqual([view?.due, view?.held], [undefined, undefined])
        assert.lengthOf(yield* world.responses, 3)
        assert.lengthOf((yield* world.serviceNow.cases)[0]?.notes ?? [], 1)
      })
  )
})

describe("the trail", () => {
  it.effect("SPEC 10.3: single actions stand in it, even those that were taken at once", () =>
    Effect.gen(function* () {
      const world = yield* manyWorld({ count: 1, weni: refused })
      yield* world.responded(1)
      const [first = ""] = ids(1)
      const taken = yield* asOperator(world)(takeRetry(first, ana))
      const shown = yield* asOperator(world)(writeTrail("reveal", ana, { done: 1, failures: [] }, first))
      for (const { id } of [taken, shown]) {
        assert.deepInclude(operationIn(world, id), { target: first, state: "done", total: 1, done: 1, failures: [] })
      }
      yield* world.responded(2)
      const refusal = yield* Effect.flip(asOperator(world)(takeRetry(first, ana)))
      assert.strictEqual(refusal._tag === "ActionRefused" && refusal.reason, "Sent")
      assert.strictEqual(world.store.operations.size, 2)
    })
  )
})

describe("an erasure", () => {
  const away = { kind: "status", status: 503, times: -1 } satisfies FaultRule

  it.effect(
    "SPEC 10.4: wherever a process crashes, the order that waited has one response and is erased, and nothing is sent",
    () =>
      Effect.gen(function* () {
        const run = Effect.fnUntraced(function* (death: number) {
          const world = yield* preparedWorld({
            earlierCase: true,
            alone: true,
            settings: { breaker: { failures: 1, reset: 60_000 } }
          })
          yield* world.weni.faults.add(away)
          const first = yield* world.start
          yield* world.produce(record())
          yield* world.until(Effect.map(world.facts(fixtureId), (facts) => facts.some(({ _tag }) => _tag === "Held")))
          yield* first.stop
          const { id } = yield* begin(world, "erase", [fixtureId])
          const { around, count, crashed } = crashAt(death)
          const process = yield* world.startWith(around)
          const done = Effect.sync(() => operationIn(world, id)?.state === "done")
          yield* world.until(
            Effect.map(Effect.all([crashed, done]), ([dead, over]) => dead || over),
            250
          )
          yield* process.kill
          yield* world.start
          yield* world.until(done, 250)
          const where = `death at ${death}`
          assert.deepInclude(operationIn(world, id), { total: 1, done: 1, failures: [] }, where)
          yield* world.weni.faults.clear
          yield* TestClock.adjust("5 minutes")
          assert.isFalse(world.store.communications.has(fixtureId), where)
          assert.isTrue(world.store.forgotten.get(fixtureId)?.erased, where)
          assert.deepStrictEqual(yield* acceptedOf(world), [], where)
          assert.lengthOf(yield* world.serviceNow.cases, 1, where)
          const answers = new Set((yield* world.responses).map(({ id_resposta }) => id_resposta))
          assert.deepStrictEqual([...answers], [`${fixtureId}#1`], where)
          return count()
        })
        yield* atEachBoundary(run, 10)
      })
  )
})
