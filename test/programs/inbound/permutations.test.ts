import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { caseOf, event, reply, sentWorld } from "./scene.ts"

const delivered = event("entregue")
const read = event("lida", { timestamp: "2025-09-30T15:33:00Z" })
const failed = event("falha", { message_id: "wamid.2", timestamp: "2025-09-30T15:32:00Z", code: "131026" })
const failedLast = { ...failed, timestamp: "2025-09-30T15:34:00Z" }
const yes = reply("SIM")
const no = reply("NÃO")

const timesNote = "Mensagem entregue as 30/09/2025 12:31:02 e lida as 30/09/2025 12:33:00"
const failedNote = "Falha no envio do WhatsApp: 131026"

const permutations = <A>(items: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  items.length === 0
    ? [[]]
    : items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item].concat(rest)))

const isTimes = (note: string) => note.startsWith("Mensagem ")
const isDelivery = (note: string) => isTimes(note) || note.startsWith("Falha ")

/** Each event twice: the second at once, or after all others. */
const atOnce = (events: ReadonlyArray<Json>) => events.flatMap((one) => [one, one])
const afterAll = (events: ReadonlyArray<Json>) => [...events, ...events]

const run = Effect.fnUntraced(function* (events: ReadonlyArray<Json>, lastNote: string) {
  const world = yield* sentWorld()
  yield* Effect.forEach(events, (one) => world.answer(one, { partition: 0 }))
  const responses = yield* world.responded(1 + events.length)
  const { fields, notes } = yield* caseOf(world)
  const where = events.map((one) => one.texto ?? one.evento).join(", ")
  assert.deepStrictEqual([fields.state, fields.priority, fields.close_notes ?? ""], ["10", "2", ""], where)
  assert.strictEqual(notes.findLast(isTimes), timesNote, where)
  assert.strictEqual(notes.findLast(isDelivery), lastNote, where)
  // A failure's note stands last again after times that came late; nothing else is written twice.
  const once = notes.filter((note) => note !== failedNote)
  assert.strictEqual(new Set(once).size, once.length, where)
  assert.isTrue(
    notes.every((note, index) => note !== notes[index - 1]),
    where
  )
  assert.lengthOf(
    responses.filter((response) => response.duplicado === true),
    events.length / 2
  )
  assert.strictEqual(new Set(responses.map((response) => response.id_resposta)).size, 1 + events.length / 2)
})

/** Each run has its own clock, so that the sleeps of one world do not slow the next run. */
const isolated = (events: ReadonlyArray<Json>, lastNote: string) =>
  run(events, lastNote).pipe(Effect.scoped, Effect.provide(TestClock.layer(), { local: true }))

const between = [delivered, read, failed, yes, no]
const newest = [delivered, read, failedLast, yes, no]

const sets: ReadonlyArray<readonly [name: string, doubled: typeof atOnce, events: ReadonlyArray<Json>, last: string]> =
  [
    ["a failure between delivery and reading, each twice at once", atOnce, between, timesNote],
    ["a failure between delivery and reading, all once more", afterAll, between, timesNote],
    ["a failure newer than both, all once more", afterAll, newest, failedNote]
  ]

describe("SPEC 8.5: all orders of delivered, read, failed, SIM and NÃO, with duplicates, end in the same Case", () => {
  for (const [name, doubled, events, last] of sets) {
    it.effect(name, () => Effect.forEach(permutations(events), (order) => isolated(doubled(order), last)))
  }
})
