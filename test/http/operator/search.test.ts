import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import { fixture, record } from "../../domain/outbound/records.ts"
import { operatorWith, serveOperators } from "../../support/operatorHttp.ts"
import { runningWorld } from "../../support/scene.ts"

const token = "bruno-token-0123456789"

interface Listed {
  readonly items: ReadonlyArray<Readonly<Record<string, unknown>> & { readonly id: string }>
  readonly next: string | null
}

const orderOf = (number: string, changes: Record<string, unknown> = {}) =>
  record({ "dados_jornada.num_pedido": number, "dados_jornada.remessa": "R1", "cliente.id": "cli-1", ...changes })

const idOf = (number: string, customer = "cli-1") => `pedido_entregue_amanha|${customer}|R1${number}`

const cpf = "529.982.247-25"

/** Five communications, a second between them: two ended well, one failed, one is in doubt, one has a CPF in its id. */
const scene = Effect.gen(function* () {
  const world = yield* runningWorld()
  let count = 0
  const told = Effect.fnUntraced(function* (value: ReturnType<typeof record>) {
    yield* world.produce(value, { partition: 0 })
    yield* world.responded(++count)
  })
  yield* told(orderOf("PED-1"))
  yield* world.weni.faults.add({ kind: "status", status: 400 })
  yield* told(orderOf("PED-2", { "cliente.id": "cli-2", "cliente.num_telefone": "(21) 98888-7777" }))
  yield* world.weni.faults.add({ kind: "drop", when: "after" })
  yield* told(orderOf("PED-3", { "cliente.id": "cli-3" }))
  yield* told(orderOf("20261130", { "cliente.id": "cli-4" }))
  yield* told(orderOf("PED-5", { "cliente.id": cpf, "cliente.cpf": cpf }))
  const ask = yield* serveOperators(world, { operators: [operatorWith("bruno", token, ["viewer"])] })
  const list = (query: string) =>
    Effect.map(ask(`/api/communications${query}`, { token }), ({ body, status }) => {
      assert.strictEqual(status, 200, JSON.stringify(body))
      return body as Listed
    })
  const search = (body: unknown) =>
    Effect.map(ask("/api/communications/search", { token, body }), (got) => {
      assert.strictEqual(got.status, 200, got.text)
      return got.body as Listed
    })
  const ids = ({ items }: Listed) => items.map(({ id }) => id)
  return { world, ask, list, search, ids }
})

const [one, two, three, four] = [
  idOf("PED-1"),
  idOf("PED-2", "cli-2"),
  idOf("PED-3", "cli-3"),
  idOf("20261130", "cli-4")
]
const five = "pedido_entregue_amanha|***|R1PED-5"

describe("GET /api/communications", () => {
  it.effect("SPEC 12.2, 12.3: every communication, the newest first, without personal data", () =>
    Effect.gen(function* () {
      const { ids, list } = yield* scene
      const all = yield* list("")
      assert.deepStrictEqual(ids(all), [five, four, three, two, one])
      assert.isNull(all.next)
      const text = JSON.stringify(all)
      for (const personal of ["Silva", "joao.silva", "98888", "52998224725", cpf]) assert.notInclude(text, personal)
      const second = all.items[3] ?? assert.fail()
      const { case: theCase, createdAt, updatedAt, ...rest } = second
      assert.deepStrictEqual(rest, {
        id: two,
        journey: "pedido_entregue_amanha",
        status: "partial_success",
        marks: [],
        order: "PED-2",
        shipment: "R1",
        customer: { id: "cli-2", name: "***", phone: "***7777", email: "***" },
        codigos: ["HTTP_400"],
        whatsapp: { outcome: "failed", attempts: 1 }
      })
      assert.hasAllKeys(theCase, ["number", "sysId"])
      assert.isAtMost(Number(createdAt), Number(updatedAt))
      assert.deepStrictEqual(
        all.items.map(({ marks }) => marks),
        [["awaiting"], ["awaiting"], ["in_doubt", "awaiting"], [], ["awaiting"]]
      )
    })
  )

  it.effect("SPEC 12.2: a communication has the times of its facts, both in the list and by itself", () =>
    Effect.gen(function* () {
      const { ask, list, world } = yield* scene
      for (const { createdAt, id, ref, updatedAt } of (yield* list("")).items) {
        const { body } = yield* ask(`/api/communications/${encodeURIComponent(String(ref ?? id))}`, { token })
        const shown = Object(body)
        assert.deepStrictEqual([createdAt, updatedAt], [shown.createdAt, shown.updatedAt])
        if (ref !== undefined) continue
        const times = (yield* world.facts(id)).map(({ at }) => at)
        assert.deepStrictEqual([createdAt, updatedAt], [times[0], Math.max(...times)])
      }
    })
  )

  it.effect("SPEC 12.2: each filter alone, several statuses, and filters together", () =>
    Effect.gen(function* () {
      const { ids, list, world } = yield* scene
      const found = (query: string) => Effect.map(list(query), ids)
      assert.deepStrictEqual(yield* found("?status=success"), [five, four, one])
      assert.deepStrictEqual(yield* found("?status=in_doubt"), [three])
      assert.deepStrictEqual(yield* found("?status=awaiting&status=failure"), [five, four, three, one])
      assert.deepStrictEqual(yield* found("?status=waiting"), [])
      assert.deepStrictEqual(yield* found("?journey=pedido_entregue_amanha&status=partial_success"), [three, two])
      assert.deepStrictEqual(yield* found("?journey=outra"), [])
      assert.deepStrictEqual(yield* found("?codigo=HTTP_400"), [two])
      assert.deepStrictEqual(yield* found("?codigo=HTTP_400&status=success"), [])
      assert.deepStrictEqual(yield* found("?since=24h"), [five, four, three, two, one])
      assert.deepStrictEqual(yield* found("?until=24h"), [])
      const [, , third] = (yield* list("")).items
      const at = new Date(Number(third?.createdAt)).toISOString()
      assert.deepStrictEqual(yield* found(`?since=${at}`), [five, four, three])
      assert.deepStrictEqual(yield* found(`?until=${at}`), [two, one])
      for (const zone of ["+00:00", "%2B00:00", "+0000", "%2000:00"])
        assert.deepStrictEqual(yield* found(`?since=${at.replace("Z", zone)}`), [five, four, three], zone)
      const opened = world.store.communications.get(one)?.view
      assert.deepStrictEqual(yield* found(`?case=${opened?.caseNumber?.toLowerCase()}`), [one])
      assert.deepStrictEqual(yield* found(`?case=${opened?.caseSysId}`), [one])
      assert.deepStrictEqual(yield* found(`?case=${opened?.caseNumber}&status=partial_success`), [])
      for (const q of [one, "PED-1", opened?.caseNumber, opened?.caseNumber?.toLowerCase(), opened?.caseSysId])
        assert.deepStrictEqual(yield* found(`?q=${encodeURIComponent(q ?? "")}`), [one], q)
      assert.deepStrictEqual(yield* found("?q=R1"), [five, four, three, two, one])
      assert.deepStrictEqual(yield* found("?q=20261130"), [four])
      assert.deepStrictEqual(yield* found("?q=20261131"), [])
      assert.deepStrictEqual(yield* found("?q=PED-"), [])
      const event = { ...fixture("inbound/canonical-delivered"), id_contexto: one, message_id: "wamid.TESTE=" }
      yield* world.answer({ ...event, id_case: opened?.caseNumber }, { partition: 0 })
      yield* world.responded(6)
      assert.deepStrictEqual(yield* found("?q=wamid.TESTE%3D"), [one])
      const [delivered] = (yield* list("?q=PED-1")).items
      assert.include(Object(delivered?.lastEvent), { evento: "entregue" })
    })
  )

  it.effect("SPEC 9.8, 12.1: with a fact of a newer version it is 409, and its id is masked in the answer, too", () =>
    Effect.gen(function* () {
      const { ask, list, world } = yield* scene
      const { items } = yield* list("?q=PED-5")
      const id = idOf("PED-5", cpf)
      const before = world.store.communications.get(id)!
      const texts = [...before.texts, JSON.stringify([{ _tag: "OfANewerVersion", at: 1 }])]
      world.store.communications.set(id, { ...before, texts })
      const { body, status } = yield* ask(`/api/communications/${items[0]?.ref}`, { token })
      const error = `${five}: a newer version wrote the fact OfANewerVersion, which this version cannot read`
      assert.deepStrictEqual([status, body], [409, { error, detail: "NewerVersion" }])
    })
  )

  it.effect("SPEC 12.1: an id with personal data is masked, and its ref finds it", () =>
    Effect.gen(function* () {
      const { ids, list } = yield* scene
      const { items } = yield* list("?q=PED-5")
      const ref = String(items[0]?.ref)
      assert.match(ref, /^[\w-]{10,}$/)
      assert.deepStrictEqual(ids(yield* list(`?q=${ref}`)), [five])
      assert.notProperty((yield* list("?q=PED-1")).items[0], "ref")
    })
  )

  it.effect("SPEC 12.2: pages stay consistent while communications come in, and their cursor reveals no id", () =>
    Effect.gen(function* () {
      const { ids, list, world } = yield* scene
      const first = yield* list("?limit=2")
      assert.deepStrictEqual(ids(first), [five, four])
      yield* world.produce(orderOf("PED-6", { "cliente.id": "cli-6" }), { partition: 0 })
      yield* world.responded(6)
      const second = yield* list(`?limit=2&cursor=${first.next}`)
      assert.deepStrictEqual(ids(second), [three, two])
      const third = yield* list(`?limit=2&cursor=${second.next}`)
      assert.deepStrictEqual(ids(third), [one])
      assert.isNull(third.next)
      assert.deepStrictEqual(ids(yield* list("?limit=1")), [idOf("PED-6", "cli-6")])
    })
  )

  it.effect.each([
    ["status=sucess", "status"],
    ["status=success&status=nada", "status"],
    ["journey=", "journey"],
    ["codigo=timeout", "codigo"],
    ["case=%20", "case"],
    ["q=", "q"],
    ["q=a%00b", "q"],
    ["case=ana%40example.com", "case"],
    ["case=11999998888", "case"],
    ["case=529.982.247-25", "case"],
    ["journey=ana%40example.com", "journey"],
    ["journey=(11)%2099999-8888", "journey"],
    ["journey=%00", "journey"],
    ["case=CS1%00", "case"],
    ["q=ana%40example.com", "q"],
    ["q=%2B5511999998888", "q"],
    ["q=11999998888", "q"],
    ["q=(11)%2099999-8888", "q"],
    ["q=529.982.247-25", "q"],
    ["q=52998224725", "q"],
    ["q=11.222.333/0001-81", "q"],
    ["since=2026-11-30T10:00:00", "since"],
    ["since=ontem", "since"],
    ["until=24", "until"],
    ["limit=0", "limit"],
    ["limit=201", "limit"],
    ["limit=1.5", "limit"],
    ["limit=dez", "limit"],
    ["limit=1&limit=2", "limit"],
    ["cursor=nada", "cursor"],
    ["statuss=success", "statuss"]
  ])("CONTRACT GET /api/communications: ?%s is 400 and names %s", ([query, field]) =>
    Effect.gen(function* () {
      const ask = yield* serveOperators(yield* runningWorld(), {
        operators: [operatorWith("bruno", token, ["viewer"])]
      })
      const { body, status } = yield* ask(`/api/communications?${query}`, { token })
      assert.strictEqual(status, 400)
      assert.include(String(Object(body).error), field ?? "")
    })
  )
})

describe("POST /api/communications/search", () => {
  it.effect("SPEC 12.2: a person is found by each of the order's values about them, in any spelling", () =>
    Effect.gen(function* () {
      const { ids, search } = yield* scene
      const found = (body: unknown) => Effect.map(search(body), ids)
      for (const q of ["(21) 98888-7777", "+55 21 98888 7777", "5521988887777", "021988887777", "cli-2", "PED-2"])
        assert.deepStrictEqual(yield* found({ q }), [two], q)
      for (const q of ["JOAO.SILVA@example.com", "João <joao.silva@example.com>"])
        assert.deepStrictEqual(yield* found({ q }), [five, four, three, two, one], q)
      for (const q of [cpf, "52998224725", "CPF 529.982.247-25"]) assert.deepStrictEqual(yield* found({ q }), [five], q)
      assert.deepStrictEqual(yield* found({ q: "21988880000" }), [])
      assert.deepStrictEqual(yield* found({ q: "joao.silva@example.com", status: ["in_doubt"], since: "24h" }), [three])
    })
  )

  it.effect("CONTRACT POST /api/communications/search: the fields of the list as JSON, and the same pages", () =>
    Effect.gen(function* () {
      const { ids, list, search } = yield* scene
      const all = yield* search({})
      assert.deepStrictEqual(all, yield* list(""))
      const first = yield* search({ status: ["success", "partial_success"], limit: 3 })
      assert.deepStrictEqual(ids(first), [five, four, three])
      const rest = yield* search({ status: ["success", "partial_success"], limit: 3, cursor: first.next })
      assert.deepStrictEqual([ids(rest), rest.next], [[two, one], null])
    })
  )

  it.effect.each<readonly [unknown, string]>([
    [{ status: "success" }, "status"],
    [{ status: ["nada"] }, "status"],
    [{ q: "" }, "q"],
    [{ q: 1 }, "q"],
    [{ q: "a\u0000b" }, "q"],
    [{ codigo: "x y" }, "codigo"],
    [{ since: 1 }, "since"],
    [{ limit: "ten" }, "limit"],
    [{ limit: 201 }, "limit"],
    [{ cursor: "nada" }, "cursor"],
    [{ quem: "x" }, "quem"]
  ])("CONTRACT POST /api/communications/search: %j is 400 and names %s", ([sent, field]) =>
    Effect.gen(function* () {
      const ask = yield* serveOperators(yield* runningWorld(), {
        operators: [operatorWith("bruno", token, ["viewer"])]
      })
      const { body, status } = yield* ask("/api/communications/search", { token, body: sent })
      assert.strictEqual(status, 400)
      assert.include(String(Object(body).error), field)
    })
  )
})
