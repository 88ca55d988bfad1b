import { readFileSync } from "node:fs"

import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"

import { caseKey } from "../../../src/domain/outbound/caseKey.ts"
import { CorrelationId } from "../../../src/domain/record/Origin.ts"
import type { NewCase } from "../../../src/programs/outbound/CaseCreation.ts"
import type { HttpRequest } from "../../../src/services/Http.ts"
import { CurrentLease, unquestioned } from "../../../src/services/Ownership.ts"
import { html, json, type Step } from "../../support/HttpScripted.ts"
import { Operations } from "../../support/serviceNowOperations.ts"
import { casePath, inTime, origin, parameters, refusal, rows, scripted } from "./serviceNowTest.ts"

const body = JSON.parse(readFileSync("fixtures/case.json", "utf8"))
const id = CorrelationId.make(body.u_id_correlacao)
const textual = Object.fromEntries(Object.entries(body).map(([name, value]) => [name, String(value)]))
const row: Record<string, unknown> = {
  ...textual,
  sys_id: "case-1",
  number: "CS0001005",
  sys_created_on: "2025-09-30 15:30:00"
}
const created = json(201, { result: row })
const own = rows({ sys_id: "case-1", number: "CS0001005", u_id_correlacao: id, sys_created_on: "2025-09-30 15:30:00" })
/** A Case of ours from before: it shows that a look sees. */
const control = { field: "u_id_correlacao", value: id.replace(/01$/, "00") }
const other = {
  sys_id: "case-9",
  number: "CS0000009",
  u_id_correlacao: control.value,
  sys_created_on: "2025-01-01 00:00:00"
}
const found = { sysId: "case-1", number: "CS0001005", status: 200, avisos: [], seen: true as const }
const opened = { sysId: "case-1", number: "CS0001005", status: 201, avisos: [], state: "10" }

/** A Case to open, with a known one beside it. */
const usual = { id, body, intendedAt: 0, inDoubt: false, control: Effect.succeed(control), renewIntent: Effect.void }

const posts = (requests: ReadonlyArray<HttpRequest>) => requests.filter(({ method }) => method === "POST").length

interface Options {
  readonly input?: Partial<NewCase>
  readonly settings?: Parameters<typeof scripted>[1]
}
const open = (script: Parameters<typeof scripted>[0], { input, settings }: Options = {}) => {
  const { layer, requests, seen, times } = scripted(script, settings)
  return Effect.gen(function* () {
    const serviceNow = yield* Operations
    const start = yield* Clock.currentTimeMillis
    const outcome = yield* inTime(Effect.exit(serviceNow.openCase({ ...usual, intendedAt: start, ...input })))
    return { outcome, requests, seen: seen(), times: times.map((time) => time - start) }
  }).pipe(Effect.provide(layer))
}
const failureOf = Effect.fnUntraced(function* (run: ReturnType<typeof open>) {
  const { outcome, ...rest } = yield* run
  return { ...rest, error: yield* Effect.flip(outcome) }
})

const POST = `POST ${casePath}`
const GET = `GET ${casePath}`

/** Requests and renewed intents, in the order in which they happened. */
const order = Effect.fnUntraced(function* (script: Parameters<typeof scripted>[0], inDoubt: boolean) {
  const { layer, seen } = scripted(script)
  const before: Array<ReadonlyArray<string>> = []
  const input = { ...usual, inDoubt, renewIntent: Effect.sync(() => before.push([...seen()])) }
  yield* Effect.provide(
    Effect.flatMap(Operations, (serviceNow) => inTime(serviceNow.openCase(input))),
    layer
  )
  return before
})

describe("openCase: the intent", () => {
  it.effect(
    "SPEC 4.3, 9.2: the intent of a first POST that an open breaker held back is renewed before it is sent",
    () =>
      Effect.gen(function* () {
        const { layer, seen } = scripted([refusal(503), created, rows()], { breaker: { failures: 1, reset: 4000 } })
        const renewedAt: Array<number> = []
        const renewIntent = Effect.map(Clock.currentTimeMillis, (at) => void renewedAt.push(at))
        yield* Effect.gen(function* () {
          const serviceNow = yield* Operations
          yield* Effect.forkChild(serviceNow.readCase("CS0001005"), { startImmediately: true })
          yield* inTime(serviceNow.openCase({ ...usual, renewIntent }))
        }).pipe(Effect.provide(layer))
        assert.deepStrictEqual([renewedAt, seen().slice(0, 2)], [[4000], [GET, POST]])
      })
  )

  it.effect("SPEC 4.3: is durable with its own time before every POST but the one that it was made for", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* order([created], false), [])
      assert.deepStrictEqual(yield* order([json(429, {}), "refused", created], false), [[POST], [POST, POST]])
    })
  )

  it.effect("SPEC 4.3: of a crashed run is renewed before the first POST of the next run", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(200_000)
      assert.deepStrictEqual(yield* order([rows(other), created], true), [[GET]])
    })
  )
})

describe("openCase: what the instance made of it", () => {
  const held = { state: "1", assignmentGroup: "group-1" }
  const fields = { state: 1, assignment_group: { link: "https://x/group-1", value: "group-1" } }

  it.effect("SPEC 8.8: state and group as answered, not as sent", () =>
    Effect.gen(function* () {
      const { outcome } = yield* open([json(201, { result: { ...row, ...fields } })])
      const { assignmentGroup, state } = yield* outcome
      assert.deepStrictEqual({ assignmentGroup, state }, held)
    })
  )

  it.effect("SPEC 4.3, 8.8: of a Case that was found: as the look has them", () =>
    Effect.gen(function* () {
      const { outcome } = yield* open([refusal(500), rows({ ...row, ...fields })])
      assert.deepStrictEqual(outcome, Exit.succeed({ ...found, ...held }))
    })
  )

  it.effect("SPEC 8.8: fields that the answer leaves out are unknown", () =>
    Effect.gen(function* () {
      const answer = { sys_id: "case-1", number: "CS0001005", assignment_group: "" }
      const { outcome } = yield* open([json(201, { result: answer })])
      const opened = yield* outcome
      assert.notProperty(opened, "state")
      assert.strictEqual(opened.assignmentGroup, "")
    })
  )
})

describe("openCase: the call", () => {
  it.effect("SPEC 4.1: one POST with the body as given", () =>
    Effect.gen(function* () {
      const { outcome, requests } = yield* open([created])
      assert.deepStrictEqual(outcome, Exit.succeed(opened))
      assert.deepStrictEqual(requests, [
        {
          method: "POST",
          url: `${origin}${casePath}`,
          headers: {
            accept: "application/json",
            authorization: `Basic ${btoa("user:password")}`,
            "content-type": "application/json"
          },
          body: JSON.stringify(body),
          timeout: 65_000
        }
      ])
    })
  )

  it.effect("SPEC 4.4: 200 counts too, with its status", () =>
    Effect.gen(function* () {
      const { outcome } = yield* open([json(200, { result: row })])
      assert.deepStrictEqual(outcome, Exit.succeed({ ...opened, status: 200 }))
    })
  )
})

describe("openCase: echo", () => {
  it.effect("SPEC 4.5: fields not echoed with the same value are one warning, which names them without values", () =>
    Effect.gen(function* () {
      const { u_msisdn: _, ...stripped } = row
      const { outcome } = yield* open([json(201, { result: { ...stripped, priority: "4", consumer: "" } })])
      const avisos = ["Case: campos não gravados como enviados: consumer, priority, u_msisdn"]
      assert.deepStrictEqual(outcome, Exit.succeed({ ...opened, avisos }))
    })
  )

  it.effect("SPEC 4.5: numbers, references, line ends and booleans are compared loosely", () =>
    Effect.gen(function* () {
      const sent = { consumer: "abc", opened_by: "João", priority: 3, impact: "3", active: true, description: "a\nb" }
      const { outcome } = yield* open(
        [
          json(201, {
            result: {
              ...row,
              consumer: { link: "https://x", value: "abc" },
              opened_by: { display_value: "João", value: "123" },
              priority: "3",
              impact: 3,
              active: "1",
              description: "a\r\nb "
            }
          })
        ],
        { input: { body: sent } }
      )
      assert.deepStrictEqual(outcome, Exit.succeed(opened))
    })
  )
})

describe("openCase: refusals", () => {
  for (const status of [400, 404]) {
    it.effect(`SPEC 4.6: ${status} is final`, () =>
      Effect.gen(function* () {
        const { error, seen } = yield* failureOf(open([refusal(status)]))
        assert.deepStrictEqual(seen, [POST])
        assert.strictEqual(error.attempts, 1)
        const { reason } = error
        assert(reason._tag === "Refused")
        assert.deepStrictEqual(
          { status: reason.status, message: reason.message, detail: reason.detail },
          { status, message: `message ${status}`, detail: `detail ${status}` }
        )
      })
    )
  }

  it.effect("SPEC 4.6: a first 403 and each 401 among good answers are asked again after a second", () =>
    Effect.gen(function* () {
      const { outcome, times } = yield* open([refusal(403), refusal(401), created])
      assert.deepStrictEqual(outcome, Exit.succeed(opened))
      assert.deepStrictEqual(times, [0, 1000, 2000])
      const { error, seen } = yield* failureOf(open([refusal(403), refusal(403)]))
      assert.deepStrictEqual([error.attempts, seen], [2, [POST, POST]])
    })
  )

  it.effect("SPEC 4.3: a Case that the instance refuses because its key exists is looked for", () =>
    Effect.gen(function* () {
      const message = "Unique Key violation detected by database (Duplicate entry for key 'u_id_correlacao')"
      const duplicate = json(403, { error: { message: "Operation Failed", detail: message }, status: "failure" })
      const { outcome, seen } = yield* open([duplicate, duplicate, rows({ ...row, u_id_correlacao: id }, other)])
      assert.deepStrictEqual(outcome, Exit.succeed({ ...found, state: "10" }))
      assert.deepStrictEqual(seen, [POST, POST, GET])
      const unseen = yield* failureOf(open([duplicate, duplicate, rows(other)]))
      assert.deepStrictEqual(unseen.seen, [POST, POST, GET])
      assert.strictEqual(unseen.error.reason._tag === "Refused" && unseen.error.reason.detail, message)
    })
  )

  it.effect("SPEC 4.6: 429 waits Retry-After, without it backs off; no look in between", () =>
    Effect.gen(function* () {
      const { outcome, seen, times } = yield* open([refusal(429, { "retry-after": "3" }), refusal(429), created])
      assert.deepStrictEqual(outcome, Exit.succeed(opened))
      assert.deepStrictEqual(seen, [POST, POST, POST])
      assert.deepStrictEqual(times, [0, 3000, 4000])
    })
  )

  it.effect("SPEC 4.6: Retry-After as an HTTP date", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2025, 8, 30, 12))
      const { times } = yield* open([refusal(429, { "retry-after": "Tue, 30 Sep 2025 12:00:04 GMT" }), created])
      assert.deepStrictEqual(times, [0, 4000])
    })
  )

  it.effect("SPEC 4.6: without Retry-After, X-RateLimit-Reset tells how long to wait, as a time or in seconds", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2025, 8, 30, 12))
      const reset = String(Date.UTC(2025, 8, 30, 12, 0, 2) / 1000)
      const answers = [{ "x-ratelimit-reset": reset }, { "x-ratelimit-reset": "1" }].map((it) => refusal(429, it))
      const { times } = yield* open([...answers, created])
      assert.deepStrictEqual(times, [0, 2000, 3000])
    })
  )

  it.effect("SPEC 4.6, 9.2: a Retry-After of more than 5 s is not waited for in place, and is no attempt", () =>
    Effect.gen(function* () {
      const { error, times } = yield* failureOf(open([refusal(429, { "retry-after": "6" })]))
      assert.deepStrictEqual(times, [0])
      assert(error.reason._tag === "HeldBack" && error.reason.reason._tag === "Refused")
      assert.strictEqual(error.reason.reason.status, 429)
    })
  )

  it.effect("SPEC 4.6: 429s do not count, however many there are; what fails after them does", () =>
    Effect.gen(function* () {
      const soon = refusal(429, { "retry-after": "1" })
      const { outcome, times } = yield* open([soon, soon, soon, "refused", created], {
        settings: { retry: { attempts: 2, baseDelay: 500, maxDelay: 30_000 } }
      })
      assert.deepStrictEqual(outcome, Exit.succeed(opened))
      assert.deepStrictEqual(times, [0, 1000, 2000, 3000, 4000])
    })
  )

  it.effect(
    "SPEC 4.6: never connected is tried again RETRY_ATTEMPTS times with exponential backoff, without a look",
    () =>
      Effect.gen(function* () {
        const { error, seen, times } = yield* failureOf(open(["refused", "refused", "refused", "refused", "refused"]))
        assert.deepStrictEqual(seen, [POST, POST, POST, POST, POST])
        assert.deepStrictEqual(times, [0, 500, 1500, 3500, 7500])
        assert.strictEqual(error.reason._tag, "NotConnected")
        assert.strictEqual(error.attempts, 5)
      })
  )
})

describe("openCase: doubt", () => {
  const doubtful: ReadonlyArray<readonly [string, Step, endsAt: number]> = [
    ["a time-out", "hang", 65_000],
    ["a lost connection", "lost", 0],
    ["202", json(202, { result: row }), 0],
    ["408", refusal(408), 0],
    ["500", refusal(500), 0],
    ["502", refusal(502), 0],
    ["503", refusal(503), 0],
    ["504", html(504), 0],
    ["HTML in a 200", html(200), 0],
    ["no result in a 200", json(200, {}), 0],
    ["an error key in a 200", json(200, { result: row, error: { message: "m", detail: "d" } }), 0]
  ]
  for (const [title, step, endsAt] of doubtful) {
    it.effect(`SPEC 4.3: after ${title} no second POST before SERVICENOW_TIMEOUT has passed since its end`, () =>
      Effect.gen(function* () {
        let posted = 0
        const { outcome, requests, times } = yield* open((request) => {
          if (request.method === "GET") return rows(other)
          posted += 1
          return posted === 1 ? step : created
        })
        assert.deepStrictEqual(outcome, Exit.succeed(opened))
        assert.strictEqual(posted, 2)
        const last = requests.length - 1
        assert.strictEqual(requests[last]?.method, "POST")
        assert.isAtLeast(times[last] ?? 0, endsAt + 65_000)
        assert.isAtMost(times[last] ?? 0, endsAt + 66_000)
        // The look that allows the POST began when the window had ended.
        assert.strictEqual(requests[last - 1]?.method, "GET")
        assert.isAtLeast(times[last - 1] ?? 0, endsAt + 65_000)
      })
    )

    it.effect(`SPEC 4.3: after ${title} a Case that appears while looking is found: 200`, () =>
      Effect.gen(function* () {
        const late = () => Effect.map(Clock.currentTimeMillis, (now) => (now < endsAt + 20_000 ? rows(other) : own))
        const { outcome, requests } = yield* open((request) => (request.method === "POST" ? step : late))
        assert.deepStrictEqual(outcome, Exit.succeed(found))
        assert.strictEqual(posts(requests), 1)
      })
    )
  }

  it.effect("SPEC 4.3: a look asks for the Case and for the control, in one query", () =>
    Effect.gen(function* () {
      const { requests } = yield* open(["lost", own])
      assert.deepStrictEqual(parameters(requests[1]), {
        sysparm_query: `u_id_correlacao=${id}^ORu_id_correlacao=${control.value}`,
        sysparm_fields: "sys_id,number,u_id_correlacao,sys_created_on,state,assignment_group",
        sysparm_limit: "10"
      })
    })
  )

  const createdUnread: ReadonlyArray<readonly [string, Step]> = [
    ["no JSON", html(201, "{")],
    ["no sys_id", json(201, { result: { number: "CS1" } })],
    ["neither sys_id nor number", json(201, { result: {} })]
  ]
  for (const [title, step] of createdUnread) {
    it.effect(`SPEC 4.3: a 201 with ${title} has created a Case: found: 200, no second POST`, () =>
      Effect.gen(function* () {
        const { outcome, seen } = yield* open([step, own])
        assert.deepStrictEqual(outcome, Exit.succeed(found))
        assert.deepStrictEqual(seen, [POST, GET])
      })
    )

    it.effect(`SPEC 4.3: a 201 with ${title} whose Case no look shows: Indeterminate, never a second POST`, () =>
      Effect.gen(function* () {
        const { error, requests } = yield* failureOf(
          open((request) => (request.method === "POST" ? step : rows(other)))
        )
        assert.strictEqual(error.reason._tag, "Indeterminate")
        assert.strictEqual(posts(requests), 1)
      })
    )
  }

  it.effect("SPEC 4.3: look-ups continue with backoff through the window", () =>
    Effect.gen(function* () {
      let posted = 0
      const { times } = yield* open((request) => {
        if (request.method === "GET") return rows(other)
        posted += 1
        return posted === 1 ? "lost" : created
      })
      assert.deepStrictEqual(times, [0, 500, 1000, 2000, 4000, 8000, 16_000, 32_000, 62_000, 65_000, 65_000])
    })
  )

  it.effect("SPEC 4.3: the window of a later attempt starts when that attempt ends", () =>
    Effect.gen(function* () {
      let posted = 0
      const { requests, times } = yield* open((request) => {
        if (request.method === "GET") return rows(other)
        posted += 1
        return posted < 3 ? "lost" : created
      })
      const sent = times.filter((_, index) => requests[index]?.method === "POST")
      assert.deepStrictEqual(sent, [0, 65_000, 130_000])
    })
  )

  it.effect("SPEC 4.3: an intent without an answer: looks first, and for what is left of the window", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_000_000)
      const { outcome, requests, times } = yield* open(
        (request) => (request.method === "GET" ? rows(other) : created),
        // SERVICENOW_TIMEOUT twice would be less: a dead process's kernel may send for TCP_ORPHAN_TIMEOUT.
        { input: { inDoubt: true, intendedAt: 1_000_000 - 105_000 - 60_000 } }
      )
      assert.deepStrictEqual(outcome, Exit.succeed(opened))
      assert.deepStrictEqual(times, [0, 500, 1500, 3500, 5000, 5000])
      assert.strictEqual(posts(requests), 1)
    })
  )

  it.effect("SPEC 4.3: an intent without an answer, long ago: one look, then the POST", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_000_000)
      const { outcome, seen } = yield* open([rows(other), created], { input: { inDoubt: true, intendedAt: 0 } })
      assert.deepStrictEqual(outcome, Exit.succeed(opened))
      assert.deepStrictEqual(seen, [GET, POST])
    })
  )

  it.effect("SPEC 4.3: an intent without an answer whose Case is there: 200, no POST", () =>
    Effect.gen(function* () {
      const { outcome, seen } = yield* open([own], { input: { inDoubt: true } })
      assert.deepStrictEqual(outcome, Exit.succeed(found))
      assert.deepStrictEqual(seen, [GET])
    })
  )

  it.effect("SPEC 4.3: a doubt on the last attempt is looked into before it fails", () =>
    Effect.gen(function* () {
      const settings = { retry: { attempts: 1, baseDelay: 500, maxDelay: 30_000 } }
      const good = yield* open([refusal(500), own], { settings })
      assert.deepStrictEqual(good.outcome, Exit.succeed(found))
      const { error, requests } = yield* failureOf(
        open((request) => (request.method === "POST" ? refusal(500) : rows(other)), { settings })
      )
      assert.strictEqual(posts(requests), 1)
      assert(error.reason._tag === "Refused")
      assert.strictEqual(error.reason.status, 500)
      assert.strictEqual(error.attempts, 1)
    })
  )

  it.effect("SPEC 4.6: RETRY_ATTEMPTS bounds the POSTs", () =>
    Effect.gen(function* () {
      const { error, requests } = yield* failureOf(
        open((request) => (request.method === "GET" ? rows(other) : refusal(503)))
      )
      assert.strictEqual(posts(requests), 5)
      assert.strictEqual(error.attempts, 5)
    })
  )
})

describe("openCase: what a look proves", () => {
  const long = { ...other, u_id_correlacao: `${control.value}0123456789` }
  const longControl = Effect.succeed({ field: "u_id_correlacao", value: long.u_id_correlacao })
  const cut = (length: number) => ({ ...other, u_id_correlacao: control.value.slice(0, length) })
  const total = (count: number, ...shown: ReadonlyArray<unknown>) =>
    json(200, { result: shown }, { "x-total-count": String(count) })

  it.effect(
    "SPEC 4.3: only a Case with the very id counts, and the control shows that the column keeps letter case",
    () =>
      Effect.gen(function* () {
        const almost = { ...other, sys_id: "x", u_id_correlacao: id.toUpperCase() }
        let posted = 0
        const { outcome, requests } = yield* open((request) =>
          request.method === "GET" ? total(2, almost, other) : ++posted === 1 ? "lost" : created
        )
        assert.deepStrictEqual(outcome, Exit.succeed(opened))
        assert.strictEqual(posts(requests), 2)
      })
  )

  it.effect("SPEC 4.3: of several the oldest, with a warning", () =>
    Effect.gen(function* () {
      const { outcome } = yield* open([
        refusal(500),
        rows(
          { sys_id: "b", number: "CS2", u_id_correlacao: id, sys_created_on: "2025-09-30 16:00:00" },
          { sys_id: "a", number: "CS1", u_id_correlacao: id, sys_created_on: "2025-09-30 15:00:00" }
        )
      ])
      assert.deepStrictEqual(
        outcome,
        Exit.succeed({
          sysId: "a",
          number: "CS1",
          status: 200,
          avisos: ["2 Cases com o mesmo u_id_correlacao; usado o mais antigo"],
          seen: true
        })
      )
    })
  )

  const strangers = rows({ sys_id: "x", number: "CS9", sys_created_on: "2025-01-01 00:00:00" })
  const blind: ReadonlyArray<readonly [title: string, answer: Step, detail: string]> = [
    ["strangers without the field", strangers, "a instância responde sem u_id_correlacao"],
    [
      "the control without its field",
      rows({ ...other, u_id_correlacao: "" }),
      "a instância responde sem u_id_correlacao"
    ],
    ["no rows", total(0), "a busca por u_id_correlacao não mostra um Case que existe"],
    ["no rows, and two counted", total(2), "a instância conta Cases que não mostra na busca por u_id_correlacao"],
    [
      "the control, and two counted",
      total(2, other),
      "a instância conta Cases que não mostra na busca por u_id_correlacao"
    ],
    ["the control cut", rows(cut(40)), "a instância não devolve u_id_correlacao como foi gravado"],
    [
      "the control in lower case",
      rows({ ...other, u_id_correlacao: control.value.toLowerCase() }),
      "a busca por u_id_correlacao não mostra um Case que existe"
    ],
    [
      "our id cut",
      rows(other, { ...other, u_id_correlacao: id.slice(0, 40) }),
      "a instância não devolve u_id_correlacao como foi gravado"
    ],
    [
      "somebody else's id",
      rows(other, { ...other, u_id_correlacao: "x" }),
      "a instância não devolve u_id_correlacao como foi gravado"
    ]
  ]
  for (const [title, answer, detail] of blind) {
    it.effect(`SPEC 4.3: a look that shows ${title} is blind: Indeterminate, never a second POST`, () =>
      Effect.gen(function* () {
        const { error, requests } = yield* failureOf(
          open((request) => (request.method === "POST" ? "lost" : answer), {})
        )
        assert(error.reason._tag === "Indeterminate")
        assert.strictEqual(error.reason.detail, `${detail}: não há como saber se o Case foi criado`)
        assert.strictEqual(error.reason.blindField, "u_id_correlacao")
        assert.strictEqual(error.attempts, 1)
        assert.strictEqual(posts(requests), 1)
      })
    )
  }

  it.effect("SPEC 4.3: the Case itself counts in a look that is blind otherwise", () =>
    Effect.gen(function* () {
      const { outcome } = yield* open(["lost", total(5, { ...row, sys_id: "case-1" }, { sys_id: "x" })])
      assert.deepStrictEqual(outcome, Exit.succeed({ ...found, state: "10" }))
    })
  )

  it.effect("SPEC 4.3: without a known Case a look proves nothing: it waits for one until the window ends", () =>
    Effect.gen(function* () {
      const { error, requests, times } = yield* failureOf(
        open((request) => (request.method === "POST" ? "lost" : rows()), { input: { control: Effect.undefined } })
      )
      assert(error.reason._tag === "Indeterminate")
      assert.strictEqual(
        error.reason.detail,
        "nenhum Case conhecido prova a busca por u_id_correlacao: não há como saber se o Case foi criado"
      )
      assert.notProperty(error.reason, "blindField")
      assert.strictEqual(posts(requests), 1)
      assert.strictEqual(times.at(-1), 65_000)
    })
  )

  it.effect("SPEC 4.3: a Case that becomes known within the window proves the look", () =>
    Effect.gen(function* () {
      const known = Effect.map(Clock.currentTimeMillis, (now) => (now < 30_000 ? undefined : control))
      let posted = 0
      const { outcome } = yield* open(
        (request) =>
          request.method === "POST"
            ? ++posted === 1
              ? "lost"
              : created
            : request.url.includes("%5EOR")
              ? rows(other)
              : rows(),
        { input: { control: known } }
      )
      assert.deepStrictEqual(outcome, Exit.succeed(opened))
    })
  )

  it.effect("SPEC 4.3: a longer control proves the look, too", () =>
    Effect.gen(function* () {
      let posted = 0
      const { outcome } = yield* open(
        (request) => (request.method === "POST" ? (++posted === 1 ? "lost" : created) : rows(long)),
        { input: { control: longControl } }
      )
      assert.deepStrictEqual(outcome, Exit.succeed(opened))
    })
  )

  it.effect("SPEC 4.3: correlation_id: the look is by the digest", () =>
    Effect.gen(function* () {
      const key = caseKey("correlation_id", id)
      const shown = rows({ sys_id: "case-1", number: "CS0001005", correlation_id: key.value })
      const { outcome, requests } = yield* open(["lost", shown], { input: { key, control: Effect.undefined } })
      assert.deepStrictEqual(outcome, Exit.succeed(found))
      assert.strictEqual(parameters(requests[1]).sysparm_query, `correlation_id=${key.value}`)
      assert.match(key.value, /^brom-ctx:[0-9a-f]{32}$/)
    })
  )

  it.effect("SPEC 4.3: a row with the id is the Case: without its number it is read by its sys_id", () =>
    Effect.gen(function* () {
      const bare = rows(other, { sys_id: "case-1", u_id_correlacao: id, number: "" })
      const { outcome, seen } = yield* open(["lost", bare, json(200, { result: row })])
      assert.deepStrictEqual(outcome, Exit.succeed({ ...found, state: "10" }))
      assert.deepStrictEqual(seen, [POST, GET, `${GET}/case-1`])
    })
  )

  const unreadable: ReadonlyArray<readonly [string, ReadonlyArray<Step>]> = [
    [
      "number, by sys_id neither",
      [rows(other, { sys_id: "case-1", u_id_correlacao: id }), json(200, { result: { sys_id: "case-1" } })]
    ],
    ["number, and is not found by sys_id", [rows(other, { sys_id: "case-1", u_id_correlacao: id }), refusal(404)]],
    ["sys_id and number", [rows(other, { u_id_correlacao: id })]]
  ]
  for (const [title, answers] of unreadable) {
    it.effect(`SPEC 4.3: a row with the id that lacks ${title}: Indeterminate, which says so, no second POST`, () =>
      Effect.gen(function* () {
        const { error, requests } = yield* failureOf(open(["lost", ...answers]))
        assert(error.reason._tag === "Indeterminate")
        assert.strictEqual(
          error.reason.detail,
          "há um Case desta comunicação, mas a instância não mostra seu sys_id e number"
        )
        assert.strictEqual(posts(requests), 1)
      })
    )
  }

  it.effect("SPEC 4.3: an answer to the create without the number is completed by its sys_id", () =>
    Effect.gen(function* () {
      const { outcome, seen } = yield* open([json(201, { result: { ...row, number: "" } }), json(200, { result: row })])
      assert.deepStrictEqual(outcome, Exit.succeed({ ...opened, avisos: [] }))
      assert.deepStrictEqual(seen, [POST, `${GET}/case-1`])
    })
  )

  it.effect("SPEC 4.3: a number of spaces is none, and spaces around a sys_id are not part of it", () =>
    Effect.gen(function* () {
      const { outcome, seen } = yield* open([
        json(201, { result: { ...row, sys_id: " case-1 ", number: "  " } }),
        json(200, { result: row })
      ])
      assert.deepStrictEqual(outcome, Exit.succeed({ ...opened, avisos: [] }))
      assert.deepStrictEqual(seen, [POST, `${GET}/case-1`])
      const blank = yield* open([json(201, { result: { ...row, sys_id: " " } }), own])
      assert.deepStrictEqual(blank.outcome, Exit.succeed(found))
    })
  )

  it.effect("SPEC 4.3, 4.6: one 403 to the read of a found Case without its number: looked for once more", () =>
    Effect.gen(function* () {
      const found = rows({ ...row, number: "" })
      const { outcome, seen } = yield* open(["lost", found, refusal(403), found, json(200, { result: row })])
      assert.isTrue(Exit.isSuccess(outcome))
      assert.deepStrictEqual(seen, [POST, GET, `${GET}/case-1`, GET, `${GET}/case-1`])
    })
  )

  it.effect("SPEC 4.3: a look that is refused: Indeterminate, never a second POST", () =>
    Effect.gen(function* () {
      const { error, seen } = yield* failureOf(open(["lost", refusal(403), refusal(403)]))
      assert.strictEqual(error.reason._tag, "Indeterminate")
      assert.deepStrictEqual(seen, [POST, GET, GET])
    })
  )

  it.effect("SPEC 4.3, 4.6: a first 403 on the last look is asked about once more", () =>
    Effect.gen(function* () {
      const settings = { retry: { attempts: 1, baseDelay: 500, maxDelay: 30_000 } }
      const failing = yield* open(() => refusal(500), { settings })
      const early = failing.times
        .slice(1)
        .filter((at) => at < 65_000)
        .map(() => refusal(500))
      const { outcome, seen } = yield* open([refusal(500), ...early, refusal(403), rows(row)], { settings })
      assert.isTrue(Exit.isSuccess(outcome))
      assert.deepStrictEqual(seen, [POST, ...early.map(() => GET), GET, GET])
    })
  )

  it.effect("SPEC 4.3: looks that fail to the end: the create's reason, never a second POST", () =>
    Effect.gen(function* () {
      const { error, requests, times } = yield* failureOf(
        open((request) => (request.method === "POST" ? "hang" : refusal(503)))
      )
      assert.strictEqual(error.reason._tag, "Timeout")
      assert.strictEqual(posts(requests), 1)
      // They fail until the window ends at 130 s, 65 s after the POST did, and RETRY_ATTEMPTS times from then on.
      assert.strictEqual(times.filter((at) => at >= 130_000).length, 5)
    })
  )

  it.effect("SPEC 4.3: looks may fail throughout the window", () =>
    Effect.gen(function* () {
      const start = 0
      let posted = 0
      const { outcome } = yield* open((request) =>
        request.method === "POST"
          ? ++posted === 1
            ? "lost"
            : created
          : () => Effect.map(Clock.currentTimeMillis, (now) => (now - start < 65_000 ? refusal(503) : rows(other)))
      )
      assert.deepStrictEqual(outcome, Exit.succeed(opened))
    })
  )

  it.effect("SPEC 4.3: an intent without an answer and looks that fail: the look's reason, no POST", () =>
    Effect.gen(function* () {
      const { error, requests } = yield* failureOf(
        open(() => "refused", { input: { inDoubt: true, intendedAt: -65_000 } })
      )
      assert.strictEqual(error.reason._tag, "NotConnected")
      assert.strictEqual(posts(requests), 0)
      assert.strictEqual(error.attempts, 1)
    })
  )
})

describe("openCase: slots", () => {
  const settings = { serviceNow: { concurrency: 1 }, retry: { attempts: 2, baseDelay: 10_000, maxDelay: 30_000 } }

  it.effect("SPEC 4.6: no slot is held during backoff", () =>
    Effect.gen(function* () {
      const { layer, seen } = scripted((request) => (request.body === "{}" ? created : "refused"), settings)
      yield* Effect.gen(function* () {
        const serviceNow = yield* Operations
        const { body: _, ...input } = usual
        const first = yield* Effect.forkChild(Effect.exit(serviceNow.openCase({ ...input, body })))
        yield* TestClock.adjust("1 second")
        assert.strictEqual((yield* serviceNow.openCase({ ...input, body: {} })).number, "CS0001005")
        assert.deepStrictEqual(seen(), [POST, POST])
        yield* TestClock.adjust("10 seconds")
        yield* Fiber.join(first)
      }).pipe(Effect.provide(layer))
    })
  )

  it.effect("SPEC 4.6: a time-out counts from sending, not from waiting for a slot", () =>
    Effect.gen(function* () {
      const slow: Step = () => Effect.delay(Effect.succeed(created), "60 seconds")
      const { layer, times } = scripted([slow, slow], settings)
      yield* Effect.gen(function* () {
        const serviceNow = yield* Operations
        const one = serviceNow.openCase(usual)
        const both = yield* inTime(Effect.all([one, one], { concurrency: "unbounded" }))
        assert.deepStrictEqual(both, [opened, opened])
      }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(times, [0, 60_000])
    })
  )
})

describe("openCase: interruption", () => {
  const input = usual
  /** The end of a call that its caller made uninterruptible, as the caller sees it, after an interruption. */
  const interrupted = Effect.fnUntraced(function* (script: ReadonlyArray<Step>) {
    const { layer, seen } = scripted(script)
    const ended: Array<unknown> = []
    const call = Effect.flatMap(Operations, (serviceNow) => Effect.exit(serviceNow.openCase(input))).pipe(
      Effect.map((exit) => ended.push(Exit.hasInterrupts(exit) ? "interrupted" : exit)),
      Effect.uninterruptible,
      Effect.provide(layer)
    )
    const fiber = yield* Effect.forkChild(call)
    yield* TestClock.adjust("100 millis")
    yield* Effect.forkChild(Fiber.interrupt(fiber))
    yield* TestClock.adjust("100 millis")
    return { ended, seen }
  })

  it.effect("SPEC 9.4: where the caller forbids it an attempt under way still ends with its answer", () =>
    Effect.gen(function* () {
      const { ended } = yield* interrupted([() => Effect.delay(Effect.succeed(created), "10 seconds")])
      assert.deepStrictEqual(ended, [])
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(ended, [Exit.succeed(opened)])
    })
  )

  it.effect("SPEC 9.4: the wait between attempts ends at once all the same", () =>
    Effect.gen(function* () {
      const { ended, seen } = yield* interrupted(["refused"])
      assert.deepStrictEqual(ended, ["interrupted"])
      assert.deepStrictEqual(seen(), [POST])
    })
  )
})

describe("openCase: the read of a created Case whose answer lacks the number", () => {
  it.effect("SPEC 4.3, 9.4: once it is interrupted, the next run looks until SERVICENOW_TIMEOUT has passed", () =>
    Effect.gen(function* () {
      const nameless = json(201, { result: { sys_id: "case-1" } })
      const slow: Step = () => Effect.delay(Effect.succeed(refusal(400)), "10 seconds")
      let posted = 0
      const { layer, requests, times } = scripted(
        ({ method, url }) => {
          if (method === "POST")
            return ++posted === 1 ? () => Effect.delay(Effect.succeed(nameless), "1 second") : created
          return url.includes("sysparm_query") ? rows(other) : slow
        },
        { serviceNow: { concurrency: 1 } }
      )
      const opening = Effect.gen(function* () {
        const serviceNow = yield* Operations
        const first = yield* Effect.forkChild(serviceNow.openCase(usual), { startImmediately: true })
        // It gets the slot after the POST.
        yield* Effect.forkChild(Effect.exit(serviceNow.readCase("c".repeat(32))), { startImmediately: true })
        yield* TestClock.adjust("2 seconds")
        yield* Fiber.interrupt(first)
        assert.strictEqual(posted, 1)
        return yield* inTime(serviceNow.openCase({ ...usual, inDoubt: true, own: true }))
      })
      assert.deepStrictEqual(yield* Effect.provide(opening, layer), opened)
      const second = requests.findLastIndex(({ method }) => method === "POST")
      assert.isAtLeast(times[second] ?? 0, 66_000)
    })
  )
})

describe("openCase: a process that was stopped", () => {
  /** Stopped from the intent on: the first check of the lease, just before the POST, fails. */
  const stoppedOnce = (awaitValid: Effect.Effect<void>) => {
    let asked = 0
    return { holds: () => ++asked > 1, awaitValid, validFrom: -Infinity }
  }

  it.effect(
    "SPEC 4.3, DESIGN Ownership: lost between intent and POST: nothing is sent before the intent is renewed",
    () =>
      Effect.gen(function* () {
        const { layer, seen } = scripted([created])
        const renewed: Array<ReadonlyArray<string>> = []
        const renewIntent = Effect.sync(() => renewed.push([...seen()]))
        const serviceNow = yield* Operations.pipe(Effect.provide(layer))
        const opening = serviceNow.openCase({ ...usual, renewIntent })
        const outcome = yield* inTime(Effect.provideService(opening, CurrentLease, stoppedOnce(Effect.void)))
        assert.deepStrictEqual(outcome, opened)
        assert.deepStrictEqual(renewed, [[]])
        assert.deepStrictEqual(seen(), [POST])
      })
  )

  it.effect("SPEC 4.3, DESIGN Ownership: if another process has taken over there is no second POST", () =>
    Effect.gen(function* () {
      const { layer, seen } = scripted([])
      const serviceNow = yield* Operations.pipe(Effect.provide(layer))
      const renewIntent = Effect.fail("fenced" as const)
      const opening = serviceNow.openCase({ ...usual, renewIntent })
      const fenced = Effect.flip(Effect.provideService(opening, CurrentLease, stoppedOnce(Effect.void)))
      assert.strictEqual(yield* inTime(fenced), "fenced")
      const ended = Effect.exit(Effect.provideService(opening, CurrentLease, stoppedOnce(Effect.interrupt)))
      assert.isTrue(Exit.hasInterrupts(yield* inTime(ended)))
      assert.deepStrictEqual(seen(), [])
    })
  )

  it.effect(
    "SPEC 4.3, DESIGN Ownership: the new holder looks until SERVICENOW_TIMEOUT after the old holder's last moment",
    () =>
      Effect.gen(function* () {
        const { layer, seen, times } = scripted((request) => (request.method === "GET" ? rows(other) : created))
        const serviceNow = yield* Operations.pipe(Effect.provide(layer))
        const opening = serviceNow.openCase({ ...usual, inDoubt: true })
        const lease = { ...unquestioned, validFrom: 20_000 }
        assert.deepStrictEqual(yield* inTime(Effect.provideService(opening, CurrentLease, lease)), opened)
        assert.strictEqual(seen().at(-1), POST)
        assert.isAtLeast(times.at(-1) ?? 0, 85_000)
      })
  )
})
