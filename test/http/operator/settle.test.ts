import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import { auditCommand } from "../../../src/cli/audit.ts"
import { settleCommand } from "../../../src/cli/settle.ts"
import { originKey } from "../../../src/domain/record/Origin.ts"
import type { Audit } from "../../../src/programs/upkeep/audit.ts"
import { runCommand } from "../../cli/runCommand.ts"
import { record } from "../../domain/outbound/records.ts"
import { operatorWith, serveOperators } from "../../support/operatorHttp.ts"
import { runningWorld } from "../../support/scene.ts"

const token = "ana-token-0123456789"
const operators = [operatorWith("ana", token, ["operator"])]

/** A service that has passed six records, of which 1, 3 and 4 have no ending. */
const losingWorld = Effect.fnUntraced(function* () {
  const world = yield* runningWorld()
  const { in: topic } = world.settings.topics
  yield* TestClock.adjust("10 seconds")
  for (let count = 0; count < 6; count++) yield* world.produce(record({ cod_canais: ["sms"] }), { partition: 0 })
  yield* world.until(Effect.map(world.committed, ([committed]) => committed === 6))
  for (const offset of [1, 3, 4]) world.store.records.delete(originKey({ topic, partition: 0, offset }))
  const ask = yield* serveOperators(world, { operators })
  const settle = (fields: object) =>
    ask("/api/audit/settle", { token, body: { topic, partition: 0, reason: "o produtor enviou de novo", ...fields } })
  const missing = Effect.map(ask("/api/audit", { token }), ({ body }) => {
    const { topics, unaccounted } = body as Audit
    return { unaccounted, missing: topics.find((it) => it.topic === topic && it.partition === 0)?.missing }
  })
  return { world, ask, settle, missing, topic }
})

describe("records without an ending that somebody has dealt with", () => {
  it.effect("SPEC 9.7: are no longer counted, and the trail says who settled them and why", () =>
    Effect.gen(function* () {
      const { missing, settle, topic, world } = yield* losingWorld()
      const settled = yield* settle({ first: 3, last: 4 })
      assert.strictEqual(settled.status, 200)
      assert.deepInclude(settled.body, { unaccounted: 1 })
      assert.deepStrictEqual(yield* missing, { unaccounted: 1, missing: [{ first: 1, last: 1 }] })
      const [entry] = [...world.store.operations.values()]
      assert.deepInclude(entry?.operation, {
        action: "settle",
        by: "ana",
        reason: "o produtor enviou de novo",
        target: `${topic}/0/3`,
        state: "done",
        total: 2
      })
    })
  )

  it.effect.each([
    ["an ending", { first: 2, last: 2 }],
    ["an ending in between", { first: 1, last: 4 }],
    ["not been passed", { first: 6, last: 6 }],
    ["been passed in no such log", { first: 1, last: 1, generation: 2 }],
    ["been passed in no such topic", { topic: "alheio", first: 1, last: 1 }]
  ] as const)("SPEC 9.7: a record that has %s cannot be settled", ([, offsets]) =>
    Effect.gen(function* () {
      const { missing, settle, world } = yield* losingWorld()
      const { body, status } = yield* settle(offsets)
      assert.strictEqual(status, 409)
      assert.deepInclude(body, { detail: "NotMissing" })
      assert.strictEqual((yield* missing).unaccounted, 3)
      assert.strictEqual(world.store.operations.size, 0)
    })
  )

  it.effect("CONTRACT ctx settle: takes the place as ctx audit names it", () =>
    Effect.gen(function* () {
      const { ask, topic } = yield* losingWorld()
      const environment = { CTX_URL: `http://127.0.0.1:${ask.port}`, OPERATOR_TOKEN: token }
      const before = yield* runCommand(auditCommand, [], environment)
      assert.include(before.out, `UNACCOUNTED: ${topic}/0 offsets 3 to 4, still in Kafka`)
      const settled = yield* runCommand(settleCommand, [`${topic}/0/3-4`, "--reason", "enviados de novo"], environment)
      assert.notInclude(settled.out, "offsets 3 to 4")
      assert.include(settled.out, "1 records unaccounted for")
      const wrong = yield* runCommand(settleCommand, [`${topic}/0`, "--reason", "x"], environment)
      assert.strictEqual(wrong.tag, "WrongUse")
      const twice = yield* runCommand(settleCommand, [`${topic}/0/3-4`, "--reason", "x"], environment)
      assert.strictEqual(twice.tag, "ProblemFound")
    })
  )
})
