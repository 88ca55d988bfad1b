import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { TestClock } from "effect/testing"

import type { CaseUpdate } from "../../../src/programs/communication/CaseUpdates.ts"
import { CurrentLease, unquestioned } from "../../../src/services/Ownership.ts"
import { html, json, type Step } from "../../support/HttpScripted.ts"
import { Operations } from "../../support/serviceNowOperations.ts"
import { casePath, inTime, parameters, refusal, scripted } from "./serviceNowTest.ts"

const note = "WhatsApp enviado com sucesso 30/09/2025 12:30:02"
const noteOnly = { work_notes: note }
const close = { state: 6, close_notes: "Caso encerrado.", work_notes: note }

const update = (script: ReadonlyArray<Step>, input: Partial<CaseUpdate> = {}) => {
  const { layer, requests, times } = scripted(script)
  return Effect.gen(function* () {
    const serviceNow = yield* Operations
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
const foundWritten = Exit.succeed({ status: 200, avisos: [], found: true as const })
const PATCH = (body: unknown) => ["PATCH", body]
const READ = ["GET", undefined]
/**
 * The times at which a PATCH that was sent at 0 and may still be running is looked for: with backoff, until
 * SERVICENOW_TIMEOUT has passed.
 */
const untilSettled = [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 62_000, 65_000]
const times = <A>(count: number, step: A) => Array.from({ length: count }, () => step)

describe("updateCase", () => {
  for (const [what, intendedAt, looks] of [
    ["an earlier call whose end is known is looked for once", undefined, 1],
    ["one that may be running is looked for until the last holder's cannot be", 0, 9]
  ] as const) {
    it.effect(`SPEC 6.2, DESIGN Ownership: just after the lock was taken ${what}`, () =>
      Effect.gen(function* () {
        const { layer, requests } = scripted((request) =>
          request.method === "GET" ? notes("another note") : patched()
        )
        const serviceNow = yield* Operations.pipe(Effect.provide(layer))
        const updating = serviceNow.updateCase({
          sysId: "case-1",
          body: noteOnly,
          inDoubt: true,
          ...(intendedAt !== undefined && { intendedAt })
        })
        const lease = { ...unquestioned, validFrom: 6000 }
        assert.deepStrictEqual(
          yield* inTime(Effect.exit(Effect.provideService(updating, CurrentLease, lease))),
          written
        )
        assert.isAtLeast(requests.filter(({ method }) => method === "GET").length, looks)
        assert.isAtMost(requests.filter(({ method }) => method === "GET").length, looks === 1 ? 1 : 20)
      })
    )
  }

  it.effect("SPEC 6: one PATCH of the Case with the body as given", () =>
    Effect.gen(function* () {
      const { outcome, requests, sent } = yield* update([patched()])
      assert.deepStrictEqual(outcome, written)
      assert.deepStrictEqual(sent, [PATCH(noteOnly)])
      assert.isTrue(requests[0]?.url.endsWith(`${casePath}/case-1`))
    })
  )

  it.effect("SPEC 4.5: fields not echoed are a warning, except the note, which never is", () =>
    Effect.gen(function* () {
      const { outcome } = yield* update([patched({ state: "10", close_notes: "Caso encerrado." })], { body: close })
      assert.deepStrictEqual(
        outcome,
        Exit.succeed({
          status: 200,
          avisos: ["Case: campos não gravados como enviados: state"],
          notEchoed: ["state"]
        })
      )
    })
  )

  for (const status of [400, 404]) {
    it.effect(`SPEC 4.6: ${status} is final`, () =>
      Effect.gen(function* () {
        const run = yield* update([refusal(status)])
        assert.strictEqual(yield* reasonOf(run), "Refused")
        assert.strictEqual(run.sent.length, 1)
      })
    )
  }

  for (const status of [401, 403]) {
    it.effect(`SPEC 4.6: one ${status} among good answers is asked again after a second`, () =>
      Effect.gen(function* () {
        const { outcome, sent, times: at } = yield* update([refusal(status), patched()])
        assert.deepStrictEqual(outcome, written)
        assert.deepStrictEqual(sent, [PATCH(noteOnly), PATCH(noteOnly)])
        assert.deepStrictEqual(at, [0, 1000])
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

  for (const [title, step, looks] of [
    ["a time-out", "hang", untilSettled.map((at) => at + 65_000)],
    ["a lost connection", "lost", untilSettled],
    ["202", json(202, { result: {} }), untilSettled],
    ["502", refusal(502), untilSettled],
    ["504", refusal(504), untilSettled],
    ["500", refusal(500), [500]],
    ["503", refusal(503), [500]],
    ["HTML", html(200), [500]]
  ] as const) {
    it.effect(`SPEC 6.2: after ${title} the note is there: no second PATCH`, () =>
      Effect.gen(function* () {
        const { outcome, requests, sent } = yield* update([step, notes("other", note)])
        assert.deepStrictEqual(outcome, foundWritten)
        assert.deepStrictEqual(sent, [PATCH(noteOnly), READ])
        assert.deepStrictEqual(parameters(requests[1]), {
          sysparm_display_value: "true",
          sysparm_fields: "sys_id,work_notes"
        })
      })
    )

    it.effect(`SPEC 4.3, 6.2: after ${title} the note is missing for as long as it may come: PATCH again`, () =>
      Effect.gen(function* () {
        const { outcome, sent, times } = yield* update([step, ...looks.map(() => notes("other")), patched()])
        assert.deepStrictEqual(outcome, written)
        assert.deepStrictEqual(sent, [PATCH(noteOnly), ...looks.map(() => READ), PATCH(noteOnly)])
        assert.deepStrictEqual(times.slice(0, -1), [0, ...looks])
      })
    )
  }

  it.effect("SPEC 6.2: an earlier run in doubt: the notes are read first", () =>
    Effect.gen(function* () {
      const there = yield* update([notes(note)], { inDoubt: true })
      assert.deepStrictEqual(there.outcome, foundWritten)
      assert.deepStrictEqual(there.sent, [READ])
      const missing = yield* update([notes(), patched()], { inDoubt: true })
      assert.deepStrictEqual(missing.outcome, written)
      assert.deepStrictEqual(missing.sent, [READ, PATCH(noteOnly)])
    })
  )

  it.effect("SPEC 6.2, 6.4: when the note is there the PATCH was carried out, and no field is written again", () =>
    Effect.gen(function* () {
      const { outcome, sent } = yield* update(["lost", notes(note)], { body: close })
      assert.deepStrictEqual(outcome, foundWritten)
      assert.deepStrictEqual(sent, [PATCH(close), READ])
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
      assert.deepStrictEqual(outcome, foundWritten)
      const failed = yield* update([...tries, refusal(503), notes()])
      const error = yield* Effect.flip(failed.outcome)
      assert.strictEqual(error.attempts, 5)
      assert.strictEqual(error.reason._tag, "Refused")
    })
  )

  for (const [title, looks] of [
    ["is refused", [refusal(400)]],
    ["is refused with 403 twice", [refusal(403), refusal(403)]],
    ["shows no work_notes", [json(200, { result: { sys_id: "case-1" } })]]
  ] as const) {
    it.effect(`SPEC 6.2: a look that ${title}: Indeterminate, the note is not written again`, () =>
      Effect.gen(function* () {
        const run = yield* update(["lost", ...looks])
        assert.strictEqual(yield* reasonOf(run), "Indeterminate")
        assert.deepStrictEqual(run.sent, [PATCH(noteOnly), ...looks.map(() => READ)])
      })
    )
  }

  for (const [title, step, looks] of [
    ["a doubt that is over", refusal(500), 5],
    ["a doubt that may still be running", "lost", 8 + 5]
  ] as const) {
    it.effect(`SPEC 6.2: ${title}, looks that fail to the end: the note is not written again`, () =>
      Effect.gen(function* () {
        const run = yield* update([step, ...times(looks, "refused" as const)])
        assert.strictEqual(yield* reasonOf(run), "NotConnected")
        assert.deepStrictEqual(run.sent, [PATCH(noteOnly), ...times(looks, READ)])
      })
    )
  }

  it.effect("SPEC 6.2: a Case that is gone is a refusal", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* reasonOf(yield* update(["lost", refusal(404)])), "Refused")
    })
  )

  it.effect("SPEC 4.6, 8.9: a Case that refuses a new state twice: Refused", () =>
    Effect.gen(function* () {
      const run = yield* update([refusal(403), refusal(403)], { body: { ...close, state: 10 } })
      const error = yield* Effect.flip(run.outcome)
      assert(error.reason._tag === "Refused")
      assert.deepStrictEqual([error.reason.status, error.attempts], [403, 2])
      assert.deepStrictEqual(run.sent, times(2, PATCH({ ...close, state: 10 })))
    })
  )
})

describe("updateCase: a PATCH that may still be running", () => {
  it.effect("SPEC 6.2: the note that comes later is not written again", () =>
    Effect.gen(function* () {
      const { outcome, sent } = yield* update(["lost", notes(), notes("other"), "refused", notes("other", note)])
      assert.deepStrictEqual(outcome, foundWritten)
      assert.deepStrictEqual(sent, [PATCH(noteOnly), ...times(4, READ)])
    })
  )

  it.effect("SPEC 6.2: a doubt on the last attempt is looked into for as long", () =>
    Effect.gen(function* () {
      const script = [...times(4, "refused" as const), "lost" as const, notes(), notes(), notes(note)]
      const { outcome, sent } = yield* update(script)
      assert.deepStrictEqual(outcome, foundWritten)
      assert.deepStrictEqual(sent, [...times(5, PATCH(noteOnly)), ...times(3, READ)])
    })
  )

  it.effect("SPEC 6.2: each attempt in doubt has its own time, and later ones are looked into once more", () =>
    Effect.gen(function* () {
      const settled = times(9, notes())
      // The second attempt is sent at 65 s, so its looks begin after a backoff of one second, not a half.
      const {
        outcome,
        sent,
        times: at
      } = yield* update([
        "lost",
        ...settled,
        "lost",
        ...times(8, notes()),
        notes("other"),
        refusal(429),
        notes(),
        patched()
      ])
      assert.deepStrictEqual(outcome, written)
      assert.deepStrictEqual(sent, [
        PATCH(noteOnly),
        ...times(9, READ),
        PATCH(noteOnly),
        ...times(9, READ),
        PATCH(noteOnly),
        READ,
        PATCH(noteOnly)
      ])
      assert.deepStrictEqual([at[10], at[19], at[20]], [65_000, 130_000, 130_000])
    })
  )

  for (const [title, intendedAt, looks] of [
    ["a time that is over", 230_000, [400_000]],
    [
      "a time that is not over",
      293_000,
      [400_000, 400_500, 401_500, 403_500, 407_500, 415_500, 431_500, 461_500, 463_000]
    ]
  ] as const) {
    it.effect(`SPEC 6.2: an earlier run in doubt, with ${title}: PATCH only after it`, () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(400_000)
        const run = yield* update([...looks.map(() => notes()), patched()], { inDoubt: true, intendedAt })
        assert.deepStrictEqual(run.outcome, written)
        assert.deepStrictEqual(run.sent, [...looks.map(() => READ), PATCH(noteOnly)])
        assert.deepStrictEqual(run.times.slice(0, -1), [...looks])
      })
    )
  }

  for (const [appearsUntil, intendedAt] of [
    [463_000, 230_000],
    [300_000, 293_000]
  ] as const) {
    it.effect(`SPEC 6.2, 9.2: the later end of a doubt counts, of a wait's (${appearsUntil}) and of an intent's`, () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(400_000)
        const doubt = { inDoubt: true, intendedAt, appearsUntil }
        const run = yield* update([...times(9, notes()), patched()], doubt)
        assert.deepStrictEqual(run.sent, [...times(9, READ), PATCH(noteOnly)])
        assert.strictEqual(run.times.at(-1), 463_000)
      })
    )
  }

  it.effect("SPEC 6.2: the time of an intent counts only in doubt", () =>
    Effect.gen(function* () {
      const { sent } = yield* update([patched()], { intendedAt: 0 })
      assert.deepStrictEqual(sent, [PATCH(noteOnly)])
    })
  )
})

describe("updateCase: a PATCH that must still be wanted", () => {
  /**
   * An update that is still wanted for the first `stands` checks. Each check notes how many requests came before it.
   */
  const standing = Effect.fnUntraced(function* (script: ReadonlyArray<Step>, inDoubt: boolean, stands: number) {
    const { layer, seen } = scripted(script)
    const asked: Array<number> = []
    const beforePatch = Effect.suspend(() =>
      asked.push(seen().length) <= stands ? Effect.void : Effect.fail("overtaken" as const)
    )
    const outcome = yield* Effect.gen(function* () {
      const serviceNow = yield* Operations
      return yield* inTime(Effect.exit(serviceNow.updateCase({ sysId: "case-1", body: close, inDoubt, beforePatch })))
    }).pipe(Effect.provide(layer))
    return { outcome, asked, seen: seen() }
  })
  const [PATCHED, READ_] = [`PATCH ${casePath}/case-1`, `GET ${casePath}/case-1`]
  const resolved = patched({ state: "6", close_notes: "Caso encerrado." })

  it.effect("SPEC 8.8: an immediate first PATCH is sent without a check", () =>
    Effect.gen(function* () {
      const { asked, outcome, seen } = yield* standing([resolved], false, 0)
      assert.deepStrictEqual([outcome, asked, seen], [written, [], [PATCHED]])
    })
  )

  it.effect("SPEC 8.8: each later PATCH is checked, after the look for its note", () =>
    Effect.gen(function* () {
      const script = ["refused" as const, refusal(500), notes(), resolved]
      const { asked, outcome, seen } = yield* standing(script, false, 2)
      assert.deepStrictEqual([outcome, asked], [written, [1, 3]])
      assert.deepStrictEqual(seen, [PATCHED, PATCHED, READ_, PATCHED])
    })
  )

  it.effect("SPEC 8.8, 4.6: an immediate first PATCH that waited long for its slot is checked before it is sent", () =>
    Effect.gen(function* () {
      const slow: Step = () => Effect.delay(Effect.succeed(notes()), "11 seconds")
      const { layer, seen } = scripted([slow, resolved], { serviceNow: { concurrency: 1 } })
      let asked = 0
      const beforePatch = Effect.sync(() => void (asked += 1))
      const outcome = yield* Effect.gen(function* () {
        const serviceNow = yield* Operations
        yield* Effect.forkChild(serviceNow.readCase("c".repeat(32)), { startImmediately: true })
        return yield* inTime(
          Effect.exit(serviceNow.updateCase({ sysId: "case-1", body: close, inDoubt: false, beforePatch }))
        )
      }).pipe(Effect.provide(layer))
      assert.deepStrictEqual([outcome, asked], [written, 1])
      assert.deepStrictEqual(seen(), [`GET ${casePath}/${"c".repeat(32)}`, PATCHED])
    })
  )

  it.effect("SPEC 8.8: a PATCH that is no longer wanted is not written", () =>
    Effect.gen(function* () {
      const { outcome, seen } = yield* standing([refusal(503), notes()], false, 0)
      assert.strictEqual(yield* Effect.flip(outcome), "overtaken")
      assert.deepStrictEqual(seen, [PATCHED, READ_])
    })
  )

  it.effect("SPEC 6.2, 8.8: in doubt, the first PATCH is checked, too", () =>
    Effect.gen(function* () {
      const { outcome, seen } = yield* standing([notes()], true, 0)
      assert.deepStrictEqual([yield* Effect.flip(outcome), seen], ["overtaken", [READ_]])
    })
  )

  it.effect(
    "SPEC 6.2, 8.8: a PATCH whose note is there was carried out completely: nothing is checked or written",
    () =>
      Effect.gen(function* () {
        const { asked, outcome, seen } = yield* standing([notes(note)], true, 0)
        assert.deepStrictEqual([outcome, asked, seen], [foundWritten, [], [READ_]])
      })
  )
})

describe("updateCase: one text, several notes", () => {
  for (const [title, entries, again] of [
    ["as often as before", ["other", note], true],
    ["less often", [], true],
    ["more often", [note, "other", note], false]
  ] as const) {
    it.effect(`SPEC 6.2, 8.10: written once before, in doubt, and there ${title}`, () =>
      Effect.gen(function* () {
        const { outcome, sent } = yield* update([notes(...entries), patched()], { inDoubt: true, writtenBefore: 1 })
        assert.deepStrictEqual(outcome, again ? written : foundWritten)
        assert.deepStrictEqual(sent, again ? [READ, PATCH(noteOnly)] : [READ])
      })
    )
  }

  it.effect("SPEC 6.2, 8.10: after an attempt in doubt the notes of before do not count", () =>
    Effect.gen(function* () {
      const { outcome, sent } = yield* update([refusal(500), notes(note, note), patched()], { writtenBefore: 2 })
      assert.deepStrictEqual(outcome, written)
      assert.deepStrictEqual(sent, [PATCH(noteOnly), READ, PATCH(noteOnly)])
    })
  )
})
