import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"

import type { Decision } from "../../../src/domain/communication/Decision.ts"
import { decideIn } from "../../support/operator.ts"
import { asked, fixtureId } from "../../support/scene.ts"
import { atEachBoundary, crashAt } from "../crash/crashAt.ts"
import { caseOf, counted, event, told } from "../inbound/scene.ts"
import {
  accepted,
  quiet,
  refused,
  repeatOf,
  reported,
  settled,
  stoppedWorld,
  supersededWorld,
  unavailable,
  viewOf
} from "./stoppedWorld.ts"

describe("a late answer that settles a doubt", () => {
  const failure = /^Falha no envio do WhatsApp: /
  const success = /^WhatsApp enviado com sucesso /
  for (const [name, answer, status, code, note] of [
    ["200", accepted, "success", 200, success],
    ["400", refused, "failure", 400, failure],
    ["503, which is not tried again", unavailable, "failure", 503, failure]
  ] as const) {
    it.effect(`SPEC 5.3: ${name}: its note once, one more response, and a repeat gets that one`, () =>
      Effect.gen(function* () {
        const world = yield* stoppedWorld(answer)
        yield* world.resume
        yield* world.responded(2)
        yield* quiet(world)
        yield* TestClock.adjust("2 minutes")
        assert.deepStrictEqual(reported(yield* world.responses), [
          [`${fixtureId}#1`, "failure", 502, "desconhecido"],
          [`${fixtureId}#2`, status, code, undefined]
        ])
        const { notes } = yield* caseOf(world)
        assert.lengthOf(notes, 2)
        assert.match(notes[0] ?? "", /^Envio do WhatsApp sem confirmação: 502/)
        assert.match(notes[1] ?? "", note)
        assert.lengthOf(yield* world.weni.requests, 1)
        const repeat = yield* repeatOf(world)
        assert.deepStrictEqual(reported([{ ...repeat, duplicado: undefined }]), [
          [`${fixtureId}#2`, status, code, undefined]
        ])
      })
    )

    for (const decision of ["sent", "not_sent"] as const satisfies ReadonlyArray<Decision>) {
      it.effect(`SPEC 5.3: ${name}, after an operator's ${decision}: what Weni answered counts`, () =>
        Effect.gen(function* () {
          const world = yield* stoppedWorld(answer)
          yield* decideIn(world, decision)
          yield* world.responded(2)
          yield* quiet(world)
          yield* world.resume
          yield* world.responded(3)
          yield* quiet(world)
          yield* TestClock.adjust("2 minutes")
          assert.deepStrictEqual(reported(yield* world.responses), [
            [`${fixtureId}#1`, "failure", 502, "desconhecido"],
            [`${fixtureId}#2`, decision === "sent" ? "success" : "failure", 502, undefined],
            [`${fixtureId}#3`, status, code, undefined]
          ])
          const { notes } = yield* caseOf(world)
          assert.lengthOf(notes, 3)
          assert.match(notes[2] ?? "", note)
          assert.strictEqual((yield* repeatOf(world))?.id_resposta, `${fixtureId}#3`)
        })
      )
    }
  }

  it.effect("SPEC 8.6: an event that settles it has one more response, too, and a repeat gets that one", () =>
    Effect.gen(function* () {
      const world = yield* stoppedWorld(accepted)
      yield* told(world, event("entregue"))
      yield* world.responded(3)
      yield* quiet(world)
      assert.deepStrictEqual(reported(yield* world.responses), [
        [`${fixtureId}#1`, "failure", 502, "desconhecido"],
        [`${fixtureId}#3`, "success", 502, undefined]
      ])
      const { notes } = yield* caseOf(world)
      assert.deepStrictEqual(notes.slice(1), [
        "WhatsApp confirmado pelo evento entregue",
        "Mensagem entregue as 30/09/2025 12:31:02"
      ])
      assert.strictEqual((yield* repeatOf(world))?.id_resposta, `${fixtureId}#3`)
    })
  )

  it.effect("SPEC 5.3, CONTRACT GET /metrics: within seconds, and the communication is counted once", () =>
    Effect.gen(function* () {
      const world = yield* stoppedWorld(accepted)
      yield* world.resumeToRecord
      yield* world.until(Effect.map(settled(world), (all) => all.length === 2))
      const resumedAt = yield* Clock.currentTimeMillis
      yield* world.responded(2)
      assert.isAtMost((yield* Clock.currentTimeMillis) - resumedAt, 5000)
      yield* quiet(world)
      assert.deepStrictEqual(Object.values(yield* counted(world, "ctx_communications_total")), [1])
    })
  )

  it.effect("DESIGN Fence: a process that has lost its lease leaves note and response to its successor", () =>
    Effect.gen(function* () {
      const world = yield* supersededWorld(accepted)
      yield* world.resume
      const resumedAt = yield* Clock.currentTimeMillis
      yield* world.responded(2)
      assert.isAtMost((yield* Clock.currentTimeMillis) - resumedAt, 5000)
      assert.lengthOf((yield* caseOf(world)).notes, 2)
    })
  )

  it.effect("SPEC 9.3, 6.2: a crash at any boundary of what follows: one note, one response", () =>
    Effect.gen(function* () {
      const run = Effect.fnUntraced(function* (death: number) {
        const world = yield* stoppedWorld(accepted)
        yield* world.second.kill
        yield* world.resumeToRecord
        yield* world.until(Effect.map(settled(world), (all) => all.length === 2))
        const { around, count, crashed } = crashAt(death)
        const process = yield* world.startWith(around)
        const isOver = Effect.sync(() => viewOf(world)?.due === undefined && viewOf(world)?.status !== "working")
        yield* world.until(
          Effect.map(Effect.all([crashed, isOver]), (either) => either.includes(true)),
          250
        )
        yield* process.kill
        yield* world.start
        yield* world.until(isOver, 250)
        const ids = (yield* world.responses).map(({ id_resposta }) => id_resposta)
        assert.deepStrictEqual([...new Set(ids)], [`${fixtureId}#1`, `${fixtureId}#2`], `death at ${death}`)
        assert.lengthOf((yield* caseOf(world)).notes, 2, `death at ${death}`)
        return count()
      })
      yield* atEachBoundary(run, 5)
    })
  )

  it.effect("SPEC 9.3: a crash right after the answer is recorded loses neither the note nor the response", () =>
    Effect.gen(function* () {
      const world = yield* stoppedWorld(accepted)
      yield* world.second.kill
      yield* world.resumeToRecord
      yield* world.until(Effect.map(settled(world), (all) => all.length >= 2))
      yield* world.start
      yield* world.responded(2)
      yield* quiet(world)
      yield* TestClock.adjust("2 minutes")
      assert.lengthOf((yield* caseOf(world)).notes, 2)
      const ids = (yield* world.responses).map(({ id_resposta }) => id_resposta)
      assert.deepStrictEqual([...new Set(ids)], [`${fixtureId}#1`, `${fixtureId}#2`])
    })
  )
})

describe("a late answer of attempt 1, when attempt 2 was sent or refused", () => {
  for (const [name, answer] of [
    ["400", refused],
    ["503", unavailable]
  ] as const) {
    it.effect(`SPEC 5.3: ${name}: the answer to attempt 2 is what is noted and reported`, () =>
      Effect.gen(function* () {
        const world = yield* stoppedWorld(answer)
        yield* world.weni.faults.add({ kind: "slow", delayMs: 10_000 })
        yield* decideIn(world, "resend")
        yield* asked(world, world.weni, 2)
        yield* world.resume
        yield* TestClock.adjust("2 minutes")
        yield* quiet(world)
        assert.lengthOf(yield* world.weni.requests, 2)
        assert.deepStrictEqual(
          reported(yield* world.responses)
            .at(-1)
            ?.slice(1),
          ["success", 200, undefined]
        )
        assert.match((yield* caseOf(world)).notes.at(-1) ?? "", /^WhatsApp enviado com sucesso /)
      })
    )
  }

  it.effect("SPEC 5.3: attempt 2 refused for good: the answer of attempt 1 settles the doubt", () =>
    Effect.gen(function* () {
      const world = yield* stoppedWorld(accepted)
      yield* world.weni.faults.add(refused)
      yield* decideIn(world, "resend")
      yield* world.responded(2)
      yield* world.resume
      yield* world.responded(3)
      yield* quiet(world)
      assert.deepStrictEqual(reported(yield* world.responses), [
        [`${fixtureId}#1`, "failure", 502, "desconhecido"],
        [`${fixtureId}#2`, "failure", 400, "desconhecido"],
        [`${fixtureId}#3`, "success", 200, undefined]
      ])
      assert.match((yield* caseOf(world)).notes.at(-1) ?? "", /^WhatsApp enviado com sucesso /)
      assert.lengthOf(yield* world.weni.requests, 2)
    })
  )
})
