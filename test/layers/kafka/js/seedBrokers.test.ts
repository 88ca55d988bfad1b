import { assert, describe, it } from "@effect/vitest"
import { KafkaJSConnectionError } from "kafkajs"
import { afterEach, beforeEach, vi } from "vitest"

import { failureOf } from "../../../../src/layers/kafka/js/Admin.ts"
import { askEachBroker, poolBuilderOf, refreshByEachBroker } from "../../../../src/layers/kafka/js/seedBrokers.ts"

class NoBroker extends Error {}

type Ask = (found: { readonly nodeId: string; readonly broker: ReturnType<typeof brokerOf> }) => Promise<unknown>

const never = new Promise<never>(() => {})

/** A broker that answers with its address, unless it is silent. */
const brokerOf = (nodeId: string, isSilent = false) => {
  const answer = (): Promise<object> => (isSilent ? never : Promise.resolve({ by: nodeId }))
  return { brokerAddress: `10.0.0.${nodeId}:9092`, metadata: answer, findGroupCoordinator: answer }
}

/** A pool of brokers, of which the `refusing` ones cannot be connected to. */
const poolOf = (
  nodeIds: ReadonlyArray<string>,
  refusing: ReadonlyArray<string>,
  silent: ReadonlyArray<string> = []
) => {
  const pool = {
    brokers: Object.fromEntries(nodeIds.map((nodeId) => [nodeId, brokerOf(nodeId, silent.includes(nodeId))])),
    findBroker: async ({ nodeId }: { readonly nodeId: string }) => {
      const broker = pool.brokers[nodeId]
      if (broker !== undefined && !refusing.includes(nodeId)) return broker
      throw new KafkaJSConnectionError(`Connection timeout`, { broker: `10.0.0.${nodeId}:9092` })
    },
    withBroker: async (_: Ask): Promise<unknown> => undefined
  }
  askEachBroker(pool, NoBroker)
  return pool
}

describe("docs/kafka.md: brokers that are asked for what all of them know", () => {
  it("SPEC 9.1: if one refuses, another one is asked, each in its turn", async () => {
    const pool = poolOf(["1", "2", "3"], ["2"])
    const asked: Array<unknown> = []
    for (let times = 0; times < 4; times++) asked.push(await pool.withBroker(async ({ nodeId }) => nodeId))
    assert.deepStrictEqual(asked, ["1", "3", "3", "1"])
  })

  it("SPEC 9.1: if all of them refuse, the error names the address that the cluster advertises", async () => {
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

  it("CONTRACT KAFKA_BROKERS: a new client does not begin with the address that has failed", async () => {
    const built: Array<unknown> = []
    const make = () => ({ build: async (destination?: object) => ({ at: built.push(destination) }) })
    const list = { brokers: ["one:1", "two:2", "three:3"] }
    const [first, second] = [poolBuilderOf(make)(list), poolBuilderOf(make)(list)]
    await first.build()
    await second.build()
    await first.build()
    await second.build()
    await poolBuilderOf(make)(list).build()
    const [one, two] = [
      { host: "one", port: 1 },
      { host: "two", port: 2 }
    ]
    assert.deepStrictEqual(built, [one, one, two, two, two])
  })

  describe("SPEC 9.1: a broker that accepts requests and answers none has 5 s", () => {
    beforeEach(() => void vi.useFakeTimers())
    afterEach(() => void vi.useRealTimers())

    for (const request of ["metadata", "findGroupCoordinator"] as const) {
      it(`then another one is asked for what all of them know (${request})`, async () => {
        const found = poolOf(["1", "2"], [], ["1"]).withBroker(({ broker }) => broker[request]())
        await vi.advanceTimersByTimeAsync(5000)
        assert.deepStrictEqual(await found, { by: "2" })
      })
    }

    it("then another one is asked for the metadata", async () => {
      const asked: Array<object> = []
      const pool = {
        brokers: { "1": brokerOf("1", true), "2": brokerOf("2") },
        seedBroker: brokerOf("1", true),
        findBroker: async ({ nodeId }: { readonly nodeId: string }) => brokerOf(nodeId),
        findConnectedBroker: async (): Promise<ReturnType<typeof brokerOf>> => pool.brokers["1"],
        async refreshMetadata(_: ReadonlyArray<string>): Promise<unknown> {
          return asked.push(await (await this.findConnectedBroker()).metadata())
        }
      }
      refreshByEachBroker(pool)
      const refreshed = pool.refreshMetadata([])
      await vi.advanceTimersByTimeAsync(5000)
      await refreshed
      assert.deepStrictEqual([asked, vi.getTimerCount()], [[{ by: "2" }], 0])
    })
  })
})
