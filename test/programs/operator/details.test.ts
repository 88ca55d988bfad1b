import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import { summaryShown } from "../../../src/cli/show.ts"
import { maskedDetails } from "../../../src/domain/views/details.ts"
import { journalMemory } from "../../../src/layers/journal/memory/JournalMemory.ts"
import { detailsFor, idOf } from "../../../src/programs/operator/details.ts"
import { resolveDispatch } from "../../../src/programs/operator/resolveDispatch.ts"
import { Journal } from "../../../src/services/Journal.ts"
import { Settings } from "../../../src/services/Settings.ts"
import { fixtureId } from "../../support/scene.ts"
import { eventTime, type World } from "../../support/World.ts"
import { caseOf, reply, sentWorld, told } from "../inbound/scene.ts"

const found = (world: Pick<World, "store">, name: string) =>
  Effect.provide(Effect.flatMap(idOf(name, "url"), detailsFor), journalMemory(world.store))

const shown = (world: Pick<World, "store">, name: string) =>
  Effect.map(found(world, name), ({ details }) => summaryShown(details))

describe("one communication for an operator", () => {
  it.effect("CONTRACT Commands: is found by its id, its Case's number and sys_id, and a message id", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* told(world, reply("SIM"))
      const { sysId } = yield* caseOf(world)
      for (const name of [fixtureId, "CS0001005", sysId, "wamid.SIM"]) {
        assert.strictEqual((yield* shown(world, name)).id, fixtureId)
      }
      const error = yield* Effect.flip(shown(world, "CS9999999"))
      assert.strictEqual(
        error.message,
        "CS9999999: no communication has this id_correlacao, Case number, sys_id or message id"
      )
    })
  )

  it.effect("SPEC 9.8: a communication with a fact of a newer version is refused, with the fact's tag", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      const before = world.store.communications.get(fixtureId)!
      const texts = [...before.texts, JSON.stringify([{ _tag: "OfANewerVersion", at: 1 }])]
      world.store.communications.set(fixtureId, { ...before, texts })
      const message = `${fixtureId}: a newer version wrote the fact OfANewerVersion, which this version cannot read`
      assert.strictEqual((yield* Effect.flip(shown(world, fixtureId))).message, message)
      const decided = resolveDispatch(fixtureId, "sent", { reason: "Weni foi consultada" }).pipe(
        Effect.provide(journalMemory(world.store)),
        Effect.provideService(Settings, world.settings)
      )
      assert.strictEqual((yield* Effect.flip(decided)).message, message)
      assert.strictEqual(world.store.communications.get(fixtureId)?.texts.length, texts.length)
    })
  )

  it.effect(
    "SPEC 9.6: an id that holds personal data is shown masked, even if its communication is gone meanwhile",
    () =>
      Effect.gen(function* () {
        const world = yield* sentWorld()
        const gone = Effect.provide(detailsFor("pedido|joao@example.com|1"), journalMemory(world.store))
        assert.strictEqual(
          (yield* Effect.flip(gone)).message,
          "pedido|***@***|1: no communication has this id_correlacao, Case number, sys_id or message id"
        )
      })
  )

  it.effect("CONTRACT RETENTION: a deleted communication is distinguished from one that never existed", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      const journal = journalMemory(world.store)
      const facts = yield* world.facts(fixtureId)
      yield* Effect.provide(
        Journal.use((it) => it.forget([{ id: fixtureId, status: "success", number: 1, seq: facts.length }])),
        journal
      )
      const error = yield* Effect.flip(shown(world, fixtureId))
      assert.strictEqual(error.message, `${fixtureId}: deleted after RETENTION; its status was success`)
    })
  )

  it.effect("CONTRACT Commands: shows the communication, its responses, and every step with its time", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* told(world, reply("SIM"))
      const { timeline, ...summary } = yield* shown(world, "CS0001005")
      const { sysId } = yield* caseOf(world)
      assert.deepStrictEqual(summary, {
        id: fixtureId,
        journey: "pedido_entregue_amanha",
        status: "success",
        updatedAt: timeline.at(-1)?.at ?? 0,
        case: { number: "CS0001005", sysId },
        whatsapp: { outcome: "sent", attempts: 1 },
        record: {
          origin: { topic: "comunicacaoTransacional", partition: summary.record?.origin.partition ?? -1, offset: 0 },
          channels: ["whatsapp", "itsm"],
          eventTime
        },
        customer: {
          id: "550e8400-e29b-41d4-a716-446655440000",
          name: "João Silva",
          phone: "+5511999999999",
          email: "joao.silva@example.com"
        },
        waiting: [],
        events: [{ evento: "retorno_sim", at: Date.parse("2025-09-30T15:40:10Z"), text: "SIM" }],
        responses: [
          {
            id: `${fixtureId}#1`,
            evento: "comunicacao",
            status: "success",
            at: summary.responses[0]?.at ?? 0,
            acknowledged: true
          },
          {
            id: `${fixtureId}#2`,
            evento: "retorno_sim",
            status: "success",
            at: summary.responses[1]?.at ?? 0,
            acknowledged: true
          }
        ]
      })
      assert.deepStrictEqual(
        timeline.map(({ fact }) => fact),
        world
          .facts(fixtureId)
          .pipe((facts) => Effect.runSync(facts))
          .map(({ _tag }) => _tag)
      )
    })
  )

  it.effect("SPEC 8.8: a scheduled close is shown with its time", () =>
    Effect.gen(function* () {
      // 30/09/2025 21:30 in São Paulo: the desk is closed until 08:00.
      const world = yield* sentWorld({ at: Date.parse("2025-10-01T00:30:00Z") })
      yield* told(world, reply("SIM"))
      const { due, timeline, waiting } = yield* shown(world, fixtureId)
      const opening = Date.parse("2025-10-01T11:00:00Z")
      assert.deepStrictEqual([due, waiting], [opening, [{ for: "close", at: opening }]])
      assert.include(
        timeline.map(({ text }) => text),
        "customer: retorno_sim, the Case is to be closed at 01/10/2025 08:00"
      )
    })
  )

  it.effect("SPEC 9.6: nothing personal is shown unless it is asked for", () =>
    Effect.gen(function* () {
      const world = yield* sentWorld()
      yield* told(world, reply("Sim, falem com Maria no 11 98888-7777"))
      const { details, facts } = yield* found(world, fixtureId)
      const summary = summaryShown(maskedDetails(details, facts))
      assert.deepStrictEqual(summary.customer, {
        id: "550e8400-e29b-41d4-a716-446655440000",
        name: "***",
        phone: "***9999",
        email: "***"
      })
      const text = JSON.stringify(summary)
      for (const datum of ["João", "Silva", "+5511999999999", "5511999999999", "joao.silva", "Maria", "98888"]) {
        assert.notInclude(text, datum)
      }
    })
  )
})
