import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Admin } from "kafkajs"
import { afterEach, beforeEach, vi } from "vitest"

import { failureOf } from "../../../../src/layers/kafka/js/Admin.ts"
import { adminThatFetches, type FetchingAdmin } from "../../../../src/layers/kafka/js/fetchingAdmin.ts"
import { unreachedText, fetchRanges } from "../../../../src/layers/kafka/js/ranges.ts"

const never = new Promise<never>(() => {})

/**
 * `leaders[p]` leads partition `p`. `asked` answers requests about a partition, `refreshed` a refresh of the metadata.
 */
const adminOn = (
  asked: (partition: number) => Promise<void>,
  refreshed: () => Promise<void> = () => Promise.resolve(),
  leaders: ReadonlyArray<number> = [1, 2]
): FetchingAdmin => {
  const pool = (port: number) => ({ connectionPool: { host: "10.0.0.9", port } })
  const cluster = {
    brokerPool: { brokers: { 1: pool(9091), 2: pool(9092) } },
    addTargetTopic: () => Promise.resolve(),
    refreshMetadata: refreshed,
    refreshMetadataIfNecessary: () => Promise.resolve(),
    findTopicPartitionMetadata: () => [{ partitionId: 0 }, { partitionId: 1 }],
    findLeaderForPartitions: (_: string, partitions: ReadonlyArray<number>) =>
      Object.fromEntries(Map.groupBy(partitions, (partition) => `${leaders[partition]}`)),
    fetchTopicsOffset: async ([it]: ReadonlyArray<{
      partitions: ReadonlyArray<{ partition: number }>
      fromBeginning: boolean
    }>) => {
      const partitions = it?.partitions ?? []
      await Promise.all(partitions.map(({ partition }) => asked(partition)))
      return [{ partitions: partitions.map(({ partition }) => ({ partition, offset: it?.fromBeginning ? "3" : "7" })) }]
    },
    findBroker: () => never
  }
  return adminThatFetches(() => ({}) as Admin, Object as never)({ cluster })
}

const rangesOn = (admin: FetchingAdmin) =>
  Effect.runPromise(
    fetchRanges({ use: (ask) => Effect.tryPromise({ try: () => ask(admin), catch: failureOf }) }, ["in"])
  )

it("SPEC 9.1: for a partition that has moved, the new leader is asked, without a wait", async () => {
  const leaders = [1, 2]
  const moves = () => Promise.resolve(void (leaders[1] = 1))
  const notLeader = () => Promise.reject(new Error("not the leader"))
  const admin = adminOn((partition) => (leaders[partition] === 2 ? notLeader() : Promise.resolve()), moves, leaders)
  const { ranges, unreached } = await rangesOn(admin)
  assert.deepStrictEqual(
    ranges.map(({ partition }) => partition),
    [0, 1]
  )
  assert.deepStrictEqual(unreached, [])
})

describe("SPEC 9.1: a leader that accepts requests and answers none", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it("is given up after 4 s and named, and the others have answered", async () => {
    const found = rangesOn(adminOn((partition) => (partition === 1 ? never : Promise.resolve())))
    await vi.advanceTimersByTimeAsync(4000)
    const { ranges, unreached } = await found
    assert.deepStrictEqual(ranges, [{ topic: "in", partition: 0, earliest: 3, end: 7 }])
    assert.strictEqual(
      unreachedText(unreached),
      "in/1: broker 2 does not answer: Timeout: no answer in 4000 ms (10.0.0.9:9092)"
    )
    assert.strictEqual(vi.getTimerCount(), 0)
  })

  it("may be the one that is asked for new leaders, and delays no answer by that", async () => {
    const gone = () => Promise.reject(new Error("gone"))
    const found = rangesOn(
      adminOn(
        (partition) => (partition === 1 ? gone() : Promise.resolve()),
        () => never
      )
    )
    await vi.advanceTimersByTimeAsync(4000)
    const { ranges, unreached } = await found
    assert.deepStrictEqual(ranges, [{ topic: "in", partition: 0, earliest: 3, end: 7 }])
    assert.strictEqual(unreachedText(unreached), "in/1: broker 2 does not answer: Error: gone")
  })
})
