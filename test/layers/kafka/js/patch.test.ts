import { createRequire } from "node:module"

import { assert, describe, it } from "@effect/vitest"
import { afterEach, beforeEach, vi } from "vitest"

import { makeBatchReader } from "../../../../src/layers/kafka/js/BatchReader.ts"
import { withPackedBatches } from "../../../../src/layers/kafka/js/fetchDecoder.ts"
import type { Undecodable } from "../../../../src/layers/kafka/js/packedBatch.ts"
import { patchKafkaJs } from "../../../../src/layers/kafka/js/patch.ts"
import { quietLogger } from "./quietLogger.ts"

const require = createRequire(import.meta.url)
patchKafkaJs()

interface Encoded {
  readonly buffer: Buffer
}
interface Message {
  readonly offset: string
  readonly value: Buffer
  readonly undecodable?: Undecodable
}

const protocol = "kafkajs/src/protocol"
const encodeBatch: (batch: object) => Promise<Encoded> = require(`${protocol}/recordBatch/v0`).RecordBatch
const encodeRecord: (record: object) => Encoded = require(`${protocol}/recordBatch/record/v0`)
const crc32C: (bytes: Buffer) => number = require(`${protocol}/recordBatch/crc32C`)
const Encoder: new () => { writeInt32(size: number): { writeBuffer(bytes: Buffer): Encoded } } = require(
  `${protocol}/encoder`
)
const Decoder: new (bytes: Buffer) => object = require(`${protocol}/decoder`)
const decodeMessages: (decoder: object) => Promise<ReadonlyArray<Message>> = require(
  `${protocol}/requests/fetch/v4/decodeMessages`
)

describe("docs/kafka.md patch 7: metadata of a topic with a partition without a leader", () => {
  for (const version of [0, 1, 2, 3, 4, 5, 6]) {
    it(`SPEC 9.5: is taken in version ${version}, and a topic that is not there is an error as before`, async () => {
      const { parse }: { parse: (data: object) => Promise<object> } = require(
        `${protocol}/requests/metadata/v${version}/response`
      )
      const partition = (partitionErrorCode: number, leader: number) => ({ partitionErrorCode, partitionId: 0, leader })
      const data = { topicMetadata: [{ topicErrorCode: 0, partitionMetadata: [partition(0, 1), partition(5, -1)] }] }
      assert.strictEqual(await parse(data), data)
      const missing = { topicMetadata: [{ topicErrorCode: 3, partitionMetadata: [] }] }
      assert.strictEqual(await parse(missing).catch(({ type }) => type), "UNKNOWN_TOPIC_OR_PARTITION")
    })
  }
})

/** Two records from `firstOffset` on, as a broker has them. */
const batch = async (firstOffset: number, compression = 1): Promise<Buffer> => {
  const records = [0, 1].map((offsetDelta) =>
    encodeRecord({ offsetDelta, key: null, value: Buffer.from(`value ${firstOffset + offsetDelta}`) })
  )
  return (await encodeBatch({ firstOffset, compression, lastOffsetDelta: 1, records })).buffer
}

const fetched = async (batches: ReadonlyArray<Buffer>) => {
  const bytes = Buffer.concat(batches)
  return decodeMessages(new Decoder(new Encoder().writeInt32(bytes.length).writeBuffer(bytes).buffer))
}

const flip = (bytes: Buffer, at: number) => bytes.writeUInt8(bytes.readUInt8(at) ^ 0xff, at)
/** Signs the bytes like a producer that damaged them itself. */
const sign = (bytes: Buffer) => bytes.writeUInt32BE(crc32C(bytes.subarray(21)), 17)

/** The records that our own consumers read. */
const taken = async (batches: ReadonlyArray<Buffer>, end: number) => {
  const messages = await withPackedBatches(() => fetched(batches))
  return makeBatchReader(1_000_000).take({ topic: "t", partition: 0, messages, from: 0, end }, 1000)
}

const damages: ReadonlyArray<readonly [string, (bytes: Buffer) => void, string | RegExp]> = [
  ["changed bytes", (bytes) => flip(bytes, bytes.length - 1), "the checksum does not match"],
  [
    "a compression that is corrupt",
    (bytes) => {
      flip(bytes, 61)
      sign(bytes)
    },
    /header/
  ],
  [
    "an unknown compression",
    (bytes) => {
      bytes.writeInt16BE(5, 21)
      sign(bytes)
    },
    "the compression 5 is not known"
  ],
  [
    "fewer records than it says",
    (bytes) => {
      bytes.writeInt32BE(3, 57)
      sign(bytes)
    },
    /./
  ]
]

describe("docs/kafka.md: what is patched inside kafkajs", () => {
  it.each(damages)("SPEC 9.5: a batch with %s affects no other, and none after it is read", async (_, damage, why) => {
    const bad = await batch(2)
    damage(bad)
    const messages = await fetched([await batch(0), bad, await batch(4)])
    const undecodable = messages.find((it) => it.undecodable !== undefined)?.undecodable
    assert.deepStrictEqual([undecodable?.firstOffset, undecodable?.lastOffset], [2, 3])
    assert.match(undecodable?.reason ?? "", why instanceof RegExp ? why : new RegExp(why))
    const own = await taken([await batch(0), bad, await batch(4)], 6)
    assert.deepStrictEqual([own.undecodable?.firstOffset, own.undecodable?.lastOffset], [2, 3])
    assert.deepStrictEqual([own.next, own.records.map(({ offset }) => offset)], [2, [0, 1]])
  })

  it("docs/kafka.md: whole batches are decoded as kafkajs does, and one that was cut off is asked for again", async () => {
    const messages = await fetched([await batch(0), await batch(2, 0), (await batch(4)).subarray(0, -1)])
    assert.deepStrictEqual(
      messages.map((it) => [it.offset, it.value.toString(), it.undecodable]),
      [0, 1, 2, 3].map((offset) => [`${offset}`, `value ${offset}`, undefined])
    )
  })

  it("docs/kafka.md: our consumers get whole batches, and other clients of the process get kafkajs's messages", async () => {
    const batches = [await batch(0), await batch(2, 0), (await batch(4)).subarray(0, -1)]
    const packed = await withPackedBatches(() => fetched(batches))
    assert.deepStrictEqual(
      packed.map((it) => it.offset),
      ["1", "3"]
    )
    const { next, records } = await taken(batches, 4)
    assert.deepStrictEqual(
      [next, records.map(({ offset, value }) => [offset, String(Buffer.from(value ?? ""))])],
      [4, [0, 1, 2, 3].map((offset) => [offset, `value ${offset}`])]
    )
  })

  it("docs/kafka.md Patch 1: a client with nothing to send sets no timer", () => {
    const queue = require("kafkajs/src/network/requestQueue").prototype
    const idle = { pending: [], throttledUntil: -1, throttleCheckTimeoutId: null }
    queue.scheduleCheckPendingRequests.call(idle)
    assert.isNull(idle.throttleCheckTimeoutId)
    const busy = { pending: [{}], throttledUntil: -1, throttleCheckTimeoutId: null }
    queue.scheduleCheckPendingRequests.call(busy)
    assert.isNotNull(busy.throttleCheckTimeoutId)
    clearTimeout(busy.throttleCheckTimeoutId ?? undefined)
  })

  it("docs/kafka.md patch 5: a connection looks once a second for overdue answers, until it is closed", () => {
    vi.useFakeTimers()
    try {
      const queue = require("kafkajs/src/network/requestQueue").prototype
      let [looks, overdue, connected] = [0, 0, true]
      const request = { sentAt: Date.now(), requestTimeout: 1500, timeoutRequest: () => overdue++ }
      const state = {
        enforceRequestTimeout: true,
        requestTimeout: 15_000,
        requestTimeoutIntervalId: null,
        inflight: new Map([[1, request]]),
        isConnected: () => ++looks > 0 && connected,
        destroy: queue.destroy
      }
      queue.scheduleRequestTimeoutCheck.call(state)
      vi.advanceTimersByTime(1999)
      assert.deepStrictEqual([looks, overdue], [1, 0])
      vi.advanceTimersByTime(1)
      assert.deepStrictEqual([looks, overdue], [2, 1])
      connected = false
      vi.advanceTimersByTime(1000)
      assert.deepStrictEqual([looks, vi.getTimerCount()], [3, 0])
    } finally {
      vi.useRealTimers()
    }
  })

  describe("SPEC 9.1: while the wall clock is an hour behind what it was", () => {
    beforeEach(() => void vi.useFakeTimers())
    afterEach(() => void vi.useRealTimers())
    const backAnHour = () => vi.setSystemTime(Date.now() - 3_600_000)

    it("a member sends its heartbeats, one at a time", async () => {
      const group = require("kafkajs/src/consumer/consumerGroup").prototype
      const events: Array<string> = []
      let [beats, answer] = [0, () => {}]
      const member = {
        groupId: "g",
        generationId: 1,
        memberId: "m",
        sessionTimeout: 7000,
        coordinator: { heartbeat: () => new Promise<void>((resolve) => void (beats++, (answer = resolve))) },
        instrumentationEmitter: { emit: (event: string) => void events.push(event) }
      }
      const beat = (): Promise<void> => group.heartbeat.call(member, { interval: 1000 })
      await beat()
      backAnHour()
      vi.advanceTimersByTime(1000)
      const both = [beat(), beat()]
      answer()
      await Promise.all(both)
      assert.deepStrictEqual([beats, events], [1, ["consumer.heartbeat"]])
      await beat()
      assert.strictEqual(beats, 1)
      vi.advanceTimersByTime(1000)
      void beat()
      assert.strictEqual(beats, 2)
    })

    it("a request is given up, and a throttled one is sent", async () => {
      const queue = require("kafkajs/src/network/requestQueue").prototype
      const SocketRequest = require("kafkajs/src/network/requestQueue/socketRequest")
      const overdue: Array<string> = []
      const request = new SocketRequest({
        requestTimeout: 1500,
        entry: { correlationId: 1, reject: ({ name }: Error) => void overdue.push(name) },
        send: () => {},
        timeout: () => {}
      })
      const state = {
        enforceRequestTimeout: true,
        requestTimeoutIntervalId: null,
        throttleCheckTimeoutId: null,
        throttledUntil: -1,
        logger: { debug: () => {} },
        pending: [{}],
        inflight: new Map([[1, request]]),
        isConnected: () => true,
        destroy: queue.destroy,
        maybeThrottle: queue.maybeThrottle,
        canSendSocketRequestImmediately: queue.canSendSocketRequestImmediately,
        checks: 0,
        checkPendingRequests() {
          this.checks++
        }
      }
      queue.scheduleRequestTimeoutCheck.call(state)
      request.send()
      state.maybeThrottle(1900)
      queue.scheduleCheckPendingRequests.call(state)
      backAnHour()
      assert.isFalse(state.canSendSocketRequestImmediately())
      vi.advanceTimersByTime(1899)
      assert.deepStrictEqual([overdue, state.checks], [[], 0])
      vi.advanceTimersByTime(101)
      assert.deepStrictEqual([overdue, state.checks], [["KafkaJSRequestTimeoutError"], 1])
      assert.isTrue(state.canSendSocketRequestImmediately())
      clearInterval(state.requestTimeoutIntervalId ?? undefined)
    })

    it("new partitions are looked for at the age that they may have", async () => {
      const pool = require("kafkajs/src/cluster/brokerPool").prototype
      let looks = 0
      const metadata = { brokers: [], topicMetadata: [{ topic: "t", partitionMetadata: [{ leader: 1 }] }] }
      const state = {
        brokers: {},
        metadata: null,
        metadataExpireAt: null as number | null,
        metadataMaxAge: 20_000,
        seedBroker: { connectionPool: { host: "h", port: 1 } },
        findConnectedBroker: async () => ({ metadata: async () => (looks++, metadata) }),
        retrier: (run: () => Promise<void>) => run(),
        refreshMetadata: pool.refreshMetadata
      }
      const look = async (topics = ["t"]) => {
        await pool.refreshMetadataIfNecessary.call(state, topics)
        return looks
      }
      assert.deepStrictEqual([await look(), await look()], [1, 1])
      backAnHour()
      vi.advanceTimersByTime(20_000)
      assert.strictEqual(await look(), 1)
      vi.advanceTimersByTime(1)
      assert.strictEqual(await look(), 2)
      assert.strictEqual(await look(["t", "another"]), 3)
      state.metadataExpireAt = null
      assert.strictEqual(await look(), 4)
      metadata.topicMetadata[0]?.partitionMetadata.push({ leader: -1 })
      state.metadataExpireAt = null
      assert.strictEqual(await look(), 5)
      vi.advanceTimersByTime(2001)
      assert.strictEqual(await look(), 6)
    })
  })

  it("docs/kafka.md Patch 2: the last broker stays known when its connection closes; one of several does not", () => {
    const pool = require("kafkajs/src/cluster/brokerPool").prototype
    const broker = (nodeId: number) => ({ nodeId, connectionPool: { host: "h", port: nodeId } })
    const brokers: Record<string, object> = { 1: broker(1), 2: broker(2) }
    const state = { brokers, seedBroker: { nodeId: 9 }, metadataExpireAt: 5 }
    pool.removeBroker.call(state, { host: "h", port: 1 })
    assert.deepStrictEqual([Object.keys(brokers), state.metadataExpireAt], [["2"], null])
    state.metadataExpireAt = 5
    pool.removeBroker.call(state, { host: "h", port: 2 })
    assert.deepStrictEqual([Object.keys(brokers), state.metadataExpireAt], [["2"], null])
  })
})

interface PooledBroker {
  nodeId: string | undefined
  readonly connectionPool: { readonly host: string; readonly port: number; rack?: string }
}

interface PoolUnderTest {
  brokers: Readonly<Record<string, PooledBroker>>
  createBroker(options: PooledBroker): PooledBroker
  createSeedBroker(): Promise<void>
  removeBroker(address: { readonly host: string; readonly port: number }): void
  refreshMetadata(topics: ReadonlyArray<string>): Promise<unknown>
}

const BrokerPool: new (options: object) => PoolUnderTest = require("kafkajs/src/cluster/brokerPool")

describe("docs/kafka.md patch 14: brokers of a client whose connections close while it refreshes its metadata", () => {
  const nodes = ["a", "b", "c"].map((host, at) => ({ nodeId: `${at + 1}`, host, port: 9092 }))

  /** A client of three brokers. Its requests for metadata are answered once `meanwhile` has run. */
  const poolOf = async () => {
    const seeds = nodes.map(({ host, port }) => ({ host, port }))
    const build = async (destination?: object) => destination ?? seeds.shift()
    const pool = new BrokerPool({ connectionPoolBuilder: { build }, logger: quietLogger, retry: { retries: 0 } })
    const meanwhile: Array<() => unknown> = []
    pool.createBroker = ({ connectionPool, nodeId }) => {
      const metadata = async () => {
        await meanwhile.shift()?.()
        return { brokers: nodes, topicMetadata: [] }
      }
      const isConnected = () => true
      const disconnect = () => Promise.resolve()
      return Object.assign({ connectionPool, nodeId }, { disconnect, isConnected, metadata })
    }
    await pool.createSeedBroker()
    return { meanwhile, pool }
  }

  const addresses = ({ brokers }: PoolUnderTest) =>
    Object.entries(brokers).map(([nodeId, broker]) => [nodeId, broker.nodeId, broker.connectionPool.host])

  const right = [
    ["1", "1", "a"],
    ["2", "2", "b"],
    ["3", "3", "c"]
  ]

  it("SPEC 9.1: each keeps its id when the seed's connection closes", async () => {
    const { meanwhile, pool } = await poolOf()
    await pool.refreshMetadata([])
    assert.deepStrictEqual(addresses(pool), right)
    meanwhile.push(() => pool.removeBroker({ host: "a", port: 9092 }))
    await pool.refreshMetadata([])
    assert.deepStrictEqual(addresses(pool), right)
  })

  it("SPEC 9.1: each keeps its id when another seed is taken from the list", async () => {
    const { meanwhile, pool } = await poolOf()
    meanwhile.push(() => pool.createSeedBroker())
    await pool.refreshMetadata([])
    assert.deepStrictEqual(addresses(pool), right)
  })
})
