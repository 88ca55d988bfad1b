import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { makeWorld, type WorldOptions } from "../../support/World.ts"
import {
  caseOf,
  humanGroup,
  openedElsewhere,
  patchesOf,
  peopleChange,
  reply,
  responsesTo,
  sentWorld,
  told
} from "../inbound/scene.ts"

const cancelled = { work_notes: "Fechamento agendado cancelado: caso alterado pelo atendimento." }
const at = Date.parse("2025-10-01T10:59:30Z")
const ourGroup = "0123456789abcdef0123456789abcdef"
const withGroup: WorldOptions = { at, settings: { serviceNow: { assignmentGroup: ourGroup, humanGroup } } }

const changes: Readonly<Record<string, readonly [options: WorldOptions, fields: Json]>> = {
  "its state": [{ at }, { state: 18 }],
  "its state, to Resolved": [{ at }, { state: 6 }],
  "its group": [withGroup, { assignment_group: humanGroup }],
  "its group, taken away": [withGroup, { assignment_group: "" }],
  "its group, where we set none": [{ at }, { assignment_group: humanGroup }]
}

describe("a scheduled close of a Case that people have changed", () => {
  for (const [name, [options, fields]] of Object.entries(changes)) {
    it.effect(`SPEC 8.8: ${name}: only a note, and the fechamento response shows it`, () =>
      Effect.gen(function* () {
        const world = yield* sentWorld(options)
        yield* told(world, reply("SIM"))
        yield* peopleChange(world, fields)
        const before = (yield* caseOf(world)).fields
        yield* world.responded(3)
        const [response] = yield* responsesTo(world, "fechamento")
        assert.strictEqual(response?.response_status, "success")
        assert.deepStrictEqual(response?.resultados, {
          itsm: { status: "success", request: cancelled, response: { status: 200 } }
        })
        const { fields: after, notes } = yield* caseOf(world)
        assert.deepStrictEqual(
          [after.state, after.assignment_group, after.close_notes],
          [before.state, before.assignment_group, before.close_notes]
        )
        assert.strictEqual(notes.at(-1), cancelled.work_notes)
        yield* TestClock.adjust("2 minutes")
        assert.lengthOf(yield* responsesTo(world, "fechamento"), 1)
      })
    )
  }

  it.effect("SPEC 8.8: a group that the instance's own rules assigned before the answer is not a takeover", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld({ at })
      yield* peopleChange(world, { assignment_group: ourGroup })
      yield* told(world, reply("SIM"))
      yield* world.responded(3)
      assert.strictEqual((yield* caseOf(world)).fields.state, "6")
    })
  )

  it.effect("SPEC 8.8: other changes do not matter", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld(withGroup)
      yield* told(world, reply("SIM"))
      yield* peopleChange(world, { priority: 1, comments: "Olá", work_notes: "Vi." })
      yield* world.responded(3)
      assert.strictEqual((yield* caseOf(world)).fields.state, "6")
    })
  )

  it.effect("SPEC 8.8, 8.9: a close that was cancelled resolved nothing: NÃO leaves close_notes alone", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld({ at })
      yield* told(world, reply("SIM"))
      yield* peopleChange(world, { state: 18 })
      yield* world.responded(3)
      yield* told(world, reply("NÃO"))
      assert.notProperty((yield* patchesOf(world)).at(-1), "close_notes")
    })
  )

  const adopted = Effect.fnUntraced(function* (fields: Json) {
    const world = yield* makeWorld({ at })
    const { number } = yield* openedElsewhere(world, {
      u_id_correlacao: "pedido_entregue_amanha|c|1",
      state: 18,
      assignment_group: ourGroup
    })
    yield* world.start
    yield* told(world, reply("SIM", { context: { id_case: number } }))
    yield* peopleChange(world, fields)
    yield* world.responded(2)
    return (yield* caseOf(world)).fields
  })

  it.effect("SPEC 8.2, 8.8: an adopted Case is closed if it has not changed since", () =>
    Effect.gen(function* () {
      const fields = yield* adopted({ priority: 1 })
      assert.deepStrictEqual([fields.state, fields.close_notes], ["6", "Cliente confirmou a entrega. Caso encerrado."])
    })
  )

  it.effect("SPEC 8.2, 8.8: an adopted Case that has changed since is not", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* adopted({ assignment_group: humanGroup })).state, "18")
    })
  )
})
