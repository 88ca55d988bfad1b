import { assert, describe, it } from "@effect/vitest"
import { KafkaJSConnectionError } from "kafkajs"

import { failureOf } from "../../../../src/layers/kafka/js/Admin.ts"
import { askEachBroker, poolBuilderOf } from "../../../../src/layers/kafka/js/seedBrokers.ts"

class NoBroker extends Error {}

type Ask = (found: { readonly nodeId: string; readonly broker: object }) => Promise<unknown>

/** A pool of brokers of which these cannot be connected to. */
const poolOf = (nodeIds: ReadonlyArray<string>, refusing: ReadonlyArray<string>) => {
  const pool = {
    brokers: Object.fromEntries(nodeIds.map((nodeId) => [nodeId, {}])),
    findBroker: async ({ nodeId }: { readonly nodeId: string }) => {
      if (!refusing.includes(nodeId)) return {}
      throw new KafkaJSConnectionError(`Connection timeout`, { broker: `10.0.0.${nodeId}:9092` })
    },
    withBroker: async (_: Ask): Promise<unknown> => undefined
  }
  askEachBroker(pool, NoBroker)
  return pool
}

describe("docs/kafka.md: brokers that are asked for what all of them know", () => {
  it("SPEC 9.1: another one is asked where one refuses, each of them in its turn", async () => {
    const pool = poolOf(["1", "2", "3"], ["2"])
    const asked: Array<unknown> = []
    for (let times = 0; times < 4; times++) asked.push(await pool.withBroker(async ({ nodeId }) => nodeId))
    assert.deepStrictEqual(asked, ["1", "3", "3", "1"])
  })

  it("SPEC 9.1: where all of them refuse, the address that the cluster advertises is told", async () => {
    const error = await poolOf(["1"], ["1"])
      .withBroker(async () => "answer")
      .catch((error: unknown) => error)
    assert.strictEqual(failureOf(error).message, "KafkaJSConnectionError: Connection timeout (10.0.0.1:9092)")
    const answered = await poolOf(["1"], [])
      .withBroker(() => Promise.reject(new Error("no answer")))
      .catch((error: unknown) => error)
    assert.strictEqual(failureOf(answered).message, "Error: no answer")
    const none = await poolOf([], [])
      .withBroker(async () => "answer")
      .catch((error: unknown) => error)
    assert.instanceOf(none, NoBroker)
  })

  it("CONTRACT KAFKA_BROKERS: the brokers take turns, and an IPv6 address is one host", async () => {
    const built: Array<unknown> = []
    const make = () => ({ build: async (destination?: object) => ({ at: built.push(destination) }) })
    const { build } = poolBuilderOf(make)({ brokers: ["kafka:1", "[::1]:9092"] })
    for (let times = 0; times < 3; times++) await build()
    await build({ host: "advertised", port: 2, rack: "a" })
    assert.deepStrictEqual(built, [
      { host: "kafka", port: 1 },
      { host: "::1", port: 9092 },
      { host: "kafka", port: 1 },
      { host: "advertised", port: 2, rack: "a" }
    ])
  })
})
