import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import { operatorWith, serveOperators } from "../../support/operatorHttp.ts"
import { runningWorld } from "../../support/scene.ts"
import { fixture } from "../../support/World.ts"

const token = "ana-token-0123456789"
const operators = [operatorWith("ana", token)]
const viewer = operatorWith("bruno", "bruno-token-0123456789", ["viewer"])

interface Letter {
  readonly id: string
  readonly code?: string
  readonly correlationId?: string
  readonly key?: string
  readonly value?: string
  readonly headers: Readonly<Record<string, string>>
  readonly redrivenAt?: number
  readonly redriveOf?: string
}
interface Result {
  readonly id: string
  readonly outcome: string
  readonly at?: number
  readonly letter?: object
}
interface Page {
  readonly items: ReadonlyArray<Letter>
  readonly next: string | null
}

const order = fixture("comunicacaoTransacional.json")

/** A world with three dead letters: of an unknown journey, of text that breaks off, and of an event. */
const worldWithLetters = Effect.fnUntraced(function* () {
  const world = yield* runningWorld()
  yield* world.produce({ ...order, cod_jornada: "outra" }, { headers: { "x-loja": "João" } })
  yield* world.ended(1)
  yield* TestClock.adjust(1000)
  yield* world.produce(`{"cliente":{"nome":"João","num_telefone":"+5511999999999"},"dados`)
  yield* world.ended(2)
  yield* TestClock.adjust(1000)
  yield* world.answer(`["João", 11999999999]`)
  yield* world.ended(3)
  const ask = yield* serveOperators(world, { operators: [...operators, viewer] })
  return { world, ask }
})

const pageOf = (body: unknown) => body as Page

describe("GET /api/dead-letters", () => {
  it.effect("CONTRACT GET /api/dead-letters: the newest first, with reason and origin, without personal data", () =>
    Effect.gen(function* () {
      const { ask } = yield* worldWithLetters()
      const { body, status, text } = yield* ask("/api/dead-letters", { token })
      assert.strictEqual(status, 200)
      const { items, next } = pageOf(body)
      assert.isNull(next)
      assert.deepStrictEqual(
        items.map(({ code, id }) => [decodeURIComponent(id).split("/")[0], code]),
        [
          ["omnichannelRespostaCampanha.dlq", "MENSAGEM_INVALIDA"],
          ["comunicacaoTransacional.dlq", "MENSAGEM_INVALIDA"],
          ["comunicacaoTransacional.dlq", "JORNADA_DESCONHECIDA"]
        ]
      )
      assert.notMatch(text, /João|Silva|999999999|joao/)
      const [event, broken, unknown] = items
      assert.strictEqual(event?.value, `["***","***"]`)
      assert.strictEqual(broken?.value, `{"cliente":{"nome":"***","num_telefone":"***"},"***`)
      assert.include(unknown?.value ?? "", '"num_pedido":"OBM3028874-01"')
      assert.deepStrictEqual(
        [unknown?.headers["x-loja"], unknown?.headers["dlq-codigo"]],
        ["***", "JORNADA_DESCONHECIDA"]
      )
    })
  )

  it.effect("SPEC 9.6: personal data in an id or in a producer's header is hidden", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      const id = "pedido|joao.silva@example.com|1"
      const headers = {
        id_correlacao: id,
        evento: "de joao.silva@example.com",
        tracestate: "loja;joao.silva@example.com",
        "dlq-cliente": "João",
        "x-loja": "João"
      }
      yield* world.produce({ ...order, cod_jornada: "outra", id_correlacao: id }, { key: id, headers })
      yield* world.ended(1)
      const ask = yield* serveOperators(world, { operators })
      const { body, text } = yield* ask("/api/dead-letters", { token })
      assert.notMatch(text, /joao|João/)
      const [letter] = pageOf(body).items
      const shown = "pedido|***@***|1"
      assert.deepInclude(letter, { correlationId: shown, key: shown })
      assert.deepInclude(letter?.headers, {
        id_correlacao: shown,
        evento: "de ***@***",
        tracestate: "loja;***@***",
        "dlq-cliente": "***",
        "x-loja": "***",
        "dlq-codigo": "JORNADA_DESCONHECIDA",
        "dlq-topico": "comunicacaoTransacional"
      })
    })
  )

  it.effect("CONTRACT GET /api/dead-letters: filters and pages", () =>
    Effect.gen(function* () {
      const { ask } = yield* worldWithLetters()
      const count = (query: string) =>
        Effect.map(ask(`/api/dead-letters?${query}`, { token }), ({ body }) => pageOf(body).items.length)
      assert.strictEqual(yield* count("topic=in"), 2)
      assert.strictEqual(yield* count("topic=inbound"), 1)
      assert.strictEqual(yield* count("topic=comunicacaoTransacional.dlq"), 2)
      assert.strictEqual(yield* count("topic=omnichannelRespostaCampanha"), 1)
      assert.strictEqual(yield* count("codigo=JORNADA_DESCONHECIDA"), 1)
      assert.isAtLeast(yield* count("since=1970-01-01T00:00:00+00:00"), 1)
      assert.strictEqual(yield* count("since=24h"), 3)
      assert.strictEqual(yield* count("since=1s"), 1)
      const first = pageOf((yield* ask("/api/dead-letters?limit=2", { token })).body)
      const second = pageOf((yield* ask(`/api/dead-letters?limit=2&cursor=${first.next}`, { token })).body)
      assert.deepStrictEqual([first.items.length, second.items.length, second.next], [2, 1, null])
      assert.strictEqual(new Set([...first.items, ...second.items].map(({ id }) => id)).size, 3)
      for (const wrong of ["topic=response", "cursor=x", "limit=0", "since=x"]) {
        const { body, status } = yield* ask(`/api/dead-letters?${wrong}`, { token })
        assert.strictEqual(status, 400, wrong)
        assert.include(String(Object(body).error), wrong.split("=")[0] ?? "")
      }
    })
  )
})

describe("POST /api/dead-letters/{id}/reveal", () => {
  it.effect("SPEC 11.2: one dead letter unmasked, by its id from the list, encoded once more or not", () =>
    Effect.gen(function* () {
      const { ask } = yield* worldWithLetters()
      const [, broken] = pageOf((yield* ask("/api/dead-letters", { token })).body).items
      for (const id of [broken?.id ?? "", encodeURIComponent(broken?.id ?? "")]) {
        const { body, status } = yield* ask(`/api/dead-letters/${id}/reveal`, { token, body: { reason: "chamado 7" } })
        assert.strictEqual(status, 200)
        assert.include(String(Object(body).value), "João")
      }
      const gone = yield* ask("/api/dead-letters/comunicacaoTransacional.dlq%2F0%2F99/reveal", {
        token,
        body: { reason: "chamado 7" }
      })
      assert.strictEqual(gone.status, 404)
    })
  )
})

describe("POST /api/dead-letters/redrive", () => {
  it.effect("CONTRACT GET /api/dead-letters: redriveOf is the id of the earlier dead letter", () =>
    Effect.gen(function* () {
      const { ask, world } = yield* worldWithLetters()
      const latest = Effect.map(ask("/api/dead-letters?codigo=JORNADA_DESCONHECIDA", { token }), ({ body }) =>
        pageOf(body).items.map(({ id, redriveOf }) => [id, redriveOf])
      )
      const [[id] = []] = yield* latest
      yield* ask("/api/dead-letters/redrive", { token, body: { ids: [id], reason: "r" } })
      yield* world.ended(4)
      const [again] = yield* latest
      assert.strictEqual(again?.[1], id)
    })
  )

  it.effect("CONTRACT POST /api/dead-letters/redrive: dry run, redrive, and not again", () =>
    Effect.gen(function* () {
      const { ask, world } = yield* worldWithLetters()
      const [, , unknown] = pageOf((yield* ask("/api/dead-letters", { token })).body).items
      const id = unknown?.id ?? ""
      const results = (body: object) =>
        Effect.map(
          ask("/api/dead-letters/redrive", { token, body }),
          (got) => Object(got.body).items as ReadonlyArray<Result>
        )
      const outcomes = (body: object) => Effect.map(results(body), (all) => all.map(({ letter: _, ...rest }) => rest))
      const [{ letter }] = (yield* results({ ids: [id], dryRun: true })) as [Result]
      const { headers: _, id: __, value: ___, ...facts } = unknown as Letter
      assert.deepStrictEqual(letter, facts)
      assert.deepStrictEqual(yield* outcomes({ ids: [id], dryRun: true }), [{ id, outcome: "WouldRedrive" }])
      assert.deepStrictEqual(yield* outcomes({ ids: [id], reason: "jornada posta" }), [{ id, outcome: "Redriven" }])
      yield* world.ended(4)
      const place = decodeURIComponent(id)
      const [again] = yield* outcomes({ ids: [place] })
      assert.deepStrictEqual([again?.id, again?.outcome], [place, "Already"])
      assert.isNumber(again?.at)
      const listed = pageOf((yield* ask("/api/dead-letters?codigo=JORNADA_DESCONHECIDA", { token })).body).items
      assert.deepStrictEqual(
        listed.map(({ redrivenAt }) => redrivenAt !== undefined),
        [false, true]
      )
      const missing = "comunicacaoTransacional.dlq/0/99"
      assert.deepStrictEqual(yield* outcomes({ ids: [missing] }), [{ id: missing, outcome: "NotFound" }])
    })
  )

  it.effect(
    "CONTRACT POST /api/dead-letters/redrive: at most 10,000 ids of at most 500 characters, and the error states the limit",
    () =>
      Effect.gen(function* () {
        const ask = yield* serveOperators(yield* runningWorld(), { operators })
        const refusal = (ids: ReadonlyArray<string>) =>
          Effect.map(ask("/api/dead-letters/redrive", { token, body: { ids } }), ({ body, status }) => [status, body])
        assert.deepStrictEqual(yield* refusal(Array.from({ length: 10_001 }, (_, offset) => `x/0/${offset}`)), [
          400,
          { error: "ids: expected at most 10000, use a filter for more" }
        ])
        assert.deepStrictEqual(yield* refusal([`${"x".repeat(500)}/0/1`]), [
          400,
          { error: "ids: expected ids of at most 500 characters" }
        ])
      })
  )

  it.effect.each([
    { ids: [], reason: "x" },
    { ids: ["%ff"] },
    {},
    { filter: {} },
    { ids: ["x"], filter: { topic: "in" } },
    { ids: ["nowhere"] },
    { filter: { code: "X" } }
  ])("CONTRACT POST /api/dead-letters/redrive: %o is 400", (body) =>
    Effect.gen(function* () {
      const ask = yield* serveOperators(yield* runningWorld(), { operators })
      assert.strictEqual((yield* ask("/api/dead-letters/redrive", { token, body })).status, 400)
    })
  )
})
