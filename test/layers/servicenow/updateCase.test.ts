import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"

import { type CaseUpdate, ServiceNow } from "../../../src/services/ServiceNow.ts"
import { html, json, type Step } from "../../support/HttpScripted.ts"
import { casePath, inTime, parameters, refusal, scripted } from "./serviceNowTest.ts"

const note = "WhatsApp enviado com sucesso 30/09/2025 12:30:02"
const noteOnly = { work_notes: note }
const close = { state: 6, close_notes: "Caso encerrado.", work_notes: note }

const update = (script: ReadonlyArray<Step>, input: Partial<CaseUpdate> = {}) => {
  const { layer, requests, times } = scripted(script)
  return Effect.gen(function* () {
    const serviceNow = yield* ServiceNow
    const outcome = yield* inTime(
      Effect.exit(serviceNow.updateCase({ sysId: "case-1", body: noteOnly, inDoubt: false, ...input }))
    )
    return { outcome, requests, times, sent: requests.map(({ body, method }) => [method, body && JSON.parse(body)]) }
  }).pipe(Effect.provide(layer))
}
const reasonOf = ({ outcome }: Effect.Success<ReturnType<typeof update>>) =>
  Effect.map(Effect.flip(outcome), ({ reason }) => reason._tag)

const patched = (fields: Record<string, unknown> = {}) =>
  json(200, { result: { sys_id: "case-1", work_notes: "", ...fields } })
const notes = (...entries: ReadonlyArray<string>) =>
  json(200, {
    result: {
      sys_id: "case-1",
      work_notes: entries.map((entry) => `2025-09-30 12:31:00 - API User (Work notes)\n${entry}\n\n`).join("")
    }
  })
const written = Exit.succeed({ status: 200, avisos: [] })
const PATCH = (body: unknown) => ["PATCH", body]
const READ = ["GET", undefined]

describe("updateCase", () => {
  it.effect("SPEC 6: one PATCH of the Case with the body as given", () =>
    Effect.gen(function* () {
      const { outcome, requests, sent } = yield* update([patched()])
      assert.deepStrictEqual(outcome, written)
      assert.deepStrictEqual(sent, [PATCH(noteOnly)])
      assert.isTrue(requests[0]?.url.endsWith(`${casePath}/case-1`))
    })
  )

  it.effect("SPEC 4.5: fields not echoed are a warning; the note, which never is, is none", () =>
    Effect.gen(function* () {
      const { outcome } = yield* update([patched({ state: "10", close_notes: "Caso encerrado." })], { body: close })
      assert.deepStrictEqual(
        outcome,
        Exit.succeed({ status: 200, avisos: ["Case: campos não gravados como enviados: state"] })
      )
    })
  )

  for (const status of [400, 401, 403, 404]) {
    it.effect(`SPEC 4.6: ${status} is final`, () =>
      Effect.gen(function* () {
        const run = yield* update([refusal(status)])
        assert.strictEqual(yield* reasonOf(run), "Refused")
        assert.strictEqual(run.sent.length, 1)
      })
    )
  }

  for (const [title, step] of [
    ["never connected", "refused"],
    ["429", refusal(429)]
  ] as const) {
    it.effect(`SPEC 6.2: ${title} is not doubtful: PATCH again without a look`, () =>
      Effect.gen(function* () {
        const { outcome, sent } = yield* update([step, patched()])
        assert.deepStrictEqual(outcome, written)
        assert.deepStrictEqual(sent, [PATCH(noteOnly), PATCH(noteOnly)])
      })
    )
  }

  for (const [title, step] of [
    ["a time-out", "hang"],
    ["a lost connection", "lost"],
    ["500", refusal(500)],
    ["HTML", html(200)],
    ["202", json(202, { result: {} })]
  ] as const) {
    it.effect(`SPEC 6.2: after ${title} the note is there: no second PATCH`, () =>
      Effect.gen(function* () {
        const { outcome, requests, sent } = yield* update([step, notes("other", note)])
        assert.deepStrictEqual(outcome, written)
        assert.deepStrictEqual(sent, [PATCH(noteOnly), READ])
        assert.deepStrictEqual(parameters(requests[1]), {
          sysparm_display_value: "true",
          sysparm_fields: "sys_id,work_notes"
        })
      })
    )

    it.effect(`SPEC 6.2: after ${title} the note is missing: PATCH again`, () =>
      Effect.gen(function* () {
        const { outcome, sent } = yield* update([step, notes("other"), patched()])
        assert.deepStrictEqual(outcome, written)
        assert.deepStrictEqual(sent, [PATCH(noteOnly), READ, PATCH(noteOnly)])
      })
    )
  }

  it.effect("SPEC 6.2: an earlier run in doubt: the notes are read first", () =>
    Effect.gen(function* () {
      const there = yield* update([notes(note)], { inDoubt: true })
      assert.deepStrictEqual(there.outcome, written)
      assert.deepStrictEqual(there.sent, [READ])
      const missing = yield* update([notes(), patched()], { inDoubt: true })
      assert.deepStrictEqual(missing.outcome, written)
      assert.deepStrictEqual(missing.sent, [READ, PATCH(noteOnly)])
    })
  )

  it.effect("SPEC 6.2: when the note is there the other fields are written without it", () =>
    Effect.gen(function* () {
      const { outcome, sent } = yield* update(
        ["lost", notes(note), patched({ state: "6", close_notes: "Caso encerrado." })],
        {
          body: close
        }
      )
      assert.deepStrictEqual(outcome, written)
      assert.deepStrictEqual(sent, [PATCH(close), READ, PATCH({ state: 6, close_notes: "Caso encerrado." })])
    })
  )

  it.effect("SPEC 6.2: a body without a note is repeated without a look", () =>
    Effect.gen(function* () {
      const { sent } = yield* update(["lost", patched({ state: "6" })], { body: { state: 6 } })
      assert.deepStrictEqual(sent, [PATCH({ state: 6 }), PATCH({ state: 6 })])
    })
  )

  it.effect("SPEC 6.2: a doubt on the last attempt is looked into before it fails", () =>
    Effect.gen(function* () {
      const tries: ReadonlyArray<Step> = [1, 2, 3, 4].flatMap(() => [refusal(503), notes()])
      const { outcome } = yield* update([...tries, refusal(503), notes(note)])
      assert.deepStrictEqual(outcome, written)
      const failed = yield* update([...tries, refusal(503), notes()])
      const error = yield* Effect.flip(failed.outcome)
      assert.strictEqual(error.attempts, 5)
      assert.strictEqual(error.reason._tag, "Refused")
    })
  )

  for (const [title, step] of [
    ["is refused", refusal(403)],
    ["shows no work_notes", json(200, { result: { sys_id: "case-1" } })]
  ] as const) {
    it.effect(`SPEC 6.2: a look that ${title}: Indeterminate, the note is not written again`, () =>
      Effect.gen(function* () {
        const run = yield* update(["lost", step])
        assert.strictEqual(yield* reasonOf(run), "Indeterminate")
        assert.deepStrictEqual(run.sent, [PATCH(noteOnly), READ])
      })
    )
  }

  it.effect("SPEC 6.2: looks that fail to the end: the note is not written again", () =>
    Effect.gen(function* () {
      const run = yield* update(["lost", ...Array.from({ length: 5 }, () => "refused" as const)])
      assert.strictEqual(yield* reasonOf(run), "NotConnected")
      assert.strictEqual(run.sent.length, 6)
    })
  )

  it.effect("SPEC 6.2: a Case that is gone is a refusal", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* reasonOf(yield* update(["lost", refusal(404)])), "Refused")
    })
  )
})
