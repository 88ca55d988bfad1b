import { readFileSync } from "node:fs"

import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Layer, Redacted } from "effect"

import type { FaultRule } from "../../../simulators/core/FaultRule.ts"
import { serveSimulator } from "../../../simulators/core/serveSimulator.ts"
import type { ServiceNowSettings as SimulatorSettings } from "../../../simulators/servicenow/options.ts"
import {
  makeServiceNowSimulator,
  type ServiceNowSimulator
} from "../../../simulators/servicenow/ServiceNowSimulator.ts"
import { CorrelationId } from "../../../src/domain/record/Origin.ts"
import { reasonText } from "../../../src/domain/vendor/reasonText.ts"
import { BreakersInProcess } from "../../../src/layers/breaker/BreakersInProcess.ts"
import { HttpUndici } from "../../../src/layers/http/HttpUndici.ts"
import { makeJournalStore } from "../../../src/layers/journal/memory/store.ts"
import { ServiceNowHttp } from "../../../src/layers/servicenow/ServiceNowHttp.ts"
import type { ServiceNowSettings } from "../../../src/services/Settings.ts"
import { earlierId, openEarlierCase, withoutEarlierCase } from "../../support/earlierCase.ts"
import { Operations } from "../../support/serviceNowOperations.ts"
import { SettingsTest } from "../../support/settings.ts"

const body = JSON.parse(readFileSync("fixtures/case.json", "utf8"))
const id = CorrelationId.make(body.u_id_correlacao)
const note = { work_notes: "WhatsApp enviado com sucesso 30/09/2025 12:30:02" }
const credentials = { username: "user", password: "password", clientId: "id", clientSecret: "secret" }

interface Given {
  readonly simulator?: SimulatorSettings
  readonly settings?: Partial<ServiceNowSettings>
  readonly faults?: ReadonlyArray<FaultRule>
}

/** Runs against a fresh simulator over real HTTP, with time-outs of a fraction of a second. */
const onInstance = <A, E>(
  given: Given,
  run: (serviceNow: Operations["Service"], instance: ServiceNowSimulator) => Effect.Effect<A, E>
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const instance = yield* makeServiceNowSimulator({ credentials, ...given.simulator })
      if (given.simulator?.credentials === undefined) yield* openEarlierCase(instance, makeJournalStore(), 1001)
      const { url } = yield* serveSimulator(instance, { port: 0 })
      for (const fault of given.faults ?? []) yield* instance.faults.add(fault)
      const settings = SettingsTest({
        serviceNow: { url, timeout: 400, ...given.settings },
        retry: { attempts: 5, baseDelay: 5, maxDelay: 50 }
      })
      const layer = Operations.layer.pipe(
        Layer.provide(ServiceNowHttp),
        Layer.provide(BreakersInProcess),
        Layer.provide(HttpUndici),
        Layer.provide(settings)
      )
      return yield* Effect.flatMap(Operations, (serviceNow) => run(serviceNow, withoutEarlierCase(instance))).pipe(
        Effect.provide(layer)
      )
    })
  )

const open = (serviceNow: Operations["Service"]) =>
  Effect.flatMap(Clock.currentTimeMillis, (intendedAt) =>
    serviceNow.openCase({
      id,
      body,
      intendedAt,
      inDoubt: false,
      control: Effect.succeed({ field: "u_id_correlacao", value: earlierId }),
      renewIntent: Effect.void
    })
  )

describe("ServiceNowHttp on a simulated instance", () => {
  it.live("SPEC 3, 4, 6: consumer, Case and note", () =>
    onInstance({}, (serviceNow, instance) =>
      Effect.gen(function* () {
        const keys = { document: "529.982.247-25", email: "joao@example.com", phone: "+5511999999999" }
        assert.deepStrictEqual(yield* serviceNow.findConsumer(keys), { avisos: [] })
        const consumer = yield* serviceNow.createConsumer({
          consumer: { firstName: "João", lastName: "Silva", ...keys },
          keys,
          beforePost: Effect.void
        })
        assert.deepStrictEqual(consumer.avisos, [])
        for (const [key, origem] of [
          ["document", "cpf_cnpj"],
          ["email", "email"],
          ["phone", "telefone"]
        ] as const) {
          const lookup = yield* serviceNow.findConsumer({ [key]: keys[key] })
          assert.deepStrictEqual(lookup, { found: { sysId: consumer.sysId, origem }, avisos: [] })
        }
        const opened = yield* open(serviceNow)
        assert.deepStrictEqual(opened, {
          sysId: opened.sysId,
          number: "CS0001001",
          status: 201,
          avisos: [],
          state: "10",
          assignmentGroup: ""
        })
        const updated = yield* serviceNow.updateCase({ sysId: opened.sysId, body: note, inDoubt: false })
        assert.deepStrictEqual(updated, { status: 200, avisos: [] })
        assert.deepStrictEqual(yield* instance.notes(opened.sysId), [note.work_notes])
      })
    )
  )

  it.live("SPEC 3.1: strangers of an instance without the document field are never used", () =>
    onInstance({ simulator: { withoutFields: ["u_cpf_cnpj"] } }, (serviceNow, instance) =>
      Effect.gen(function* () {
        const [, own = ""] = yield* instance.seed([{ email: "other@example.com" }, { email: "joao@example.com" }])
        const lookup = yield* serviceNow.findConsumer({ document: "52998224725", email: "Joao@example.com" })
        assert.deepStrictEqual(lookup, { found: { sysId: own, origem: "email" }, avisos: [] })
      })
    )
  )

  const kinds = ["timeout", "drop", "refuse", "html", "login", "accepted202", "garbage", "errorKey"] as const
  const faults: ReadonlyArray<readonly [string, Omit<FaultRule, "when">]> = [
    ...kinds.map((kind) => [kind, { kind }] as const),
    ...[429, 500, 502, 503, 504].map((status) => [String(status), { kind: "status", status }] as const)
  ]
  for (const [title, fault] of faults) {
    for (const when of ["before", "after"] as const) {
      if (title === "429" && when === "after") continue
      it.live(`SPEC 4.3, 4.6: ${title} ${when} the insert: one Case`, () =>
        onInstance({ faults: [{ ...fault, when, match: { method: "POST" } }] }, (serviceNow, instance) =>
          Effect.gen(function* () {
            const opened = yield* open(serviceNow)
            assert.strictEqual(opened.status, when === "after" ? 200 : 201)
            const cases = yield* instance.cases
            assert.deepStrictEqual(
              cases.map(({ number, sysId }) => ({ number, sysId })),
              [{ number: opened.number, sysId: opened.sysId }]
            )
          })
        )
      )

      it.live(`SPEC 6.2: ${title} ${when} the write: one note`, () =>
        onInstance({ faults: [{ ...fault, when, match: { method: "PATCH" } }] }, (serviceNow, instance) =>
          Effect.gen(function* () {
            const { sysId } = yield* open(serviceNow)
            yield* serviceNow.updateCase({ sysId, body: note, inDoubt: false })
            assert.deepStrictEqual(yield* instance.notes(sysId), [note.work_notes])
          })
        )
      )
    }
  }

  for (const kind of ["drop", "accepted202"] as const) {
    it.live(`SPEC 4.3: ${kind}, and the insert comes later: one Case`, () =>
      onInstance(
        { faults: [{ kind, when: "later", delayMs: 150, match: { method: "POST" } }] },
        (serviceNow, instance) =>
          Effect.gen(function* () {
            assert.strictEqual((yield* open(serviceNow)).status, 200)
            assert.strictEqual((yield* instance.cases).length, 1)
          })
      )
    )
  }

  for (const kind of ["drop", "accepted202"] as const) {
    it.live(`SPEC 6.2: ${kind}, and the write comes later: one note`, () =>
      onInstance(
        { faults: [{ kind, when: "later", delayMs: 150, match: { method: "PATCH" } }] },
        (serviceNow, instance) =>
          Effect.gen(function* () {
            const { sysId } = yield* open(serviceNow)
            assert.deepStrictEqual(yield* serviceNow.updateCase({ sysId, body: note, inDoubt: false }), {
              status: 200,
              avisos: [],
              found: true
            })
            assert.deepStrictEqual(yield* instance.notes(sysId), [note.work_notes])
          })
      )
    )
  }

  it.live("SPEC 6.2, 8.10: the same answer twice is two notes, also in doubt", () =>
    onInstance({}, (serviceNow, instance) =>
      Effect.gen(function* () {
        const { sysId } = yield* open(serviceNow)
        yield* serviceNow.updateCase({ sysId, body: note, inDoubt: false })
        yield* instance.faults.add({ kind: "drop", when: "after", match: { method: "PATCH" } })
        yield* serviceNow.updateCase({ sysId, body: note, inDoubt: false, writtenBefore: 1 })
        assert.strictEqual((yield* instance.notes(sysId)).length, 2)
        yield* serviceNow.updateCase({ sysId, body: note, inDoubt: true, writtenBefore: 2 })
        yield* serviceNow.updateCase({ sysId, body: note, inDoubt: true, writtenBefore: 2 })
        assert.deepStrictEqual(
          yield* instance.notes(sysId),
          Array.from({ length: 3 }, () => note.work_notes)
        )
      })
    )
  )

  for (const strictQuery of [false, true]) {
    it.live(`SPEC 8.2: a Case by sys_id and by number, strict queries ${strictQuery}`, () =>
      onInstance({ simulator: { strictQuery } }, (serviceNow) =>
        Effect.gen(function* () {
          const { number, sysId } = yield* open(serviceNow)
          yield* serviceNow.updateCase({ sysId, body: { assignment_group: "a".repeat(32) }, inDoubt: false })
          const record = {
            sysId,
            number,
            state: String(body.state),
            assignmentGroup: "a".repeat(32),
            correlationId: id,
            priority: String(body.priority)
          }
          const {
            createdAt = 0,
            createdBy,
            updatedAt = 0,
            updatedBy,
            ...found
          } = (yield* serviceNow.readCase(sysId)) ?? {}
          assert.deepStrictEqual<unknown>(found, record)
          assert.deepStrictEqual([createdBy, updatedBy, updatedAt - createdAt <= 1000], ["user", "user", true])
          assert.strictEqual((yield* serviceNow.readCase(number))?.sysId, sysId)
          assert.isUndefined(yield* serviceNow.readCase("f".repeat(32)))
          assert.isUndefined(yield* serviceNow.readCase("CS9999999"))
        })
      )
    )
  }

  it.live("SPEC 8.2: a Case of an instance without u_id_correlacao has none", () =>
    onInstance({ simulator: { withoutFields: ["u_id_correlacao"] } }, (serviceNow) =>
      Effect.gen(function* () {
        const { number } = yield* open(serviceNow)
        assert.strictEqual((yield* serviceNow.readCase(number))?.correlationId, "")
      })
    )
  )

  it.live("SPEC 8.9: a Case in state 3 refuses another state, with its note, and takes a note alone", () =>
    onInstance({}, (serviceNow, instance) =>
      Effect.gen(function* () {
        const { sysId } = yield* open(serviceNow)
        yield* serviceNow.updateCase({ sysId, body: { state: 3 }, inDoubt: false })
        const reopen = serviceNow.updateCase({ sysId, body: { state: 10, ...note }, inDoubt: false })
        const { attempts, reason } = yield* Effect.flip(reopen)
        assert(reason._tag === "Refused")
        assert.deepStrictEqual([reason.status, attempts], [403, 2])
        assert.deepStrictEqual(yield* instance.notes(sysId), [])
        yield* serviceNow.updateCase({ sysId, body: note, inDoubt: false })
        assert.strictEqual((yield* serviceNow.readCase(sysId))?.state, "3")
        assert.deepStrictEqual(yield* instance.notes(sysId), [note.work_notes])
      })
    )
  )

  for (const strictQuery of [false, true]) {
    it.live(`SPEC 4.3: no u_id_correlacao, strict queries ${strictQuery}: INDETERMINADO, one Case`, () =>
      onInstance(
        {
          simulator: { withoutFields: ["u_id_correlacao"], strictQuery },
          faults: [{ kind: "drop", when: "after", match: { method: "POST" } }]
        },
        (serviceNow, instance) =>
          Effect.gen(function* () {
            const { reason } = yield* Effect.flip(open(serviceNow))
            assert.strictEqual(reason._tag, "Indeterminate")
            assert.strictEqual((yield* instance.cases).length, 1)
          })
      )
    )
  }

  it.live("SPEC 4.5: fields that an ACL strips are a warning", () =>
    onInstance({ simulator: { stripFields: ["priority", "u_msisdn"] } }, (serviceNow) =>
      Effect.gen(function* () {
        const { avisos } = yield* open(serviceNow)
        assert.deepStrictEqual(avisos, ["Case: campos não gravados como enviados: priority, u_msisdn"])
      })
    )
  )

  it.live("SPEC 4.6: OAuth, and tokens that the instance dropped", () =>
    onInstance(
      { settings: { auth: { type: "oauth", clientId: "id", clientSecret: Redacted.make("secret") } } },
      (serviceNow, instance) =>
        Effect.gen(function* () {
          const { sysId } = yield* open(serviceNow)
          yield* instance.expireTokens
          yield* serviceNow.updateCase({ sysId, body: note, inDoubt: false })
          assert.deepStrictEqual(yield* instance.notes(sysId), [note.work_notes])
        })
    )
  )

  it.live("SPEC 4.6: wrong credentials are held back after one attempt", () =>
    onInstance({ simulator: { credentials: { password: "other" } } }, (serviceNow, instance) =>
      Effect.gen(function* () {
        const { attempts, reason } = yield* Effect.flip(open(serviceNow))
        assert.deepStrictEqual([reasonText(reason), attempts], ["HeldBack (Refused 401)", 1])
        assert.strictEqual((yield* instance.requests).length, 1)
      })
    )
  )
})
