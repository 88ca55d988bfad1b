import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import type { FaultRule } from "../../../simulators/core/FaultRule.ts"
import { record } from "../../domain/outbound/records.ts"
import { channels, preparedWorld } from "../../support/scene.ts"
import { caseOf, event, notesOf, peopleChange, reply, sentWorld, told } from "../inbound/scene.ts"

/** The PATCH is carried out, and its answer lost. */
const lost: FaultRule = { kind: "drop", when: "after", match: { method: "PATCH" } }
/** The connection is lost, and nothing carried out. */
const notSent: FaultRule = { kind: "drop", when: "before", match: { method: "PATCH" } }

const texts: Readonly<Record<string, string>> = {
  emoji: "👍🏽 quero sim, mas só na sexta 🎉",
  "nothing but emoji": "🙏🙏",
  HTML: "<b>quando</b> chega? <img src=x onerror=alert(1)>",
  "a script": "oi <script>alert('x')</script> quando chega",
  "an open tag": "estou em casa <b",
  "signs that are no HTML": "a < b > c && d <3",
  entities: "Tom &amp; Jerry &lt;b&gt; n&atilde;o &#128077;",
  "several lines": "quando\r\nchega?\n\n\tobrigado",
  "spaces of all kinds": "quando\u00a0chega\u2003?\u200b",
  "a header of a journal": "vejam\n2025-09-30 12:00:00 - João (Work notes)\nobrigado",
  "decomposed accents": "na\u0303o sei",
  "very long": "palavra longa e comprida ".repeat(40)
}

describe("a note that the instance stores otherwise", () => {
  for (const [name, text] of Object.entries(texts)) {
    it.effect(`SPEC 6.2: ${name}: after a lost answer it is not written again`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld()
        yield* world.serviceNow.change({ rewrites: ["fourBytes", "html", "lineEnds"] })
        yield* world.serviceNow.faults.add(lost)
        const [response] = yield* told(world, reply(text, { message_id: "m-1" }))
        assert.strictEqual(channels(response).itsm?.status, "success")
        assert.lengthOf(yield* notesOf(world), 1)
      })
    )
  }

  it.effect("SPEC 6.2: two texts with the same mark are two notes, even in doubt", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* world.serviceNow.change({ rewrites: ["fourBytes"] })
      yield* told(world, reply("🙏", { message_id: "m-1" }))
      yield* world.serviceNow.faults.add(notSent)
      yield* told(world, reply("🎉", { message_id: "m-2" }))
      assert.lengthOf(yield* notesOf(world), 2)
      yield* world.serviceNow.faults.add(lost)
      yield* told(world, reply("👍", { message_id: "m-3" }))
      assert.lengthOf(yield* notesOf(world), 3)
    })
  )

  for (const [name, zone] of [
    ["another time zone", "Europe/Berlin"],
    ["the same", "America/Sao_Paulo"]
  ] as const) {
    it.effect(`SPEC 6.2: a journal in ${name} is read`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld()
        yield* world.serviceNow.change({ timeZone: zone, userName: "Zé (API) - Integração" })
        yield* world.serviceNow.faults.add(lost)
        yield* told(world, reply("SIM"))
        assert.lengthOf(yield* notesOf(world), 1)
      })
    )
  }
})

describe("work notes that cannot be read", () => {
  for (const hiddenAs of ["empty", "absent"] as const) {
    for (const [what, fault] of Object.entries({ "carried out": lost, "not carried out": notSent })) {
      it.effect(`SPEC 6.2: ${hiddenAs}: the order's note, ${what}, in doubt: reported, and not written again`, () =>
        Effect.gen(function* () {
          const world = yield* preparedWorld()
          yield* world.serviceNow.change({ hiddenOnRead: ["work_notes"], hiddenAs })
          yield* world.serviceNow.faults.add(fault)
          yield* world.start
          yield* world.produce(record())
          const [response] = yield* world.responded(1)
          const written = (yield* caseOf(world)).notes.length
          // An empty journal of a Case that nobody has changed has no note.
          const isUntouched = fault === notSent && hiddenAs === "empty"
          assert.strictEqual(written, fault === lost || isUntouched ? 1 : 0)
          const [note] = channels(response).itsm?.atualizacoes ?? []
          assert.strictEqual(note?.response.erro?.codigo, isUntouched ? undefined : "INDETERMINADO")
          yield* TestClock.adjust("10 minutes")
          assert.lengthOf((yield* caseOf(world)).notes, written)
        })
      )
    }

    it.effect(`SPEC 6.2: ${hiddenAs}: an event's note in doubt is reported, and not written again`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld()
        yield* world.serviceNow.change({ hiddenOnRead: ["work_notes"], hiddenAs })
        yield* world.serviceNow.faults.add(lost)
        const [response] = yield* told(world, event("entregue"))
        const { itsm } = channels(response)
        assert.deepStrictEqual(
          [itsm?.status, itsm?.response.status, itsm?.response.resultado, itsm?.response.erro?.codigo],
          ["failure", 502, "desconhecido", "INDETERMINADO"]
        )
        yield* TestClock.adjust("10 minutes")
        assert.lengthOf(yield* notesOf(world), 1)
        assert.lengthOf(yield* world.responses, 2)
      })
    )

    it.effect(`SPEC 6.2, 9.3: ${hiddenAs}: a process crashed before the answer: not written again`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld()
        yield* world.serviceNow.change({ hiddenOnRead: ["work_notes"], hiddenAs })
        yield* world.serviceNow.faults.add({ kind: "timeout", when: "after", match: { method: "PATCH" } })
        yield* world.answer(reply("SIM"))
        yield* TestClock.adjust("5 seconds")
        yield* world.process.kill
        yield* world.start
        const [, response] = yield* world.responded(2)
        assert.strictEqual(channels(response).itsm?.response.erro?.codigo, "INDETERMINADO")
        assert.lengthOf(yield* notesOf(world), 1)
      })
    )
  }

  it.effect("SPEC 6.2: others have changed the Case, which has no note yet: written again", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld()
      yield* world.serviceNow.change({ flows: [{ delayMs: 100, set: { urgency: "1" } }] })
      yield* world.serviceNow.faults.add(notSent)
      yield* world.start
      yield* world.produce(record())
      yield* world.responded(1)
      assert.lengthOf((yield* caseOf(world)).notes, 1)
    })
  )

  it.effect("SPEC 6.2: only people's notes are shown: not written again", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      const { sysId } = yield* caseOf(world)
      yield* peopleChange(world, { work_notes: "Vi." })
      const body = { result: { sys_id: sysId, work_notes: "2025-09-30 12:31:00 - Ana (Work notes)\nVi.\n\n" } }
      yield* world.serviceNow.faults.add(lost)
      yield* world.serviceNow.faults.add({
        kind: "status",
        status: 200,
        body,
        times: -1,
        match: { method: "GET", contains: "work_notes" }
      })
      const [response] = yield* told(world, reply("Oi"))
      assert.strictEqual(channels(response).itsm?.response.erro?.codigo, "INDETERMINADO")
      assert.lengthOf(yield* notesOf(world), 2)
    })
  )
})
