import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { record } from "../../domain/outbound/records.ts"
import { bodyOf, channels, runningWorld, writes } from "../../support/scene.ts"
import { eventTime, type World } from "../../support/World.ts"

const casesPath = "/api/now/table/sn_customerservice_case"
const casePost = { method: "POST", path: casesPath }

const order = (changes: Json = {}) => record({ cod_canais: ["itsm"], ...changes })

/** The Case's POSTs and the looks for it, oldest first: seconds since the record, and method. */
const tries = (world: World) =>
  Effect.map(world.serviceNow.requests, (requests) =>
    requests.filter(({ path }) => path === casesPath).map(({ at, method }) => ({ method, at: (at - eventTime) / 1000 }))
  )

const countOf = (requests: ReadonlyArray<{ readonly method: string }>, method: string) =>
  requests.filter((request) => request.method === method).length

describe("ServiceNow's refusals", () => {
  for (const status of [400, 404]) {
    it.effect(`SPEC 4.6: ${status} is final`, () =>
      Effect.gen(function* () {
        const world = yield* runningWorld()
        yield* world.serviceNow.faults.add({
          kind: "status",
          status,
          body: { error: { message: "Não", detail: "porque não" }, status: "failure" },
          times: -1,
          match: casePost
        })
        yield* world.produce(order())
        const [response] = yield* world.responded(1)
        const [post] = yield* writes(world.serviceNow)
        assert.strictEqual(countOf(yield* tries(world), "POST"), 1)
        assert.deepStrictEqual(channels(response).itsm, {
          status: "failure",
          consumer: { sys_id: "c0ffee00c0ffee00c0ffee00c0ffee00", origem: "email" },
          request: bodyOf(post),
          response: {
            status,
            message: "Não",
            erro: { codigo: `HTTP_${status}`, detalhe: "porque não", tentativas: 1 }
          }
        })
      })
    )
  }

  it.effect("SPEC 4.6: a short Retry-After is waited for", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.serviceNow.faults.add({
        kind: "status",
        status: 429,
        headers: { "retry-after": "20" },
        match: casePost
      })
      yield* world.produce(order())
      const [response] = yield* world.responded(1)
      assert.strictEqual(response?.response_status, "success")
      assert.deepStrictEqual(yield* tries(world), [
        { method: "POST", at: 0 },
        { method: "POST", at: 20 }
      ])
    })
  )

  it.effect("SPEC 4.6: a failure that does not pass ends after RETRY_ATTEMPTS, with the last reason", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ settings: { retry: { attempts: 3 } } })
      yield* world.serviceNow.faults.add({ kind: "refuse", times: -1, match: casePost })
      yield* world.produce(order())
      const [response] = yield* world.responded(1)
      assert.strictEqual(countOf(yield* tries(world), "POST"), 3)
      assert.deepStrictEqual(channels(response).itsm?.response.erro, {
        codigo: "SEM_CONEXAO",
        detalhe: "conexão não estabelecida: refused",
        tentativas: 3
      })
    })
  )

  it.effect("SPEC 4.6: a time-out counts from sending, not from waiting for a slot", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ settings: { serviceNow: { concurrency: 1, timeout: 10_000 } } })
      yield* world.serviceNow.faults.add({ kind: "slow", delayMs: 6000, times: -1, match: casePost })
      for (const id of ["um", "dois", "tres"]) yield* world.produce(order({ id_correlacao: id }))
      const responses = yield* world.responded(3)
      assert.deepStrictEqual(
        responses.map(({ response_status }) => response_status),
        ["success", "success", "success"]
      )
      assert.strictEqual(countOf(yield* tries(world), "POST"), 3)
    })
  )

  it.effect("SPEC 4.6: no slot is held during a backoff", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ settings: { serviceNow: { concurrency: 1 } } })
      const match = { ...casePost, contains: '"um"' }
      yield* world.serviceNow.faults.add({ kind: "status", status: 503, match })
      yield* world.produce(order({ id_correlacao: "um" }))
      yield* world.produce(order({ id_correlacao: "dois" }))
      const responses = yield* world.responded(2)
      assert.deepStrictEqual(responses.map(({ id_correlacao }) => id_correlacao).sort(), ["dois", "um"])
      const opened = (yield* tries(world)).filter(({ method }) => method === "POST").map(({ at }) => at)
      assert.deepStrictEqual(opened.slice(0, 2), [0, 0])
      assert.lengthOf(opened, 3)
    })
  )
})
