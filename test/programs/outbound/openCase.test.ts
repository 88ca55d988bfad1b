import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import type { FaultRule } from "../../../simulators/core/FaultRule.ts"
import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { record } from "../../domain/outbound/records.ts"
import { channels, fixtureId, runningWorld } from "../../support/scene.ts"
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

describe("never two Cases", () => {
  /** `posts`: how many there may be; a Case that was created before its answer got lost is found, not created again. */
  const doubtful: Readonly<Record<string, readonly [fault: FaultRule, posts: number, status: number]>> = {
    "a lost connection after the insert": [{ kind: "drop", when: "after" }, 1, 200],
    "a time-out after the insert": [{ kind: "timeout", when: "after" }, 1, 200],
    "a time-out without an insert": [{ kind: "timeout" }, 2, 201],
    "an insert half a minute after the connection was lost": [{ kind: "drop", when: "later", delayMs: 30_000 }, 1, 200],
    "202 after the insert": [{ kind: "accepted202", when: "after" }, 1, 200],
    "500 after the insert": [{ kind: "status", status: 500, when: "after" }, 1, 200],
    "504 before the insert, which comes half a minute later": [
      { kind: "status", status: 504, when: "later", delayMs: 30_000 },
      1,
      200
    ],
    "503 without an insert": [{ kind: "status", status: 503 }, 2, 201],
    "HTML after the insert": [{ kind: "html", when: "after" }, 1, 200],
    "a login page without an insert": [{ kind: "login" }, 2, 201],
    "an answer cut short after the insert": [{ kind: "garbage", when: "after" }, 1, 200],
    "an error key after the insert": [{ kind: "errorKey", when: "after" }, 1, 200]
  }
  for (const [name, [fault, posts, status]] of Object.entries(doubtful)) {
    it.effect(`SPEC 4.3, 4.4: ${name}`, () =>
      Effect.gen(function* () {
        const world = yield* runningWorld({ earlierCase: true })
        yield* world.serviceNow.faults.add({ ...fault, match: casePost })
        yield* world.produce(order())
        const [response] = yield* world.responded(1)
        const cases = yield* world.serviceNow.cases
        assert.lengthOf(cases, 1)
        assert.strictEqual(countOf(yield* tries(world), "POST"), posts)
        assert.deepStrictEqual(channels(response).itsm?.response, {
          status,
          sys_id: cases[0]?.sysId,
          number: cases[0]?.number
        })
        assert.strictEqual(response?.response_status, "success")
      })
    )
  }

  it.effect("SPEC 4.3: after a time-out it creates again only when SERVICENOW_TIMEOUT has passed since it sent", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ earlierCase: true, settings: { serviceNow: { timeout: 65_000 } } })
      yield* world.serviceNow.faults.add({ kind: "drop", match: casePost })
      yield* world.produce(order())
      yield* world.responded(1)
      const made = yield* tries(world)
      assert.deepStrictEqual(
        made.filter(({ method }) => method === "POST").map(({ at }) => Math.floor(at)),
        [0, 65]
      )
      assert.isAbove(countOf(made, "GET"), 3)
    })
  )

  it.effect("SPEC 4.3: after a crash it waits as long for a Case that it may have begun to create", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.serviceNow.faults.add({ kind: "lateInsert", delayMs: 40_000, match: casePost })
      yield* world.produce(order())
      yield* world.until(Effect.map(tries(world), (made) => made.length === 1))
      yield* world.process.kill
      yield* world.start
      const [response] = yield* world.responded(1)
      assert.lengthOf(yield* world.serviceNow.cases, 1)
      assert.strictEqual(channels(response).itsm?.response.status, 200)
    })
  )

  it.effect("SPEC 4.3: an instance without u_id_correlacao: a doubtful create fails, and is never posted again", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.serviceNow.change({ withoutFields: ["u_id_correlacao"] })
      yield* world.serviceNow.faults.add({ kind: "drop", when: "after", match: casePost })
      yield* world.produce(record())
      const [response] = yield* world.responded(1)
      const { itsm, whatsapp } = channels(response)
      assert.strictEqual(itsm?.status, "failure")
      assert.strictEqual(itsm?.response.status, 502)
      assert.strictEqual(itsm?.response.erro?.codigo, "INDETERMINADO")
      assert.strictEqual(itsm?.response.resultado, "desconhecido")
      assert.strictEqual(itsm?.request?.u_id_correlacao, fixtureId)
      assert.strictEqual(whatsapp?.response.erro?.codigo, "CASE_NAO_ABERTO")
      assert.strictEqual(countOf(yield* tries(world), "POST"), 1)
      assert.lengthOf(yield* world.weni.requests, 0)
    })
  )

  it.effect("SPEC 4.5: fields that an ACL strips are a warning of the communication, not a failure", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.serviceNow.change({ stripFields: ["priority", "u_msisdn"] })
      yield* world.produce(order())
      const [response] = yield* world.responded(1)
      assert.strictEqual(response?.response_status, "success")
      assert.deepStrictEqual(response?.avisos, ["Case: campos não gravados como enviados: priority, u_msisdn"])
    })
  )
})
