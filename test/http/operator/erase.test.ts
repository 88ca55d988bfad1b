import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import type { FaultRule } from "../../../simulators/core/FaultRule.ts"
import { erasedId } from "../../../src/domain/personal/erasedId.ts"
import { outOfReach } from "../../../src/programs/operator/erase.ts"
import { record } from "../../domain/outbound/records.ts"
import { reply } from "../../programs/inbound/scene.ts"
import { operatorWith, serveOperators } from "../../support/operatorHttp.ts"
import { fixtureId, preparedWorld, requestCount } from "../../support/scene.ts"
import { fixture, type World, type WorldOptions } from "../../support/World.ts"

const operator = "ana-token-0123456789"
const privacy = "carla-token-0123456789"
const operators = [operatorWith("ana", operator, ["operator"]), operatorWith("carla", privacy, ["privacy"])]

const email = "joao.silva@example.com"
const asked = { action: "erase", filter: { customer: email }, reason: "pedido do titular" }

/** A prepared world and what the privacy officer asks of it. */
const erasingWorld = Effect.fnUntraced(function* (options: WorldOptions = {}) {
  const world = yield* preparedWorld({ earlierCase: true, ...options })
  const ask = yield* serveOperators(world, { operators })
  const send = (body: unknown, token = privacy) => ask("/api/operations", { token, body })
  const shown = (id: string) => Effect.map(ask(`/api/operations/${id}`, { token: privacy }), ({ body }) => body)
  const isDone = (id: string) => Effect.sync(() => world.store.operations.get(id)?.operation.state === "done")
  /** Erases the customer, and returns the operation as it is shown when it is done. */
  const erase = Effect.fnUntraced(function* (customer = email) {
    const { body, status } = yield* send({ ...asked, filter: { customer } })
    assert.strictEqual(status, 202)
    const { id } = body as { readonly id: string }
    yield* world.until(isDone(id))
    return (yield* shown(id)) as Readonly<Record<string, unknown>>
  })
  return { world, ask, send, erase, isDone }
})

const ended = { action: "erase", by: "carla", reason: "pedido do titular", state: "done", failures: [], outOfReach }

/** Everything of the database that could hold personal data. */
const stored = ({ store }: World) =>
  JSON.stringify(
    [
      store.communications,
      store.names,
      store.terms,
      store.records,
      store.parked,
      store.forgotten,
      store.operations
    ].map((all) => Array.from<unknown>(all))
  )

const isHeld = (world: World) =>
  Effect.map(world.facts(fixtureId), (facts) => facts.some(({ _tag }) => _tag === "Held"))

describe("POST /api/operations with erase", () => {
  it.effect("CONTRACT: for the privacy officer, only by a key of the customer; a dry run only counts", () =>
    Effect.gen(function* () {
      const { send, world } = yield* erasingWorld()
      yield* world.start
      yield* world.produce(record())
      yield* world.responded(1)
      assert.strictEqual((yield* send(asked, operator)).status, 403)
      const statusOf = (fields: object) => Effect.map(send({ ...asked, ...fields }), ({ status }) => status)
      assert.strictEqual(yield* statusOf({ filter: {} }), 400)
      assert.strictEqual(yield* statusOf({ filter: { customer: email, codigo: "HTTP_400" } }), 400)
      assert.strictEqual(yield* statusOf({ filter: { customer: "  " } }), 400)
      assert.strictEqual(yield* statusOf({ ids: [fixtureId] }), 400)
      assert.strictEqual(yield* statusOf({ filter: undefined, ids: [fixtureId] }), 400)
      const planned = yield* send({ ...asked, dryRun: true })
      assert.deepStrictEqual([planned.status, planned.body], [200, { total: 1, outOfReach }])
      assert.strictEqual(world.store.operations.size, 0)
      assert.isTrue(world.store.communications.has(fixtureId))
      const nobody = yield* send({ ...asked, filter: { customer: "ninguem@example.com" } })
      assert.deepInclude(nobody.body, { total: 0 })
    })
  )

  it.effect(
    "SPEC 10.4: id, hash and status stay; a repeat is still recognised, and its Case is never adopted again",
    () =>
      Effect.gen(function* () {
        const { ask, erase, world } = yield* erasingWorld()
        yield* world.start
        yield* world.produce(record())
        yield* world.responded(1)
        const [theCase] = yield* world.serviceNow.cases
        assert.deepInclude(yield* erase(), { ...ended, total: 1, done: 1 })
        const { hash, ...rest } = world.store.forgotten.get(fixtureId) ?? {}
        assert.match(hash ?? "", /^[0-9a-f]{64}$/)
        assert.deepStrictEqual<unknown>(rest, { id: fixtureId, status: "success", number: 1, erased: true })
        assert.notMatch(stored(world), /joao|João|999999999/)
        const exported = yield* ask("/api/customers/export", { token: privacy, body: { key: email, reason: "x" } })
        assert.deepInclude(exported.body, { communications: [], parked: [] })
        const before = yield* requestCount(world)
        yield* world.produce(record())
        const repeat = (yield* world.responded(2)).at(-1)
        assert.deepInclude(repeat, { id_resposta: `${fixtureId}#1`, response_status: "success", duplicado: true })
        assert.strictEqual(yield* requestCount(world), before)
        yield* world.answer(reply("sim", { context: { id_case: theCase?.number } }))
        yield* TestClock.adjust("20 minutes")
        assert.isFalse(world.store.communications.has(fixtureId))
        const writes = (yield* world.serviceNow.requests).filter(({ method }) => method === "PATCH")
        const [after] = yield* world.serviceNow.cases
        assert.deepStrictEqual(after?.notes, theCase?.notes)
        assert.lengthOf(writes, 1)
      })
  )

  it.effect("SPEC 10.4: an id with personal data stays as its hash, and its repeat is still recognised", () =>
    Effect.gen(function* () {
      const { erase, world } = yield* erasingWorld()
      const id = "pedido_entregue_amanha|11144477735|805566999OBM3028874-01"
      yield* world.start
      yield* world.produce(record({ id_correlacao: id }))
      yield* world.responded(1)
      assert.deepInclude(yield* erase(), { ...ended, total: 1, done: 1 })
      assert.notInclude(stored(world), "11144477735")
      assert.deepInclude(world.store.forgotten.get(erasedId(id)), { id: erasedId(id), erased: true })
      const before = yield* requestCount(world)
      yield* world.produce(record({ id_correlacao: id }))
      assert.deepInclude((yield* world.responded(2)).at(-1), { id_correlacao: id, duplicado: true })
      assert.strictEqual(yield* requestCount(world), before)
    })
  )

  const away = { kind: "status", status: 503, times: -1 } satisfies FaultRule

  it.effect("SPEC 10.4: work that waits for a vendor ends first, with its response, and is never sent", () =>
    Effect.gen(function* () {
      const { erase, world } = yield* erasingWorld({
        alone: true,
        settings: { breaker: { failures: 1, reset: 60_000 } }
      })
      yield* world.weni.faults.add(away)
      yield* world.start
      yield* world.produce(record())
      yield* world.until(isHeld(world))
      assert.deepInclude(yield* erase(), { ...ended, total: 1, done: 1 })
      assert.strictEqual((yield* world.responded(1))[0]?.response_status, "partial_success")
      yield* world.weni.faults.clear
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual((yield* world.weni.accepted).size, 0)
      assert.deepStrictEqual(
        [...world.store.records.values()].map(({ ending }) => ending),
        ["response"]
      )
    })
  )

  it.effect("SPEC 10.4: a doubt ends, too", () =>
    Effect.gen(function* () {
      const { erase, world } = yield* erasingWorld()
      yield* world.weni.faults.add({ kind: "timeout", when: "after" })
      yield* world.start
      yield* world.produce(record())
      yield* world.responded(1)
      assert.deepInclude(yield* erase(), { ...ended, total: 1, done: 1 })
      assert.isFalse(world.store.communications.has(fixtureId))
    })
  )

  it.effect("SPEC 10.4: events that wait for their communication are erased, too", () =>
    Effect.gen(function* () {
      const { erase, world } = yield* erasingWorld()
      yield* world.start
      yield* world.answer(fixture("inbound/whatsapp-button.json"))
      yield* world.until(Effect.sync(() => world.store.parked.size === 1))
      assert.deepInclude(yield* erase("+5511999999999"), { ...ended, total: 1, done: 1 })
      assert.strictEqual(world.store.parked.size, 0)
      assert.notMatch(stored(world), /999999999/)
    })
  )

  for (const id of [fixtureId, "pedido_entregue_amanha|11144477735|805566999OBM3028874-01"]) {
    it.effect(`SPEC 10.4: it continues after a process crashed between the erasure and its end: ${id}`, () =>
      Effect.gen(function* () {
        const { isDone, send, world } = yield* erasingWorld()
        const process = yield* world.startWith((call, effect) =>
          call === "Journal.forget" ? Effect.andThen(effect, Effect.never) : effect
        )
        yield* world.produce(record({ id_correlacao: id }))
        yield* world.responded(1)
        const taken = (yield* send(asked)).body as { readonly id: string }
        yield* world.until(Effect.sync(() => !world.store.communications.has(id)))
        yield* process.kill
        yield* world.start
        yield* world.until(isDone(taken.id))
        assert.deepInclude(world.store.operations.get(taken.id)?.operation, { total: 1, done: 1, failures: [] })
      })
    )
  }
})
