import { createRequire } from "node:module"

import type { KafkaMessage, Kafka } from "kafkajs"

import { createSendMessages } from "./sendMessages.ts"

/** Stands in for a record batch that cannot be read, as one message at its last offset. */
export interface Undecodable {
  readonly firstOffset: number
  readonly lastOffset: number
  /** Contains nothing of the bytes. */
  readonly reason: string
}

/** The reader with which kafkajs decodes a fetch response. */
interface FetchDecoder {
  readonly buffer: Buffer
  offset: number
}

/** kafkajs's decoder of one record batch, and the checksum function whose result kafkajs does not compare. */
type DecodeBatch = (decoder: FetchDecoder) => Promise<{ readonly records: ReadonlyArray<object> }>
type Checksum = (bytes: Buffer) => number

// Byte positions of the fields that are read here, in a batch of magic 2 (Kafka's `DefaultRecordBatch`).
const LENGTH = 8
const AFTER_LENGTH = 12
const CHECKSUM = 17
const ATTRIBUTES = 21
const LAST_OFFSET_DELTA = 23

const CODEC = 0x07
const ZSTD = 4

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

/**
 * Decodes one record batch. Returns `Undecodable` in its place if the bytes are damaged or the compression is unknown,
 * because kafkajs would fail the whole fetch, with all partitions of the broker, again and again.
 */
const decodeBatch =
  (decode: DecodeBatch, checksum: Checksum): DecodeBatch =>
  async (decoder) => {
    const { buffer, offset: start } = decoder
    const end = start + AFTER_LENGTH + buffer.readInt32BE(start + LENGTH)
    // The response was full, so the batch is cut off. kafkajs recognises that and fetches it again.
    if (end > buffer.length) return decode(decoder)
    try {
      const covered = buffer.subarray(start + ATTRIBUTES, end)
      if (checksum(covered) !== buffer.readUInt32BE(start + CHECKSUM)) throw new Error("the checksum does not match")
      const codec = buffer.readInt16BE(start + ATTRIBUTES) & CODEC
      if (codec > ZSTD) throw new Error(`the compression ${codec} is not known`)
      return await decode(decoder)
    } catch (error) {
      decoder.offset = end
      const firstOffset = Number(buffer.readBigInt64BE(start))
      const lastOffset = firstOffset + buffer.readInt32BE(start + LAST_OFFSET_DELTA)
      const undecodable: Undecodable = { firstOffset, lastOffset, reason: reasonOf(error) }
      return { records: [{ offset: String(lastOffset), batchContext: {}, undecodable }] }
    }
  }

/** Returns the messages of a batch up to the first part that cannot be read, and that part. */
export const readable = (
  messages: ReadonlyArray<KafkaMessage & { readonly undecodable?: Undecodable }>
): { readonly messages: ReadonlyArray<KafkaMessage>; readonly undecodable: Undecodable | undefined } => {
  const at = messages.findIndex((it) => it.undecodable !== undefined)
  return at < 0
    ? { messages, undecodable: undefined }
    : { messages: messages.slice(0, at), undecodable: messages[at]?.undecodable }
}

interface InflightRequest {
  readonly sentAt: number
  readonly requestTimeout: number
  timeoutRequest(): void
}

interface RequestQueue {
  readonly pending: ReadonlyArray<unknown>
  readonly inflight: ReadonlyMap<number, InflightRequest>
  readonly enforceRequestTimeout: boolean
  requestTimeoutIntervalId: NodeJS.Timeout | null
  scheduleCheckPendingRequests(): void
  scheduleRequestTimeoutCheck(): void
  isConnected(): boolean
  destroy(): void
}

interface BrokerPool {
  readonly brokers: Readonly<Record<string, unknown>>
  metadataExpireAt: number | null
  removeBroker(broker: { readonly host: string; readonly port: number }): void
}

interface Partition {
  readonly topic: string
  readonly partition: number
}

interface Offsets {
  readonly topic: string
  readonly partitions: ReadonlyArray<{ readonly partition: number; readonly offset?: string }>
  readonly fromBeginning?: boolean
}

interface OffsetManager {
  readonly cluster: { fetchTopicsOffset(topics: ReadonlyArray<Offsets>): Promise<ReadonlyArray<Offsets>> }
  commitOffsets(offsets: { readonly topics: ReadonlyArray<Offsets> }): Promise<void>
  clearOffsets(partition: Partition): void
  setDefaultOffset(partition: Partition): Promise<void>
}

const require = createRequire(import.meta.url)

/** An idle client spins on negative timeouts (4.7 % of a core). Schedules the check only if a request is pending. */
const scheduleIfPending = (queue: RequestQueue): void => {
  const original = queue.scheduleCheckPendingRequests
  queue.scheduleCheckPendingRequests = function () {
    if (this.pending.length > 0) original.call(this)
  }
}

/**
 * Each connection checks ten times a second whether an answer is overdue (0.3 % of a core for an idle service). Once a
 * second is soon enough for requests that wait 15 s and more.
 */
const checkOverdueEachSecond = (queue: RequestQueue): void => {
  queue.scheduleRequestTimeoutCheck = function () {
    if (!this.enforceRequestTimeout) return
    this.destroy()
    this.requestTimeoutIntervalId = setInterval(() => {
      for (const request of this.inflight.values()) {
        if (Date.now() - request.sentAt > request.requestTimeout) request.timeoutRequest()
      }
      if (!this.isConnected()) this.destroy()
    }, 1000)
  }
}

/** A closed connection removes the last known broker from the pool: "No broker available", a crash, 15 s of nothing. */
const keepLastBroker = (pool: BrokerPool): void => {
  const remove = pool.removeBroker
  pool.removeBroker = function (broker) {
    if (Object.keys(this.brokers).length > 1) remove.call(this, broker)
    else this.metadataExpireAt = null
  }
}

/**
 * For a position out of range, kafkajs commits -2, which the broker returns as no offset at all. A restart would then
 * apply `KAFKA_START_AT=latest` again and skip the records in between.
 */
const commitEarliest = (manager: OffsetManager): void => {
  manager.setDefaultOffset = async function ({ topic, partition }) {
    const earliest = await this.cluster.fetchTopicsOffset([{ topic, partitions: [{ partition }], fromBeginning: true }])
    await this.commitOffsets({ topics: earliest })
    this.clearOffsets({ topic, partition })
  }
}

interface Metadata {
  readonly topicMetadata: ReadonlyArray<{
    readonly topicErrorCode: number
    readonly partitionMetadata: ReadonlyArray<{ readonly leader: number }>
  }>
}

/** Metadata of the brokers by which kafkajs finds its leaders, and the time when it asks for it again. */
interface MetadataPool {
  metadata: Metadata | null
  metadataExpireAt: number | null
  refreshMetadata(topics: ReadonlyArray<string>): Promise<void>
}

/** Milliseconds after which a leader is looked for again. kafkajs's own limit is five minutes. */
const LEADERLESS = 2000

/**
 * kafkajs takes no metadata at all while one partition has no leader, which stops all other partitions. Takes it, with -1
 * as that partition's leader, and asks for it again soon. Must run before the first request, as the later versions of
 * the protocol take this function when they are loaded.
 */
const keepLeaderless = (response: { parse(data: Metadata): Promise<Metadata> }, pool: MetadataPool): void => {
  const parse = response.parse
  response.parse = async (data) => {
    await parse({ ...data, topicMetadata: data.topicMetadata.map((it) => ({ ...it, partitionMetadata: [] })) })
    return data
  }
  const refresh = pool.refreshMetadata
  pool.refreshMetadata = async function (topics) {
    await refresh.call(this, topics)
    const isLeaderless = this.metadata?.topicMetadata.some(({ partitionMetadata }) =>
      partitionMetadata.some(({ leader }) => leader === -1)
    )
    if (isLeaderless === true) this.metadataExpireAt = Date.now() + LEADERLESS
  }
}

/** Replaces the exports of a module for the modules that are loaded from now on. */
const replace = (path: string, exports: unknown): void => {
  const loaded = require.cache[require.resolve(path)]
  if (loaded === undefined) throw new Error("kafkajs cannot be patched: its modules are not CommonJS's")
  loaded.exports = exports
}

/** Must run before the first fetch: the modules that decode fetch responses take the decoder when they are loaded. */
const replaceDecoder = (): void => {
  const path = "kafkajs/src/protocol/recordBatch/v0/decoder"
  const decode: DecodeBatch = require(path)
  const checksum: Checksum = require("kafkajs/src/protocol/recordBatch/crc32C")
  replace(path, decodeBatch(decode, checksum))
}

/**
 * kafkajs's producer keeps its answers by broker across its retries: a partition that moves to a broker that has
 * already answered is never sent, and `send` resolves. Reloads the modules that lead to the replacement. Code that
 * already has the old modules keeps them.
 */
const clientThatSends = (): typeof Kafka => {
  const path = "kafkajs/src/producer/sendMessages"
  require(path)
  replace(path, createSendMessages)
  for (const it of ["kafkajs/src/producer/messageProducer", "kafkajs/src/producer", "kafkajs/src"]) {
    delete require.cache[require.resolve(it)]
  }
  return require("kafkajs/src")
}

const TESTED = "2.2.4"
let patched: typeof Kafka | undefined

/**
 * Fixes seven faults inside kafkajs 2.2.4, once per process. Throws on any other version, because its internals were not
 * reviewed (docs/kafka.md "What kafkajs 2.2.4 needs"). Returns the client whose producers send with our
 * `createSendMessages`.
 */
export const patchKafkaJs = (version: string = require("kafkajs/package.json").version): typeof Kafka => {
  if (version !== TESTED) {
    throw new Error(`kafkajs ${version} is installed, but src/layers/kafka/js/patch.ts was written for ${TESTED}`)
  }
  if (patched !== undefined) return patched
  const queue: RequestQueue = require("kafkajs/src/network/requestQueue").prototype
  scheduleIfPending(queue)
  checkOverdueEachSecond(queue)
  keepLastBroker(require("kafkajs/src/cluster/brokerPool").prototype)
  keepLeaderless(
    require("kafkajs/src/protocol/requests/metadata/v0/response"),
    require("kafkajs/src/cluster/brokerPool").prototype
  )
  commitEarliest(require("kafkajs/src/consumer/offsetManager").prototype)
  replaceDecoder()
  patched = clientThatSends()
  return patched
}
