import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import { record } from "../../domain/outbound/records.ts"
import { operatorWith, serveOperators } from "../../support/operatorHttp.ts"
import { fixtureId, preparedWorld } from "../../support/scene.ts"

const token = "ana-token-0123456789"
const viewer = "bruno-token-0123456789"
const privacy = "carla-token-0123456789"
const operators = [
  operatorWith("ana", token, ["operator"]),
  operatorWith("bruno", viewer, ["viewer"]),
  operatorWith("carla", privacy, ["privacy"])
]

interface Taken {
  readonly operation: string
  readonly id: string
  readonly total: number
}

interface Shown {
  readonly id: string
  readonly state: string
  readonly by: string
  readonly done: number
  readonly failures: ReadonlyArray<{ readonly id: string; readonly reason: string; readonly tag?: string }>
}

/** One order whose dispatch met this status, and the API of its service. */
const refusedWorld = Effect.fnUntraced(function* (status = 400) {
  const world = yield* preparedWorld({ earlierCase: true })
  yield* world.weni.faults.add({ kind: "status", status, match: { path: "/v1/campaigns" } })
  yield* world.start
  yield* world.produce(record())
  yield* world.responded(1)
  const ask = yield* serveOperators(world, { operators })
  const path = `/api/communications/${encodeURIComponent(fixtureId)}/retry`
  return { world, ask, path }
})

describe("POST /api/communications/{id}/retry", () => {
  it.effect("CONTRACT: a dry run shows the masked bodies and does nothing", () =>
    Effect.gen(function* () {
      const { ask, path, world } = yield* refusedWorld()
      const { body, status, text } = yield* ask(path, { token, body: { dryRun: true } })
      assert.strictEqual(status, 200)
      const { steps } = body as { readonly steps: ReadonlyArray<{ readonly step: string; readonly request: object }> }
      assert.deepStrictEqual(
        steps.map(({ step }) => step),
        ["dispatch"]
      )
      assert.include(text, "CS0001005")
      assert.notMatch(text, /999999999|João|joao/)
      assert.strictEqual(world.store.operations.size, 0)
    })
  )

  it.effect("CONTRACT: 202 with the operation, which is in the trail; 409 says why there is nothing to do", () =>
    Effect.gen(function* () {
      const { ask, path, world } = yield* refusedWorld()
      const taken = yield* ask(path, { token, body: { reason: "campanha corrigida" } })
      assert.strictEqual(taken.status, 202)
      yield* world.responded(2)
      const { operation } = taken.body as Taken
      const shown = yield* ask(`/api/operations/${operation}`, { token: viewer })
      assert.deepInclude(shown.body, {
        action: "retry",
        by: "ana",
        reason: "campanha corrigida",
        state: "done",
        done: 1
      })
      const again = yield* ask(path, { token, body: {} })
      assert.deepStrictEqual([again.status, again.body], [409, { error: "the message was sent", detail: "Sent" }])
      assert.strictEqual((yield* ask("/api/communications/nobody/retry", { token, body: {} })).status, 404)
      assert.strictEqual((yield* ask(path, { token: viewer, body: {} })).status, 403)
    })
  )
})

describe("/api/operations", () => {
  it.effect("CONTRACT: many are retried, unknown ones are failures, and the trail is paged", () =>
    Effect.gen(function* () {
      const { ask, world } = yield* refusedWorld()
      const asked = { action: "retry", ids: [fixtureId, "nobody"], reason: "x" }
      const planned = yield* ask("/api/operations", { token, body: { ...asked, dryRun: true } })
      assert.strictEqual(planned.status, 200)
      assert.deepInclude(planned.body, { total: 2 })
      const begun = yield* ask("/api/operations", { token, body: asked })
      assert.strictEqual(begun.status, 202)
      const { id, total } = begun.body as Taken
      assert.strictEqual(total, 2)
      yield* world.until(Effect.sync(() => world.store.operations.get(id)?.operation.state === "done"))
      const shown = (yield* ask(`/api/operations/${id}`, { token })).body as Shown
      assert.deepStrictEqual(shown.failures, [{ id: "nobody", reason: "no such communication", tag: "Unknown" }])
      yield* ask("/api/operations", { token, body: { ...asked, ids: ["nobody"] } })
      const page = (yield* ask("/api/operations?limit=1", { token })).body as {
        readonly items: ReadonlyArray<Shown>
        readonly next: string
      }
      const next = (yield* ask(`/api/operations?limit=1&cursor=${page.next}`, { token })).body as typeof page
      assert.deepStrictEqual(
        next.items.map((one) => one.id),
        [id]
      )
      assert.isNull(next.next)
    })
  )

  it.effect("CONTRACT: by a filter of the search; an empty one, both and a wrong field are 400", () =>
    Effect.gen(function* () {
      const { ask, world } = yield* refusedWorld()
      const ordered = { action: "retry", reason: "x" }
      const statusOf = (fields: object) =>
        Effect.map(ask("/api/operations", { token, body: { ...ordered, ...fields } }), ({ status }) => status)
      assert.strictEqual(yield* statusOf({ filter: {} }), 400)
      assert.strictEqual(yield* statusOf({}), 400)
      assert.strictEqual(yield* statusOf({ ids: [] }), 400)
      assert.strictEqual(yield* statusOf({ filter: { status: [] } }), 400)
      assert.strictEqual(yield* statusOf({ action: "redrive", filter: { status: [] } }), 400)
      for (const field of ["journey", "codigo", "case", "q", "since", "topic"]) {
        assert.strictEqual(yield* statusOf({ filter: { [field]: "  " } }), 400, field)
        assert.strictEqual(yield* statusOf({ filter: { [field]: "\u200b" } }), 400, field)
      }
      assert.strictEqual(world.store.operations.size, 0)
      assert.strictEqual(yield* statusOf({ ids: ["a"], filter: { codigo: "HTTP_400" } }), 400)
      assert.strictEqual(yield* statusOf({ filter: { estado: "failure" } }), 400)
      const begun = yield* ask("/api/operations", { token, body: { ...ordered, filter: { codigo: "HTTP_400" } } })
      assert.deepInclude(begun.body, { total: 1 })
      yield* world.responded(2)
      assert.strictEqual((yield* world.weni.accepted).get(fixtureId), 1)
    })
  )

  it.effect.each(["11900000119", "+55 (11) 90000-0119", "ana@example.com", "529.982.247-25", "52998224725"])(
    "SPEC 9.6, 10.3: %s among the ids is 400, and acts on no customer's communication",
    (personal) =>
      Effect.gen(function* () {
        const world = yield* preparedWorld({ earlierCase: true })
        yield* world.start
        yield* world.produce(
          record({
            cliente: {
              nome: "Ana Souza",
              num_telefone: "11900000119",
              email: "ana@example.com",
              documento: "52998224725"
            }
          })
        )
        yield* world.responded(1)
        const ask = yield* serveOperators(world, { operators })
        for (const dryRun of [true, false]) {
          const body = { action: "retry", ids: [fixtureId, personal], reason: "x", dryRun }
          const refused = yield* ask("/api/operations", { token, body })
          assert.strictEqual(refused.status, 400)
          assert.match(refused.text, /"ids: /)
          assert.notInclude(refused.text, personal)
        }
        assert.strictEqual(world.store.operations.size, 0)
      })
  )

  it.effect("SPEC 9.6, 10.3: an unknown name is kept and shown without the personal data within it", () =>
    Effect.gen(function* () {
      const { ask, world } = yield* refusedWorld()
      const body = { action: "retry", ids: ["de 11900000119 hoje"], reason: "x" }
      const begun = yield* ask("/api/operations", { token, body })
      const { id } = begun.body as Taken
      yield* world.until(Effect.sync(() => world.store.operations.get(id)?.operation.state === "done"))
      assert.deepStrictEqual(
        world.store.operations.get(id)?.operation.failures.map((failure) => failure.id),
        ["de *** hoje"]
      )
    })
  )

  it.effect("CONTRACT: ids too long or too many are 400 and name ids", () =>
    Effect.gen(function* () {
      const { ask, world } = yield* refusedWorld()
      const many = Array.from({ length: 10_001 }, (_, index) => `c-${index}`)
      for (const ids of [["x".repeat(501)], many]) {
        for (const action of ["retry", "redrive"]) {
          const refused = yield* ask("/api/operations", { token, body: { action, ids, reason: "x" } })
          assert.strictEqual(refused.status, 400)
          assert.match(refused.text, /"ids: expected/)
        }
      }
      const taken = yield* ask("/api/operations", { token, body: { action: "retry", ids: many.slice(1), reason: "x" } })
      assert.deepStrictEqual([taken.status, (taken.body as Taken).total], [202, 10_000])
      yield* ask(`/api/operations/${(taken.body as Taken).id}/stop`, { token, method: "POST", body: {} })
      assert.strictEqual(world.store.operations.size, 1)
    })
  )

  it.effect("SPEC 10.3: a dry run counts an item that is named twice only once, as the operation does", () =>
    Effect.gen(function* () {
      const { ask } = yield* refusedWorld()
      const asked = { action: "retry", ids: [fixtureId, "CS0001005", fixtureId, "nobody"], reason: "x" }
      const planned = yield* ask("/api/operations", { token, body: { ...asked, dryRun: true } })
      const begun = yield* ask("/api/operations", { token, body: asked })
      assert.deepStrictEqual(
        [planned, begun].map(({ body }) => (body as Taken).total),
        [2, 2]
      )
    })
  )

  it.effect("SPEC 9.6, 10.3: the trail shows no personal data of a reason or of a failure", () =>
    Effect.gen(function* () {
      const { ask, world } = yield* refusedWorld()
      const asOperator = { by: "ana", at: 1, action: "retry", total: 1, done: 1, state: "done" } as const
      const said = "ligar (11) 98765-4321, 529.982.247-25, ana@example.com"
      world.store.operations.set("one", {
        items: [],
        nextPosition: 0,
        operation: { ...asOperator, id: "one", reason: said, failures: [{ id: "c|1", reason: said }] }
      })
      for (const path of ["/api/operations", "/api/operations/one"]) {
        const { status, text } = yield* ask(path, { token })
        assert.strictEqual(status, 200)
        assert.include(text, "ligar ***, ***, ***@***")
        assert.notMatch(text, /98765|982\.247|ana@/)
      }
    })
  )

  it.effect("CONTRACT: who may start an operation may stop it", () =>
    Effect.gen(function* () {
      const { ask } = yield* refusedWorld()
      const begun = yield* ask("/api/operations", {
        token,
        body: { action: "end", ids: Array.from({ length: 50 }, (_, index) => `nobody-${index}`), reason: "x" }
      })
      const { id } = begun.body as Taken
      const stop = `/api/operations/${id}/stop`
      assert.strictEqual((yield* ask(stop, { token: viewer, method: "POST", body: {} })).status, 403)
      assert.strictEqual((yield* ask(stop, { token: privacy, method: "POST", body: {} })).status, 403)
      const stopped = yield* ask(stop, { token, method: "POST", body: {} })
      assert.deepInclude(stopped.body, { id, state: "stopped" })
      assert.strictEqual((yield* ask("/api/operations/none/stop", { token, method: "POST", body: {} })).status, 404)
    })
  )
})

describe("POST /api/communications/{id}/whatsapp", () => {
  it.effect("CONTRACT: settles a dispatch in doubt, else 409", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld()
      yield* world.weni.faults.add({ kind: "timeout", when: "after" })
      yield* world.start
      yield* world.produce(record())
      yield* world.responded(1)
      const ask = yield* serveOperators(world, { operators })
      const path = `/api/communications/${encodeURIComponent(fixtureId)}/whatsapp`
      const decide = (decision: string) => ask(path, { token, body: { decision, reason: "Weni foi consultada" } })
      assert.strictEqual((yield* decide("resend")).status, 409)
      assert.strictEqual((yield* decide("sent")).status, 202)
      yield* world.responded(2)
      assert.strictEqual((yield* decide("sent")).status, 409)
    })
  )
})

describe("POST /api/customers/export", () => {
  it.effect(
    "CONTRACT: everything of one customer, unmasked, only for the privacy officer, with an entry in the trail",
    () =>
      Effect.gen(function* () {
        const { ask, world } = yield* refusedWorld()
        const body = { key: "joao.silva@example.com", reason: "pedido do titular" }
        assert.strictEqual((yield* ask("/api/customers/export", { token, body })).status, 403)
        const got = yield* ask("/api/customers/export", { token: privacy, body })
        assert.strictEqual(got.status, 200)
        assert.include(got.text, fixtureId)
        assert.include(got.text, "joao.silva@example.com")
        const [entry] = [...world.store.operations.values()]
        assert.deepInclude(entry?.operation, { action: "export", by: "carla", total: 1 })
        assert.notInclude(JSON.stringify(entry), "joao")
      })
  )

  it.effect("CONTRACT: each communication is read once", () =>
    Effect.gen(function* () {
      const { ask, world } = yield* refusedWorld()
      const stored = world.store.communications.get(fixtureId)!
      let reads = 0
      const counted = Object.defineProperty({ ...stored }, "texts", {
        get: () => {
          reads++
          return stored.texts
        }
      })
      world.store.communications.set(fixtureId, counted)
      const body = { key: "joao.silva@example.com", reason: "pedido do titular" }
      assert.strictEqual((yield* ask("/api/customers/export", { token: privacy, body })).status, 200)
      assert.strictEqual(reads, 1)
    })
  )
})
