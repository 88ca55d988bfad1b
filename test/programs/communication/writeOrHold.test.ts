import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Stream } from "effect"

import type { Fact } from "../../../src/domain/communication/Fact.ts"
import { fold } from "../../../src/domain/communication/State.ts"
import { CorrelationId } from "../../../src/domain/record/Origin.ts"
import { HeldBack, NotConnected } from "../../../src/domain/vendor/failureReasons.ts"
import { journalMemory } from "../../../src/layers/journal/memory/JournalMemory.ts"
import { makeJournalStore } from "../../../src/layers/journal/memory/store.ts"
import { type CaseUpdate, CaseUpdates } from "../../../src/programs/communication/CaseUpdates.ts"
import { Communication, openCommunication } from "../../../src/programs/communication/Communication.ts"
import { type Before, updateCase, writeOrHold } from "../../../src/programs/communication/updateCase.ts"
import { ServiceNowError } from "../../../src/programs/vendor/ServiceNowError.ts"
import { Breakers, type Way } from "../../../src/services/Breakers.ts"
import { Journal } from "../../../src/services/Journal.ts"
import { ServiceNow } from "../../../src/services/ServiceNow.ts"
import { SettingsTest } from "../../support/settings.ts"

const id = CorrelationId.make("j|c|1")
const body = { work_notes: "note" }
const write = { of: "close" } as const

const opened: Fact = { _tag: "CaseOpened", at: 0, sysId: "s", number: "CS1", response: { status: 201 }, avisos: [] }
const held: Fact = { _tag: "Held", at: 1, step: "close", vendor: "servicenow", reason: "HTTP 503", attempts: 2 }
const begun: Fact = { _tag: "WriteIntended", at: 2, write: "close" }

type Asked = Pick<CaseUpdate<never>, "inDoubt" | "later" | "intendedAt" | "appearsUntil">

/** Case updates that record their inputs and return `answer`. */
const vendor = (asked: Array<Asked>, answer: Effect.Effect<{ status: number; avisos: [] }, ServiceNowError>) =>
  Layer.mergeAll(
    Layer.mock(ServiceNow)({}),
    SettingsTest({}),
    Layer.mock(CaseUpdates)({
      updateCase: ({ appearsUntil, inDoubt, intendedAt, later }) =>
        Effect.andThen(
          Effect.sync(() =>
            asked.push({
              inDoubt,
              later: later === true,
              ...(intendedAt !== undefined && { intendedAt }),
              ...(appearsUntil !== undefined && { appearsUntil })
            })
          ),
          answer
        )
    })
  )

const written = Effect.succeed({ status: 200, avisos: [] as [] })

const breakers = (way: Way) => {
  const breaker = {
    pass: () => Effect.die(new Error("not asked")),
    way: () => way,
    ways: Stream.empty,
    answeredSince: () => false,
    halfOpen: Effect.void,
    status: Effect.succeed({ open: way !== "open", detail: way })
  }
  return Layer.succeed(Breakers, { servicenow: breaker, weni: breaker })
}

/** The inputs of the updates, what is recorded, and how the run ends, after these facts. */
const run = (
  facts: ReadonlyArray<Fact>,
  {
    answer = written,
    unknown = "none",
    waits = false,
    way = "open"
  }: {
    readonly answer?: Effect.Effect<{ status: number; avisos: [] }, ServiceNowError>
    readonly unknown?: Before
    readonly waits?: boolean
    readonly way?: Way
  } = {}
) =>
  Effect.gen(function* () {
    const asked: Array<Asked> = []
    const journal = yield* Journal
    const first = yield* openCommunication(id, fold([]))
    yield* first.record(facts)
    const communication = yield* openCommunication(id, fold(facts))
    const exit = yield* writeOrHold(write, body, waits, unknown).pipe(
      Effect.provideService(Communication, communication),
      Effect.provide([vendor(asked, answer), breakers(way)]),
      Effect.exit
    )
    const recorded = (yield* journal.load(id)).slice(facts.length)
    return { asked, recorded: recorded.map(({ _tag }) => _tag), ended: Exit.isSuccess(exit), facts: recorded }
  }).pipe(Effect.provide(journalMemory(makeJournalStore())))

const away = Effect.fail(
  new ServiceNowError({
    operation: "updateCase",
    reason: new HeldBack({ reason: new NotConnected({ detail: "refused" }) }),
    attempts: 1
  })
)

describe("a write of an event, or of the close", () => {
  it.effect("SPEC 6.2: decided just now, it is sent without an intent, whatever the breaker says", () =>
    Effect.gen(function* () {
      for (const way of ["open", "shut"] as const) {
        const { asked, ended, recorded } = yield* run([opened], { way })
        assert.deepStrictEqual([asked, recorded, ended], [[{ inDoubt: false, later: false }], [], true])
      }
    })
  )

  it.effect("SPEC 6.2: left by a crashed run, it is looked for first", () =>
    Effect.gen(function* () {
      const { asked, recorded } = yield* run([opened], { unknown: "died" })
      assert.deepStrictEqual([asked, recorded], [[{ inDoubt: true, later: true }], []])
    })
  )

  for (const [what, facts, waits] of [
    ["behind another one", [opened], true],
    ["as a fact says", [opened, held], false],
    ["both", [opened, held], true]
  ] as const) {
    it.effect(`SPEC 9.2: while ServiceNow is away, nothing is recorded or sent of one that waits ${what}`, () =>
      Effect.gen(function* () {
        const { asked, ended, recorded } = yield* run(facts, { waits, way: "shut" })
        assert.deepStrictEqual([asked, recorded, ended], [[], [], false])
      })
    )

    it.effect(`SPEC 9.2: one that waits ${what} has an intent, and is not looked for: nothing was sent`, () =>
      Effect.gen(function* () {
        const { asked, recorded } = yield* run(facts, { waits, unknown: "died" })
        assert.deepStrictEqual([asked, recorded], [[{ inDoubt: false, later: true }], ["WriteIntended"]])
      })
    )
  }

  it.effect("SPEC 6.2, 9.2: one that may have been sent is looked for until then", () =>
    Effect.gen(function* () {
      const { asked } = yield* run([opened, { ...held, appearsUntil: 500 }])
      assert.deepStrictEqual(asked, [{ inDoubt: true, later: true, appearsUntil: 500 }])
    })
  )

  it.effect("SPEC 6.2, 9.2: one that was begun again is looked for, as long as the wait before said", () =>
    Effect.gen(function* () {
      const { asked } = yield* run([opened, { ...held, appearsUntil: 500 }, begun])
      assert.deepStrictEqual(asked, [{ inDoubt: true, later: true, intendedAt: 0, appearsUntil: 500 }])
    })
  )

  it.effect("SPEC 9.2: ServiceNow is away: it is held, with the attempts of all its runs", () =>
    Effect.gen(function* () {
      const { ended, facts } = yield* run([opened, held], { answer: away })
      assert.isFalse(ended)
      assert.deepInclude(facts.at(-1), { _tag: "Held", step: "close", vendor: "servicenow", attempts: 3 })
    })
  )
})

describe("the outcome's note, left by a crashed run", () => {
  const settled: Fact = { _tag: "DispatchSettled", at: 1, attempt: 1, outcome: "sent", response: { status: 200 } }
  const failed = { status: 503, erro: { codigo: "HTTP_503", detalhe: "x", tentativas: 1 } }
  const noted: Fact = { _tag: "OutcomeNoted", at: 2, request: body, written: false, response: failed, avisos: [] }

  for (const [what, before, isForeign] of [
    ["the dispatch was not over when this process took over: it is its own", [opened], false],
    ["it had no outcome when this process took over: it may be another one's", [opened, settled], true],
    ["it had an outcome when this process took over: the try is its own", [opened, settled, noted], false]
  ] as const) {
    it.effect(`SPEC 4.3, 6.2, DESIGN Ownership: ${what}`, () =>
      Effect.gen(function* () {
        const asked: Array<Asked> = []
        const facts = [opened, settled, noted]
        const communication = yield* openCommunication(id, fold(facts), { inherited: fold(before) })
        yield* updateCase({ of: "outcome" }, body, "died").pipe(
          Effect.provideService(Communication, communication),
          Effect.provide(vendor(asked, written))
        )
        assert.deepStrictEqual(asked, [{ inDoubt: true, later: true, ...(isForeign && { intendedAt: 0 }) }])
      }).pipe(Effect.provide(journalMemory(makeJournalStore())))
    )
  }
})
