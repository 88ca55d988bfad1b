import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"

import type { FaultRule } from "../../../simulators/core/FaultRule.ts"
import { record } from "../../domain/outbound/records.ts"
import { decideIn } from "../../support/operator.ts"
import { channels, fixtureId, preparedWorld } from "../../support/scene.ts"
import type { Overrides } from "../../support/settings.ts"
import type { World } from "../../support/World.ts"
import { atEachBoundary, crashAt } from "../crash/crashAt.ts"
import { caseOf, event, told } from "../inbound/scene.ts"

/** The dispatch's answer never came. `accepted`: Weni still accepted the message. */
const doubtfulWorld = Effect.fnUntraced(function* (accepted: boolean, settings: Overrides = {}) {
  const world = yield* preparedWorld({ settings })
  yield* world.weni.faults.add({ kind: "timeout", when: accepted ? "after" : "before" })
  const process = yield* world.start
  yield* world.produce(record())
  yield* world.responded(1)
  return { ...world, process }
})

const acceptedOf = (world: World) => Effect.map(world.weni.accepted, (all) => all.get(fixtureId) ?? 0)

const afterTakeover = TestClock.adjust("1 minute")

describe("an operator's decision on a dispatch in doubt", () => {
  it.effect("SPEC 5.3: resend sends once more, notes it, and publishes one more response", () =>
    Effect.gen(function* () {
      const world = yield* doubtfulWorld(false)
      yield* afterTakeover
      yield* decideIn(world, "resend")
      const [first, second] = yield* world.responded(2)
      assert.strictEqual(yield* acceptedOf(world), 1)
      assert.strictEqual(channels(first).whatsapp?.response.resultado, "desconhecido")
      assert.strictEqual(second?.evento, "comunicacao")
      assert.strictEqual(second?.response_status, "success")
      assert.strictEqual(second?.id_resposta, `${fixtureId}#2`)
      assert.strictEqual(channels(second).whatsapp?.response.status, 200)
      const { notes } = yield* caseOf(world)
      assert.lengthOf(notes, 2)
      assert.match(notes[0] ?? "", /^Envio do WhatsApp sem confirmação: 504/)
      assert.match(notes[1] ?? "", /^WhatsApp enviado com sucesso /)
      assert.deepStrictEqual(world.store.communications.get(fixtureId)?.view.due, undefined)
    })
  )

  it.effect("SPEC 1.4, 5.3: a repeat gets what came of the decision", () =>
    Effect.gen(function* () {
      const world = yield* doubtfulWorld(false)
      yield* afterTakeover
      yield* decideIn(world, "resend")
      yield* world.responded(2)
      yield* world.produce(record())
      const repeat = (yield* world.responded(3)).at(-1)
      assert.strictEqual(repeat?.id_resposta, `${fixtureId}#2`)
      assert.strictEqual(repeat?.duplicado, true)
      assert.strictEqual(yield* acceptedOf(world), 1)
    })
  )

  it.effect("SPEC 5.3: a message sent again may be in doubt and be decided again; each note is there once", () =>
    Effect.gen(function* () {
      const world = yield* doubtfulWorld(false)
      yield* world.weni.faults.add({ kind: "timeout", when: "before" })
      yield* afterTakeover
      yield* decideIn(world, "resend")
      yield* world.responded(2)
      assert.strictEqual(world.store.communications.get(fixtureId)?.view.inDoubt, true)
      yield* afterTakeover
      yield* decideIn(world, "resend")
      const last = (yield* world.responded(3)).at(-1)
      assert.strictEqual(last?.response_status, "success")
      const { notes } = yield* caseOf(world)
      assert.deepStrictEqual(
        notes.map((note) => note.slice(0, 24)),
        ["Envio do WhatsApp sem co", "Envio do WhatsApp sem co", "WhatsApp enviado com suc"]
      )
    })
  )

  it.effect("SPEC 5.3, 4.6: a message sent again has RETRY_ATTEMPTS of its own", () =>
    Effect.gen(function* () {
      const world = yield* doubtfulWorld(false)
      yield* world.weni.faults.add({ kind: "status", status: 503, times: 4 })
      yield* afterTakeover
      yield* decideIn(world, "resend")
      yield* world.responded(2)
      assert.strictEqual(yield* acceptedOf(world), 1)
      assert.lengthOf(yield* world.weni.requests, 6)
    })
  )

  it.effect("SPEC 5.3: the decision waits for a process that carries it out", () =>
    Effect.gen(function* () {
      const world = yield* doubtfulWorld(false)
      yield* world.process.kill
      yield* afterTakeover
      yield* decideIn(world, "resend")
      yield* world.start
      yield* world.responded(2)
      assert.strictEqual(yield* acceptedOf(world), 1)
    })
  )

  for (const [name, second] of Object.entries({
    "": [],
    ", also where that is in doubt again, with the same note": [{ kind: "timeout", when: "before" } satisfies FaultRule]
  })) {
    it.effect(
      `SPEC 9.3, 6.2: a crash at any boundary sends it at most once more, with one note and response${name}`,
      () =>
        Effect.gen(function* () {
          const run = Effect.fnUntraced(function* (death: number) {
            const world = yield* doubtfulWorld(false)
            for (const fault of second) yield* world.weni.faults.add(fault)
            yield* world.process.stop
            yield* afterTakeover
            yield* decideIn(world, "resend")
            const { around, count, crashed } = crashAt(death)
            const process = yield* world.startWith(around)
            const done = Effect.sync(
              () =>
                world.store.communications.get(fixtureId)?.view.status !== "working" &&
                world.store.communications.get(fixtureId)?.view.due === undefined
            )
            yield* world.until(
              Effect.map(Effect.all([crashed, done]), ([dead, over]) => dead || over),
              250
            )
            yield* process.kill
            yield* world.start
            yield* world.until(done, 250)
            assert.isAtMost(yield* acceptedOf(world), 1, `death at ${death}`)
            const responses = yield* world.responses
            assert.strictEqual(new Set(responses.map(({ id_resposta }) => id_resposta)).size, 2, `death at ${death}`)
            assert.lengthOf((yield* caseOf(world)).notes, 2, `death at ${death}`)
            return count()
          })
          yield* atEachBoundary(run, 5)
        })
    )
  }

  it.effect("SPEC 5.3: resend is refused while the last attempt may be under way", () =>
    Effect.gen(function* () {
      const world = yield* doubtfulWorld(false)
      const refused = yield* Effect.flip(decideIn(world, "resend"))
      assert.strictEqual(refused.reason, "TooEarly")
      assert.match(refused.message, /resend in \d+ s$/)
      assert.lengthOf(yield* world.weni.requests, 1)
    })
  )

  /** When the doubt was recorded, and the first second since then at which `resend` is taken. */
  const takenAfter = Effect.fnUntraced(function* (world: World) {
    const doubt = (yield* world.facts(fixtureId)).find(({ _tag }) => _tag === "DispatchSettled")
    for (;;) {
      const refused = yield* Effect.flip(decideIn(world, "resend")).pipe(Effect.option)
      if (refused._tag === "None") return (yield* Clock.currentTimeMillis) - (doubt?.at ?? 0)
      yield* TestClock.adjust("1 second")
    }
  })

  it.effect("SPEC 5.3: resend waits for WENI_TIMEOUT and the takeover after an attempt whose end was seen", () =>
    Effect.gen(function* () {
      const world = yield* doubtfulWorld(false)
      assert.approximately(yield* takenAfter(world), 15_000 + 30_000, 1000)
    })
  )

  it.effect("SPEC 5.3: after a crash of its process, also for as long as the kernel may have sent", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld()
      yield* world.weni.faults.add({ kind: "timeout" })
      const process = yield* world.start
      yield* world.produce(record())
      yield* world.until(Effect.map(world.weni.requests, ({ length }) => length === 1))
      yield* process.kill
      yield* world.start
      yield* world.responded(1)
      assert.approximately(yield* takenAfter(world), 105_000 + 15_000 + 30_000, 1000)
    })
  )

  it.effect("SPEC 5.3: the attempt's own time-out counts, whatever the operator's settings say", () =>
    Effect.gen(function* () {
      const world = yield* doubtfulWorld(false, { weni: { timeout: 60_000 } })
      assert.approximately(
        yield* takenAfter({
          ...world,
          settings: { ...world.settings, weni: { ...world.settings.weni, timeout: 1000 } }
        }),
        60_000 + 30_000,
        1000
      )
    })
  )

  it.effect("SPEC 5.3, 8.6: what is not in doubt, or no longer, is refused and unchanged", () =>
    Effect.gen(function* () {
      const world = yield* doubtfulWorld(true)
      yield* told(world, event("entregue"))
      yield* afterTakeover
      assert.strictEqual((yield* Effect.flip(decideIn(world, "resend"))).reason, "NotInDoubt")
      assert.strictEqual((yield* Effect.flip(decideIn(world, "sent", { id: "nobody" }))).reason, "Unknown")
      assert.strictEqual((yield* Effect.flip(decideIn(world, "sent", { reason: " " }))).reason, "NoReason")
      assert.lengthOf(yield* world.weni.requests, 1)
    })
  )
})

describe("an operator's decision, to an actor that has just done its work", () => {
  for (const [decision, status, note] of [
    ["sent", "success", "WhatsApp confirmado pelo operador"],
    ["not_sent", "partial_success", "WhatsApp não enviado, segundo o operador"]
  ] as const) {
    it.effect(`SPEC 5.3: ${decision} settles the doubt without a message`, () =>
      Effect.gen(function* () {
        const world = yield* doubtfulWorld(true)
        yield* decideIn(world, decision)
        const [, second] = yield* world.responded(2)
        assert.strictEqual(second?.response_status, status)
        assert.strictEqual((yield* caseOf(world)).notes[1], note)
        assert.lengthOf(yield* world.weni.requests, 1)
        assert.strictEqual(world.store.communications.get(fixtureId)?.view.inDoubt, false)
      })
    )
  }
})
