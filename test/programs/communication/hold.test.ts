import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"

import type { Fact, FactOf } from "../../../src/domain/communication/Fact.ts"
import { fold } from "../../../src/domain/communication/State.ts"
import { CorrelationId } from "../../../src/domain/record/Origin.ts"
import { journalMemory } from "../../../src/layers/journal/memory/JournalMemory.ts"
import { makeJournalStore } from "../../../src/layers/journal/memory/store.ts"
import { CaseUpdates } from "../../../src/programs/communication/CaseUpdates.ts"
import { Communication, openCommunication } from "../../../src/programs/communication/Communication.ts"
import { givenUpAt, recordWait, type Wait } from "../../../src/programs/communication/hold.ts"
import { updateCase } from "../../../src/programs/communication/updateCase.ts"
import { Journal } from "../../../src/services/Journal.ts"
import { ServiceNow } from "../../../src/services/ServiceNow.ts"
import { journey, outbound } from "../../domain/outbound/records.ts"
import { SettingsTest } from "../../support/settings.ts"

const id = CorrelationId.make("j|c|1")

const waited: Wait = {
  step: "case",
  vendor: "servicenow",
  reason: "HTTP 503",
  attempts: 1,
  until: 1000,
  appearsUntil: 500
}
const { appearsUntil: _, ...withoutDoubt } = waited
const { vendor: __, ...withoutVendor } = waited

const held: Fact = { _tag: "Held", at: 1, ...waited }
const begun: Fact = { _tag: "CaseIntended", at: 2, body: {} }
const caseOpened: Fact = {
  _tag: "CaseOpened",
  at: 0,
  sysId: "s",
  number: "CS1",
  response: { status: 201 },
  avisos: []
}
const remembered: FactOf<"WriteIntended"> = { _tag: "WriteIntended", at: 3, write: "outcome" }

/** The facts that the wait of the next run writes after these. */
const written = (facts: ReadonlyArray<Fact>, wait: Wait, remember: ReadonlyArray<Fact> = []) =>
  Effect.gen(function* () {
    const journal = yield* Journal
    const first = yield* openCommunication(id, fold([]))
    yield* first.record(facts)
    const communication = yield* openCommunication(id, fold(facts))
    yield* Effect.forEach(remember, communication.remember)
    yield* Effect.provideService(recordWait(wait), Communication, communication)
    return (yield* journal.load(id)).slice(facts.length)
  }).pipe(Effect.provide(journalMemory(makeJournalStore())))

describe("a step waits", () => {
  it.effect("SPEC 9.2: a run that finds its wait as the last run left it writes nothing about it", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* written([held], waited), [])
      assert.deepStrictEqual(yield* written([held], { ...waited, reason: "HTTP 502" }), [])
      assert.deepStrictEqual(yield* written([held], waited, [remembered]), [remembered])
    })
  )

  const news: Readonly<Record<string, Wait>> = {
    "the number of its attempts": { ...waited, attempts: 2 },
    "its end": { ...waited, until: 2000 },
    "its doubt": { ...waited, appearsUntil: 700 },
    "the end of its doubt": withoutDoubt,
    "its vendor": withoutVendor,
    "that its attempts are used up": { ...waited, exhausted: true },
    "its step": { ...waited, step: "outcome" }
  }
  for (const [name, wait] of Object.entries(news)) {
    it.effect(`SPEC 9.2: a wait is durable when only ${name} is new`, () =>
      Effect.gen(function* () {
        const fact: Fact = { _tag: "Held", at: 0, ...wait }
        assert.deepStrictEqual(yield* written([held], wait), [fact])
        assert.deepStrictEqual(yield* written([held], wait, [remembered]), [remembered, fact])
      })
    )
  }

  it.effect(
    "SPEC 9.2, 9.1: a step that was begun and waits as before is held again, so that its intent leaves no doubt",
    () =>
      Effect.gen(function* () {
        const facts = [{ ...held, appearsUntil: 500 }, begun]
        assert.isDefined(fold(facts).caseIntent)
        const added = yield* written([{ _tag: "Held", at: 1, ...withoutDoubt }, begun], withoutDoubt)
        assert.deepStrictEqual(added, [{ _tag: "Held", at: 0, ...withoutDoubt }])
        assert.isUndefined(fold([...facts, ...added]).caseIntent)
      })
  )

  it.effect("SPEC 9.2, 6.2: a write begun by a crashed run is looked for as long as the wait before it said", () =>
    Effect.gen(function* () {
      const asked: Array<number | undefined> = []
      const vendor = Layer.mock(CaseUpdates)({
        updateCase: ({ appearsUntil }) =>
          Effect.as(
            Effect.sync(() => asked.push(appearsUntil)),
            { status: 200, avisos: [] }
          )
      })
      const facts: ReadonlyArray<Fact> = [caseOpened, { _tag: "Held", at: 1, ...waited, step: "outcome" }, remembered]
      const communication = yield* openCommunication(id, fold(facts))
      yield* updateCase({ of: "outcome" }, { work_notes: "note" }, "died").pipe(
        Effect.provideService(Communication, communication),
        Effect.provide([vendor, Layer.mock(ServiceNow)({}), SettingsTest({})])
      )
      assert.deepStrictEqual(asked, [500])
    }).pipe(Effect.provide(journalMemory(makeJournalStore())))
  )
})

describe("when a step is given up", () => {
  const maxWait = 1000
  const origin = { topic: "t", partition: 0, offset: 0 }
  const waitsSince = -200
  /** When a step is given up whose record waited, or that was held, before. The clock is at 0. */
  const endOf = (
    step: "case" | "dispatch",
    channels: ReadonlyArray<string>,
    recordWaited: boolean,
    isHeld: boolean
  ) => {
    const order = outbound({ cod_canais: channels })
    const accepted: Fact = { _tag: "Accepted", at: 0, origin, order, ...(recordWaited && { waitsSince }) }
    const held: Fact = { _tag: "Held", at: -100, step, vendor: "weni", reason: "HTTP 503", attempts: 0 }
    return Effect.flatMap(openCommunication(id, fold([accepted, ...(isHeld ? [held] : [])])), (communication) =>
      Effect.provideService(givenUpAt(step, order, journey()), Communication, communication)
    ).pipe(Effect.provide([journalMemory(makeJournalStore()), SettingsTest({ breaker: { maxWait } })]))
  }
  const both = ["whatsapp", "itsm"]

  for (const [what, step, channels, recordWaited, isHeld, expected] of [
    ["the Case, from now", "case", both, false, false, 1000],
    ["the Case, from when it was held", "case", both, false, true, 900],
    ["the Case, from when its record was held back", "case", both, true, true, 800],
    ["a message after a Case, from now", "dispatch", both, true, false, 1000],
    ["a message after a Case, from when it was held", "dispatch", both, true, true, 900],
    ["a message alone, from when its record was held back", "dispatch", ["whatsapp"], true, true, 800]
  ] as const) {
    it.effect(`SPEC 9.2: BREAKER_MAX_WAIT counts for ${what}`, () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* endOf(step, channels, recordWaited, isHeld), expected)
      })
    )
  }
})
