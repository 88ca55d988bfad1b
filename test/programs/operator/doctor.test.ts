import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"

import { httpInProcess } from "../../../simulators/HttpInProcess.ts"
import { guestSysId, type InstanceName, instances } from "../../../simulators/servicenow/instances.ts"
import { makeServiceNowSimulator } from "../../../simulators/servicenow/ServiceNowSimulator.ts"
import { makeWeniSimulator } from "../../../simulators/weni/WeniSimulator.ts"
import { ServiceNowTablesHttp } from "../../../src/layers/servicenow/ServiceNowTablesHttp.ts"
import { WeniAccessHttp } from "../../../src/layers/weni/WeniAccessHttp.ts"
import { doctor } from "../../../src/programs/operator/doctor/doctor.ts"
import { SettingsTest } from "../../support/settings.ts"

const group = "a".repeat(32)

const settings = SettingsTest({
  serviceNow: { url: "https://sn.test", guestConsumer: guestSysId, humanGroup: group, assignmentGroup: group },
  weni: { url: "https://weni.test" }
})

/** What the doctor finds wrong on this instance: `verdict check`, each once. */
const wrongOn = Effect.fnUntraced(function* (name: InstanceName, write = true) {
  const { consumers, options } = instances[name]
  const serviceNow = yield* makeServiceNowSimulator({ ...options, consumers })
  const weni = yield* makeWeniSimulator()
  const http = httpInProcess({ "https://sn.test": serviceNow, "https://weni.test": weni })
  const layer = Layer.merge(ServiceNowTablesHttp, WeniAccessHttp).pipe(Layer.provideMerge(Layer.merge(http, settings)))
  const fiber = yield* Effect.forkChild(Effect.provide(doctor({ write }), layer), { startImmediately: true })
  for (let step = 0; step < 200 && fiber.pollUnsafe() === undefined; step++) yield* TestClock.adjust("1 second")
  const findings = yield* Fiber.join(fiber)
  const wrong = findings.filter(({ verdict }) => verdict === "problem" || verdict === "warning")
  return {
    findings,
    cases: yield* serviceNow.cases,
    messages: yield* weni.dispatches,
    wrong: [...new Set(wrong.map(({ check, verdict }) => `${verdict} ${check}`))].toSorted()
  }
})

const expected: Readonly<Record<InstanceName, ReadonlyArray<string>>> = {
  good: [],
  strict: ["warning close", "warning closed Case"],
  "short-key": ["problem key"],
  "no-key-column": ["problem fields of a Case", "problem key"],
  "hidden-rows": ["problem Cases", "problem close", "problem hand-over", "problem note"],
  "unfound-rows": ["problem close", "problem hand-over", "problem key", "problem note"],
  "hidden-consumers": [
    "problem SERVICENOW_GUEST_CONSUMER",
    "problem consumers",
    "problem customer by e-mail",
    "problem customer by phone",
    "problem customer by the end of his phone"
  ],
  "hidden-fields": ["problem key", "problem note"],
  "hidden-number": ["problem fields of a Case", "problem number"],
  "silent-create": ["problem Case", "problem customer"],
  "no-range-search": [
    "problem customer by the end of his phone",
    "problem customers by mobile_phone LIKE",
    "problem customers by phone LIKE"
  ],
  "forbidden-range-search": [
    "problem customer by the end of his phone",
    "problem customers by mobile_phone LIKE",
    "problem customers by phone LIKE"
  ],
  "needs-resolution-code": ["warning close"],
  // The service gives both.
  "needs-last-name": [],
  "ended-cases": ["warning closed Case"],
  "keeps-state": ["problem close", "problem hand-over"],
  "changes-texts": ["warning note"],
  "own-rules": ["warning Case", "warning flows"],
  "no-group": [
    "problem SERVICENOW_ASSIGNMENT_GROUP",
    "problem SERVICENOW_HUMAN_GROUP",
    "problem hand-over",
    "warning Case"
  ],
  "no-guest": ["problem SERVICENOW_GUEST_CONSUMER", "warning Case"],
  "other-time-zone": ["warning time zone"],
  "read-only": ["problem Case", "problem customer"],
  "rate-limited": ["warning rate limit"]
}

describe("ctx doctor", () => {
  for (const name of Object.keys(instances) as ReadonlyArray<InstanceName>) {
    it.effect(`CONTRACT "Doctor": finds what is wrong with the instance ${name}`, () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(Date.UTC(2025, 8, 30, 12))
        const { messages, wrong } = yield* wrongOn(name)
        assert.deepStrictEqual(wrong, [...expected[name]].toSorted())
        assert.deepStrictEqual(messages, [])
      })
    )
  }

  it.effect('CONTRACT "Doctor": closes the one Case that it opens', () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2025, 8, 30, 12))
      const { cases } = yield* wrongOn("good")
      assert.deepStrictEqual(
        cases.map(({ fields }) => fields.state),
        ["3"]
      )
    })
  )

  it.effect('CONTRACT "Doctor": only reads unless it is told to write', () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2025, 8, 30, 12))
      const { cases, findings, wrong } = yield* wrongOn("good", false)
      assert.deepStrictEqual([cases, wrong], [[], []])
      assert.deepInclude(
        findings.map(({ check, verdict }) => `${verdict} ${check}`),
        "ok Weni"
      )
    })
  )
})
