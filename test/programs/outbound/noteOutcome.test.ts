import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import type { FaultRule } from "../../../simulators/core/FaultRule.ts"
import type { Answer } from "../../../src/domain/record/ChannelResult.ts"
import { record } from "../../domain/outbound/records.ts"
import { bodyOf, channels, runningWorld } from "../../support/scene.ts"
import type { World } from "../../support/World.ts"

const sent = "WhatsApp enviado com sucesso 30/09/2025 12:30:00"

/** Reads and writes of the Case itself, oldest first. */
const onTheCase = (world: World) =>
  Effect.gen(function* () {
    const [theCase] = yield* world.serviceNow.cases
    const requests = yield* world.serviceNow.requests
    return requests.filter(({ path }) => path.endsWith(`/${theCase?.sysId}`))
  })

/** In order; how often one look follows another is the adapter's own. */
const methods = (requests: ReadonlyArray<{ readonly method: string }>) =>
  requests
    .map(({ method }) => method)
    .join(" ")
    .replace(/GET( GET)+/g, "GET")

const communicated = Effect.fnUntraced(function* (fault?: FaultRule) {
  const world = yield* runningWorld()
  if (fault !== undefined) yield* world.serviceNow.faults.add({ ...fault, match: { method: "PATCH" } })
  yield* world.produce(record())
  const [response] = yield* world.responded(1)
  const [theCase] = yield* world.serviceNow.cases
  return { world, response, notes: theCase?.notes, itsm: channels(response).itsm, requests: yield* onTheCase(world) }
})

describe("the outcome on the Case", () => {
  it.effect("SPEC 6.1: sent: one PATCH with the note and nothing else, in local time", () =>
    Effect.gen(function* () {
      const { notes, requests } = yield* communicated()
      assert.deepStrictEqual(notes, [sent])
      assert.strictEqual(methods(requests), "PATCH")
      assert.deepStrictEqual(bodyOf(requests[0]), { work_notes: sent })
    })
  )

  it.effect("SPEC 6.1: the time is when Weni's answer came", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.weni.faults.add({ kind: "slow", delayMs: 7000 })
      yield* world.serviceNow.faults.add({ kind: "slow", delayMs: 9000, match: { method: "PATCH" } })
      yield* world.produce(record())
      yield* world.responded(1)
      const [theCase] = yield* world.serviceNow.cases
      assert.deepStrictEqual(theCase?.notes, ["WhatsApp enviado com sucesso 30/09/2025 12:30:07"])
    })
  )

  const doubtful: Readonly<Record<string, readonly [fault: FaultRule, methods: string]>> = {
    "a time-out after the write": [{ kind: "timeout", when: "after" }, "PATCH GET"],
    "a lost connection after the write": [{ kind: "drop", when: "after" }, "PATCH GET"],
    "500 after the write": [{ kind: "status", status: 500, when: "after" }, "PATCH GET"],
    "202 after the write": [{ kind: "accepted202", when: "after" }, "PATCH GET"],
    "HTML after the write": [{ kind: "html", when: "after" }, "PATCH GET"],
    "a lost connection, and the write a minute later": [{ kind: "drop", when: "later", delayMs: 60_000 }, "PATCH GET"],
    "a time-out, and the write a minute later": [{ kind: "lateInsert", delayMs: 60_000 }, "PATCH GET"],
    "a lost connection before the write": [{ kind: "drop" }, "PATCH GET PATCH"],
    "503 before the write": [{ kind: "status", status: 503 }, "PATCH GET PATCH"],
    "no connection, which is no doubt": [{ kind: "refuse" }, "PATCH PATCH"],
    "429, which is no doubt": [{ kind: "status", status: 429 }, "PATCH PATCH"]
  }
  for (const [name, [fault, expected]] of Object.entries(doubtful)) {
    it.effect(`SPEC 6.2: ${name}: the note is there once`, () =>
      Effect.gen(function* () {
        const { itsm, notes, requests } = yield* communicated(fault)
        assert.deepStrictEqual(notes, [sent])
        assert.strictEqual(methods(requests), expected)
        assert.deepStrictEqual(itsm?.atualizacoes, [
          { status: "success", request: { work_notes: sent }, response: { status: 200 } }
        ])
        const read = requests.find(({ method }) => method === "GET")
        if (read !== undefined) assert.strictEqual(read.query.sysparm_display_value, "true")
      })
    )
  }

  it.effect("SPEC 6.2, 9.3: a process that finds the outcome recorded reads the notes before it writes", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.serviceNow.faults.add({
        kind: "slow",
        when: "after",
        delayMs: 10_000,
        match: { method: "PATCH" }
      })
      yield* world.produce(record())
      yield* world.until(Effect.map(world.serviceNow.cases, ([theCase]) => theCase?.notes.length === 1))
      yield* world.process.kill
      yield* world.start
      yield* world.responded(1)
      const [theCase] = yield* world.serviceNow.cases
      assert.deepStrictEqual(theCase?.notes, [sent])
      assert.strictEqual(methods(yield* onTheCase(world)), "PATCH GET")
    })
  )

  it.effect(
    "SPEC 6.2, 9.3: a process crashes in a later attempt while its PATCH is still under way: the note is there once",
    () =>
      Effect.gen(function* () {
        const world = yield* runningWorld()
        const match = { method: "PATCH" }
        yield* world.serviceNow.faults.add({ kind: "timeout", match })
        yield* world.serviceNow.faults.add({ kind: "drop", when: "later", delayMs: 20_000, match })
        yield* world.produce(record())
        const patched = Effect.map(world.serviceNow.requests, (all) => all.filter(({ method }) => method === "PATCH"))
        yield* world.until(Effect.map(patched, ({ length }) => length === 2))
        yield* world.process.kill
        yield* world.start
        yield* world.responded(1)
        const [theCase] = yield* world.serviceNow.cases
        assert.deepStrictEqual(theCase?.notes, [sent])
      })
  )

  const lost: Readonly<Record<string, readonly [fault: FaultRule, response: Answer]>> = {
    "403": [
      {
        kind: "status",
        status: 403,
        body: { error: { message: "ACL Exception Update Failed due to security constraints", detail: "sem acesso" } },
        times: -1
      },
      {
        status: 403,
        message: "ACL Exception Update Failed due to security constraints",
        erro: { codigo: "HTTP_403", detalhe: "sem acesso", tentativas: 2 }
      }
    ],
    "no connection until the retries are used up": [
      { kind: "refuse", times: -1 },
      {
        status: 503,
        message: "sem conexão",
        erro: { codigo: "SEM_CONEXAO", detalhe: "conexão não estabelecida: refused", tentativas: 5 }
      }
    ]
  }
  for (const [name, [fault, expected]] of Object.entries(lost)) {
    it.effect(`SPEC 6.3, 6.4: ${name}: the channel is partial_success, reported at once`, () =>
      Effect.gen(function* () {
        const { itsm, notes, response, world } = yield* communicated(fault)
        assert.deepStrictEqual(notes, [])
        assert.strictEqual(response?.response_status, "partial_success")
        assert.strictEqual(itsm?.status, "partial_success")
        assert.deepStrictEqual(itsm?.atualizacoes, [
          { status: "failure", request: { work_notes: sent }, response: expected }
        ])
        assert.strictEqual(channels(response).whatsapp?.status, "success")
        assert.lengthOf(yield* world.weni.dispatches, 1)
      })
    )
  }
})
