import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import type { FaultRule } from "../../simulators/core/FaultRule.ts"
import type { Json } from "../../src/domain/Canal.ts"
import { record } from "../domain/records.ts"
import { bodyOf, channels, fixtureId, journeysWith, runningWorld, writes } from "../support/scene.ts"
import { defaultJourneys, eventTime, type World } from "../support/World.ts"

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

describe("the Case's body", () => {
  it.effect("SPEC 4.1: texts are cut at 160 and 4000 characters, whole ones", () =>
    Effect.gen(function* () {
      const journeys = defaultJourneys
        .replace(/short_description: .*/, "short_description: '{{titulo}}'")
        .replace(/description: >-\n.*\n.*\n/, "description: '{{texto}}'\n")
      const world = yield* runningWorld({ journeys })
      yield* world.produce(
        order({ "dados_jornada.titulo": `${"t".repeat(159)}😀x`, "dados_jornada.texto": "é".repeat(4001) })
      )
      yield* world.responded(1)
      const [post] = yield* writes(world.serviceNow)
      assert.strictEqual(bodyOf(post).short_description, `${"t".repeat(159)}😀`)
      assert.strictEqual(bodyOf(post).description, "é".repeat(4000))
    })
  )

  it.effect("SPEC 4.1: templates see dados_jornada first, then cliente, and what is nowhere is empty", () =>
    Effect.gen(function* () {
      const journeys = defaultJourneys.replace(
        /short_description: .*/,
        "short_description: '{{nome}}/{{num_nota}}/{{email}}/{{nada}}/{{num_pedido}}'"
      )
      const world = yield* runningWorld({ journeys })
      yield* world.produce(order({ "dados_jornada.nome": "Loja" }))
      yield* world.responded(1)
      const [post] = yield* writes(world.serviceNow)
      assert.strictEqual(bodyOf(post).short_description, "Loja/12345566/joao.silva@example.com//OBM3028874-01")
    })
  )

  it.effect("SPEC 4.1: the operator's group and opener are sent, a journey's own win", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({
        settings: { serviceNow: { assignmentGroup: "g".repeat(32), openedBy: "o".repeat(32) } },
        journeys: defaultJourneys.replace("      state: 10", "      assignment_group: jornada\n      state: 10")
      })
      yield* world.produce(order())
      yield* world.responded(1)
      const body = bodyOf((yield* writes(world.serviceNow))[0])
      assert.deepStrictEqual([body.assignment_group, body.opened_by], ["jornada", "o".repeat(32)])
    })
  )

  const dates: Readonly<Record<string, readonly [changes: Json, date: string]>> = {
    dat_entrega: [{ "dados_jornada.dat_entrega": "2025-12-24" }, "24/12/2025"],
    "the event's local day plus the journey's days": [{ tims_evento: "2025-10-01T02:59:59Z" }, "01/10/2025"],
    "the local day, one moment later": [{ tims_evento: "2025-10-01T03:00:00Z" }, "02/10/2025"]
  }
  for (const [name, [changes, date]] of Object.entries(dates)) {
    it.effect(`SPEC 4.2: data_entrega is ${name}`, () =>
      Effect.gen(function* () {
        const world = yield* runningWorld()
        yield* world.produce(order(changes))
        yield* world.responded(1)
        const body = bodyOf((yield* writes(world.serviceNow))[0])
        assert.strictEqual(body.short_description, `Confirmação de entrega do pedido OBM3028874-01 para ${date}`)
      })
    )
  }
})

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
        const world = yield* runningWorld()
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
      const world = yield* runningWorld({ settings: { serviceNow: { timeout: 65_000 } } })
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

describe("ServiceNow's refusals", () => {
  for (const status of [400, 401, 403, 404]) {
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

  it.effect("SPEC 4.6: what does not pass ends after RETRY_ATTEMPTS, with the last reason", () =>
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
      yield* world.serviceNow.faults.add({ kind: "status", status: 429, headers: { "retry-after": "25" }, match })
      yield* world.produce(order({ id_correlacao: "um" }))
      yield* world.produce(order({ id_correlacao: "dois" }))
      const responses = yield* world.responded(2)
      assert.deepStrictEqual(responses.map(({ id_correlacao }) => id_correlacao).sort(), ["dois", "um"])
      const opened = (yield* tries(world)).filter(({ method }) => method === "POST").map(({ at }) => at)
      assert.deepStrictEqual(opened, [0, 0, 25])
    })
  )
})

it.effect("SPEC 4.1: a journey's further Case fields are sent", () =>
  Effect.gen(function* () {
    const world = yield* runningWorld({
      journeys: journeysWith({}).replace("      state: 10", "      u_canal: '{{cod}}'\n      state: 10")
    })
    yield* world.serviceNow.change({ extraFields: ["u_canal"] })
    yield* world.produce(order({ "dados_jornada.cod": 7 }))
    yield* world.responded(1)
    assert.strictEqual(bodyOf((yield* writes(world.serviceNow))[0]).u_canal, "7")
  })
)
