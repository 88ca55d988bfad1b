import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"

import type { ConsumerKeys, NewConsumer } from "../../../src/domain/outbound/consumer.ts"
import type { HttpRequest } from "../../../src/services/Http.ts"
import { html, json } from "../../support/HttpScripted.ts"
import { Operations } from "../../support/serviceNowOperations.ts"
import { consumerPath, inTime, refusal, rows, scripted } from "./serviceNowTest.ts"

const keys = { document: "529.982.247-25", email: "joao@example.com", phone: "+5511999999999" }
const consumer: NewConsumer = { firstName: "João", lastName: "Silva", ...keys }
const stored = {
  sys_id: "c-1",
  first_name: "João",
  last_name: "Silva",
  email: "joao@example.com",
  mobile_phone: "+5511999999999",
  u_cpf_cnpj: "529.982.247-25"
}
const created = json(201, { result: stored })

const create = (
  script: Parameters<typeof scripted>[0],
  input: { readonly consumer?: NewConsumer; readonly keys?: ConsumerKeys } = {}
) => {
  const { layer, requests, seen, times } = scripted(script)
  return Effect.gen(function* () {
    const serviceNow = yield* Operations
    const outcome = yield* inTime(
      Effect.exit(
        serviceNow.createConsumer({
          consumer: input.consumer ?? consumer,
          keys: input.keys ?? keys,
          beforePost: Effect.void
        })
      )
    )
    return { outcome, requests, seen: seen(), times }
  }).pipe(Effect.provide(layer))
}
const reasonOf = ({ outcome }: Effect.Success<ReturnType<typeof create>>) =>
  Effect.map(Effect.flip(outcome), ({ reason }) => reason._tag)
const made = Exit.succeed({ sysId: "c-1", avisos: [] })
const POST = `POST ${consumerPath}`
const GET = `GET ${consumerPath}`
const posts = (requests: ReadonlyArray<HttpRequest>) => requests.filter(({ method }) => method === "POST").length

describe("createConsumer", () => {
  it.effect("SPEC 3.3: one POST with name, e-mail, mobile phone and the document field", () =>
    Effect.gen(function* () {
      const { outcome, requests, seen } = yield* create([created])
      assert.deepStrictEqual(outcome, made)
      assert.deepStrictEqual(seen, [POST])
      const { sys_id: _, ...body } = stored
      assert.deepStrictEqual(JSON.parse(requests[0]?.body ?? ""), body)
    })
  )

  it.effect("SPEC 3.3: unknown values are not sent", () =>
    Effect.gen(function* () {
      const { requests } = yield* create([created], { consumer: { firstName: "João", email: keys.email } })
      assert.deepStrictEqual(JSON.parse(requests[0]?.body ?? ""), { first_name: "João", email: keys.email })
    })
  )

  it.effect("SPEC 4.5: a field that was not stored is a warning", () =>
    Effect.gen(function* () {
      const { u_cpf_cnpj: _, ...echo } = stored
      const { outcome } = yield* create([json(201, { result: echo })])
      const avisos = ["consumidor: campos não gravados como enviados: u_cpf_cnpj"]
      assert.deepStrictEqual(outcome, Exit.succeed({ sysId: "c-1", avisos }))
    })
  )

  for (const status of [400, 404]) {
    it.effect(`SPEC 3.3: refused with ${status}: reported at once, for the guest consumer`, () =>
      Effect.gen(function* () {
        const run = yield* create([refusal(status)])
        assert.strictEqual(yield* reasonOf(run), "Refused")
        assert.deepStrictEqual(run.seen, [POST])
      })
    )
  }

  it.effect("SPEC 3.3: never connected is tried again without a look", () =>
    Effect.gen(function* () {
      const { outcome, seen } = yield* create(["refused", created])
      assert.deepStrictEqual(outcome, made)
      assert.deepStrictEqual(seen, [POST, POST])
    })
  )

  for (const [title, step] of [
    ["a time-out", "hang"],
    ["a lost connection", "lost"],
    ["500", refusal(500)],
    ["408", refusal(408)],
    ["an unreadable answer", html(201)],
    ["an answer without sys_id", json(201, { result: {} })]
  ] as const) {
    it.effect(`SPEC 3.3, 4.3: after ${title} it looks by the keys first: found`, () =>
      Effect.gen(function* () {
        const { outcome, seen } = yield* create([step, rows(), rows(stored)])
        assert.deepStrictEqual(outcome, made)
        assert.deepStrictEqual(seen, [POST, GET, GET])
      })
    )
  }

  for (const [title, step] of [
    ["a lost connection", "lost"],
    ["500", refusal(500)],
    ["503", refusal(503)],
    ["408", refusal(408)]
  ] as const) {
    it.effect(`SPEC 3.3, 4.3: after ${title} no second POST before SERVICENOW_TIMEOUT has passed`, () =>
      Effect.gen(function* () {
        let posted = 0
        const { outcome, requests, times } = yield* create((request) => {
          if (request.method === "GET") return rows()
          posted += 1
          return posted === 1 ? step : created
        })
        assert.deepStrictEqual(outcome, made)
        assert.strictEqual(posts(requests), 2)
        assert.strictEqual(times.at(-1), 65_000)
      })
    )
  }

  it.effect("SPEC 3.3, 4.3: a 201 whose customer no look shows: Indeterminate, never a second POST", () =>
    Effect.gen(function* () {
      const run = yield* create((request) => (request.method === "GET" ? rows() : json(201, { result: {} })))
      assert.strictEqual(yield* reasonOf(run), "Indeterminate")
      assert.strictEqual(posts(run.requests), 1)
    })
  )

  it.effect("SPEC 3.3, 4.3: refused look-ups show nothing: Indeterminate, never a second POST", () =>
    Effect.gen(function* () {
      const run = yield* create([refusal(500), rows(), refusal(403), rows(), refusal(403)])
      assert.strictEqual(yield* reasonOf(run), "Indeterminate")
      assert.strictEqual(posts(run.requests), 1)
    })
  )
})
