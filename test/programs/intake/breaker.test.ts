import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"

import { record } from "../../domain/outbound/records.ts"
import { channels, endings, fixtureId, journeysWith, preparedWorld, runningWorld } from "../../support/scene.ts"
import type { World } from "../../support/World.ts"
import { event } from "../inbound/scene.ts"

const minute = 60_000
const away = { kind: "status", status: 503, times: -1 } as const

/** One communication of its own for each number; all of one customer. */
const order = (number: number, changes: Record<string, unknown> = {}) =>
  record({ id_correlacao: `order-${number}`, ...changes })

const produceMany = (world: World, from: number, count: number, changes?: Record<string, unknown>) =>
  Effect.forEach(
    Array.from({ length: count }, (_, at) => from + at),
    (number) => world.produce(order(number, changes)),
    { discard: true }
  )

/** Moves the clock by that much. */
const pass = (world: World, millis: number) =>
  Effect.gen(function* () {
    let left = millis / 500
    yield* world.until(
      Effect.sync(() => left-- <= 0),
      500
    )
  })

const statuses = (world: World) => Effect.map(world.responses, (all) => all.map((it) => it.response_status))

const gauge = (world: World, dependency: string) =>
  Effect.map(
    world.metrics,
    (all) => all.find((it) => it.id === "ctx_breaker_open" && it.attributes?.dependency === dependency)?.state
  )

const committedRecords = (world: World) =>
  Effect.map(world.committed, (offsets) => offsets.reduce((sum: number, offset) => sum + (offset ?? 0), 0))

describe("a circuit breaker", () => {
  it.effect("SPEC 9.2: 10 minutes without ServiceNow fail none of 100 records, and there is one probe at a time", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.serviceNow.faults.add(away)
      yield* produceMany(world, 0, 100)
      yield* pass(world, minute)
      assert.deepInclude(yield* gauge(world, "servicenow"), { value: 1 })
      assert.deepInclude(yield* gauge(world, "weni"), { value: 0 })
      const opened = (yield* world.serviceNow.requests).length
      yield* pass(world, 9 * minute)
      // Every 30 s, plus the time that a probe takes.
      assert.isAtMost((yield* world.serviceNow.requests).length - opened, 18)
      assert.isAtLeast((yield* world.serviceNow.requests).length - opened, 16)
      assert.lengthOf(yield* world.responses, 0)

      yield* world.serviceNow.faults.clear
      yield* world.responded(100)
      assert.deepStrictEqual(new Set(yield* statuses(world)), new Set(["success"]))
      assert.lengthOf(yield* world.serviceNow.cases, 100)
      assert.lengthOf(yield* world.weni.requests, 100)
      assert.deepInclude(yield* gauge(world, "servicenow"), { value: 0 })
    })
  )

  it.effect("SPEC 9.2: while it is open orders that do not need its vendor go on", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.serviceNow.faults.add(away)
      yield* produceMany(world, 0, 30)
      yield* pass(world, minute)
      yield* produceMany(world, 30, 50, { cod_canais: ["whatsapp"] })
      yield* world.responded(50)
      assert.lengthOf(yield* world.weni.requests, 50)
      yield* pass(world, 4 * minute)
      assert.lengthOf(yield* world.responses, 50)
      yield* world.serviceNow.faults.clear
      yield* world.responded(80)
      assert.deepStrictEqual(new Set(yield* statuses(world)), new Set(["success"]))
    })
  )

  it.effect(
    "SPEC 9.2: in a quiet hour opens after 3 s of failures, and a probe finds out when the vendor is back",
    () =>
      Effect.gen(function* () {
        const world = yield* runningWorld({ settings: { breaker: { after: 3000, reset: 10_000 } } })
        yield* world.serviceNow.faults.add({ kind: "status", status: 503, times: -1 })
        yield* produceMany(world, 0, 2)
        yield* pass(world, 4000)
        assert.deepInclude(yield* gauge(world, "servicenow"), { value: 1 })
        const asked = (yield* world.serviceNow.requests).length
        assert.isAtMost(asked, 10)
        yield* pass(world, 6000)
        assert.lengthOf(yield* world.serviceNow.requests, asked)
        yield* world.serviceNow.faults.clear
        yield* world.responded(2)
        assert.deepStrictEqual(yield* statuses(world), ["success", "success"])
      })
  )

  it.effect("SPEC 9.2: a single record that waits does not use up its attempts by its own probes", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ settings: { breaker: { failures: 3, reset: 30_000, maxWait: 15 * minute } } })
      yield* world.serviceNow.faults.add(away)
      yield* world.produce(order(1))
      yield* pass(world, 10 * minute)
      assert.lengthOf(yield* world.responses, 0)
      yield* world.serviceNow.faults.clear
      const [response] = yield* world.responded(1)
      assert.strictEqual(response?.response_status, "success")
    })
  )

  it.effect("SPEC 9.2: with nothing in flight the first new record that makes the call is the probe", () =>
    Effect.gen(function* () {
      // One dispatch ends in doubt: the breaker opens, and nothing waits.
      const world = yield* runningWorld({ settings: { breaker: { failures: 1, reset: 30_000, maxWait: 15 * minute } } })
      yield* world.weni.faults.add({ kind: "drop" })
      yield* world.produce(order(1))
      const [first] = yield* world.responded(1)
      assert.strictEqual(channels(first).whatsapp?.response.erro?.codigo, "INDETERMINADO")
      yield* pass(world, 1000)
      // Records that do not call Weni end, and the others wait.
      yield* produceMany(world, 2, 3, { cod_canais: ["itsm"] })
      yield* produceMany(world, 5, 3)
      yield* pass(world, 20_000)
      assert.lengthOf(yield* world.responses, 4)
      assert.lengthOf(yield* world.weni.requests, 1)
      yield* world.responded(7)
      assert.deepStrictEqual(
        (yield* statuses(world)).slice(1),
        Array.from({ length: 6 }, () => "success")
      )
    })
  )

  it.effect("SPEC 9.2, 5.3: Weni's 401 opens it; a waiting dispatch has no intent, so a crash leaves no doubt", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ settings: { breaker: { failures: 3, reset: 30_000, maxWait: 15 * minute } } })
      yield* world.weni.faults.add({ kind: "status", status: 401, times: -1 })
      yield* produceMany(world, 0, 3)
      yield* world.responded(3)
      yield* pass(world, 5000)
      yield* world.produce(order(3))
      // Admitted as the probe, refused, and kept for later.
      yield* world.until(
        Effect.map(world.facts("order-3"), (facts) => facts.some(({ _tag }) => _tag === "DispatchRefused"))
      )
      const intents = (yield* world.facts("order-3")).filter(({ _tag }) => _tag === "DispatchIntended").length
      yield* world.process.kill
      yield* world.weni.faults.clear
      yield* world.start
      const response = (yield* world.responded(4)).at(-1)
      assert.strictEqual(response?.response_status, "success")
      const facts = yield* world.facts("order-3")
      assert.lengthOf(
        facts.filter(({ _tag }) => _tag === "DispatchIntended"),
        intents + 1
      )
      assert.strictEqual((yield* world.weni.accepted).get("order-3"), 1)
      assert.lengthOf(yield* world.serviceNow.cases, 4)
    })
  )

  it.effect(
    "SPEC 9.2, 9.4: a stop while calls wait ends at once, commits none of their records and leaves no doubt",
    () =>
      Effect.gen(function* () {
        const world = yield* runningWorld()
        yield* world.weni.faults.add({ kind: "status", status: 500, times: -1 })
        yield* produceMany(world, 0, 30)
        yield* pass(world, 2 * minute)
        assert.lengthOf(yield* world.responses, 0)
        yield* world.process.stop
        assert.strictEqual(yield* committedRecords(world), 0)
        for (let number = 0; number < 30; number++) {
          const facts = yield* world.facts(`order-${number}`)
          const open = facts.filter(({ _tag }) => _tag === "DispatchIntended").length
          assert.strictEqual(facts.filter(({ _tag }) => _tag === "DispatchRefused").length, open, `order-${number}`)
        }
        yield* world.weni.faults.clear
        yield* world.start
        yield* world.responded(30)
        assert.deepStrictEqual(new Set(yield* statuses(world)), new Set(["success"]))
        assert.deepStrictEqual(new Set((yield* world.weni.accepted).values()), new Set([1]))
        assert.lengthOf(yield* world.serviceNow.cases, 30)
      })
  )

  it.effect(
    "SPEC 9.2, 9.4: a stop while calls on ServiceNow wait commits none of their records; a restart resumes",
    () =>
      Effect.gen(function* () {
        const world = yield* runningWorld()
        yield* world.serviceNow.faults.add(away)
        yield* produceMany(world, 0, 30)
        yield* pass(world, 2 * minute)
        yield* world.process.stop
        assert.strictEqual(yield* committedRecords(world), 0)
        assert.lengthOf(yield* world.responses, 0)
        yield* world.serviceNow.faults.clear
        yield* world.start
        yield* world.responded(30)
        assert.deepStrictEqual(new Set(yield* statuses(world)), new Set(["success"]))
        assert.lengthOf(yield* world.serviceNow.cases, 30)
      })
  )

  it.effect("SPEC 9.2, 4.6: OAuth tokens go through the same breaker", () =>
    Effect.gen(function* () {
      const auth = { type: "oauth", clientId: "id", clientSecret: Redacted.make("secret") } as const
      const world = yield* runningWorld({ settings: { serviceNow: { auth }, breaker: { failures: 2 } } })
      yield* world.serviceNow.faults.add({ ...away, match: { path: "/oauth_token.do" } })
      yield* world.produce(order(0))
      yield* pass(world, 5 * minute)
      assert.deepInclude(yield* gauge(world, "servicenow"), { value: 1 })
      assert.lengthOf(yield* world.responses, 0)
      yield* world.serviceNow.faults.clear
      const [response] = yield* world.responded(1)
      assert.strictEqual(response?.response_status, "success")
    })
  )

  it.effect(
    "SPEC 9.2: events are processed while Weni is unavailable; writes to an unavailable ServiceNow wait and are then made",
    () =>
      Effect.gen(function* () {
        const world = yield* runningWorld({ settings: { breaker: { failures: 1 } } })
        yield* world.produce(record())
        yield* world.responded(1)
        yield* world.weni.faults.add({ kind: "status", status: 500, times: -1 })
        yield* world.produce(order(0))
        yield* pass(world, 5000)
        assert.deepInclude(yield* gauge(world, "weni"), { value: 1 })
        yield* world.answer(event("entregue"))
        yield* world.responded(2)
        yield* world.serviceNow.faults.add(away)
        yield* world.answer(event("lida"))
        yield* pass(world, 5 * minute)
        assert.lengthOf(yield* world.responses, 2)
        yield* world.serviceNow.faults.clear
        const read = (yield* world.responded(3)).at(-1)
        assert.deepInclude(read, { evento: "lida", response_status: "success" })
      })
  )

  it.effect("SPEC 9.2: 4xx do not open it, and count as signs of life between failures", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ settings: { breaker: { failures: 2, reset: 30_000, maxWait: minute } } })
      const whatsapp = { cod_canais: ["whatsapp"] }
      for (let number = 0; number < 6; number++) {
        yield* world.weni.faults.add({ kind: "status", status: number % 2 === 0 ? 504 : 422 })
        yield* world.produce(order(number, whatsapp))
        yield* world.responded(number + 1)
      }
      assert.deepInclude(yield* gauge(world, "weni"), { value: 0 })
      assert.lengthOf(yield* world.weni.requests, 6)
    })
  )

  it.effect("SPEC 9.2: after BREAKER_MAX_WAIT a call fails with the reason that opened it, never sent", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({
        settings: { breaker: { failures: 3, reset: 10 * minute, maxWait: 2 * minute } }
      })
      yield* world.serviceNow.faults.add(away)
      yield* produceMany(world, 0, 2)
      const [one] = yield* world.responded(2)
      const { itsm, whatsapp } = channels(one)
      assert.strictEqual(itsm?.response.erro?.codigo, "HTTP_503")
      assert.match(itsm?.response.erro?.detalhe ?? "", /^não chamado, o circuito está aberto: /)
      assert.strictEqual(whatsapp?.response.erro?.codigo, "CASE_NAO_ABERTO")
      assert.lengthOf(yield* world.serviceNow.cases, 0)
    })
  )

  it.effect("SPEC 9.2, 2.5: expiresAfter ends a wait for either vendor: the channel fails EXPIRADA", () =>
    Effect.gen(function* () {
      const breaker = { failures: 1, reset: 10 * minute, maxWait: 15 * minute }
      const journeys = journeysWith({ expiresAfter: "5 minutes" })
      const world = yield* runningWorld({ settings: { breaker }, journeys })
      yield* world.weni.faults.add({ kind: "status", status: 503, times: -1 })
      yield* world.produce(order(0))
      const [dispatched] = yield* world.responded(1)
      assert.strictEqual(channels(dispatched).itsm?.status, "success")
      assert.deepInclude(channels(dispatched).whatsapp?.response.erro, { codigo: "EXPIRADA", tentativas: 1 })
      assert.lengthOf(yield* world.weni.requests, 1)

      const other = yield* runningWorld({ settings: { breaker }, journeys })
      yield* other.serviceNow.faults.add(away)
      yield* other.produce(order(0))
      const [opened] = yield* other.responded(1)
      assert.deepInclude(channels(opened).itsm?.response.erro, { codigo: "EXPIRADA" })
      assert.strictEqual(channels(opened).whatsapp?.response.erro?.codigo, "CASE_NAO_ABERTO")
    })
  )

  it.effect("SPEC 9.2, 4.3: the intent of a Case's POST that waited is renewed before the POST is sent", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld({
        earlierCase: true,
        settings: { breaker: { failures: 1, reset: 2 * minute, maxWait: 15 * minute } }
      })
      yield* world.serviceNow.faults.add({ ...away, match: { method: "POST" }, times: 1 })
      yield* world.start
      yield* world.produce(record(), { partition: 0 })
      yield* world.responded(1)
      const intents = (yield* world.facts(fixtureId)).filter(({ _tag }) => _tag === "CaseIntended")
      assert.lengthOf(intents, 2)
      assert.isAtLeast((intents[1]?.at ?? 0) - (intents[0]?.at ?? 0), 2 * minute)
      assert.lengthOf(yield* world.serviceNow.cases, 1)
      assert.deepStrictEqual(endings(world), { "0/0": "response" })
    })
  )
})
