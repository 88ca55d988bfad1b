import { createRequire } from "node:module"

import type { KafkaMessage, Kafka } from "kafkajs"

import { createSendMessages } from "./sendMessages.ts"

/** In the place of a record batch that cannot be read, as one message at its last offset. */
export interface Undecodable {
  readonly firstOffset: number
  readonly lastOffset: number
  /** Says nothing of what the bytes are. */
  readonly reason: string
}

/** What kafkajs reads a fetch answer with. */
interface FetchDecoder {
  readonly buffer: Buffer
  offset: number
}

/** kafkajs's decoder of one record batch, and the checksum that it does not compare. */
type DecodeBatch = (decoder: FetchDecoder) => Promise<{ readonly records: ReadonlyArray<object> }>
type Checksum = (bytes: Buffer) => number

// Where a batch of magic 2 has what is read here (Kafka's `DefaultRecordBatch`).
const LENGTH = 8
const AFTER_LENGTH = 12
const CHECKSUM = 17
const ATTRIBUTES = 21
const LAST_OFFSET_DELTA = 23

const CODEC = 0x07
const ZSTD = 4

/**
 * Decodes one record batch, and gives `Undecodable` in its place where the bytes are damaged or in no known compression:
 * kafkajs would fail the whole fetch, all partitions of the broker with it, again and again.
 */
const decodeBatch =
  (decode: DecodeBatch, checksum: Checksum): DecodeBatch =>
  async (decoder) => {
    const { buffer, offset: start } = decoder
    const end = start + AFTER_LENGTH + buffer.readInt32BE(start + LENGTH)
    // Cut off where the answer was full: kafkajs knows that, and asks again.
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

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

/** What of a batch can be read, up to the first part that cannot. */
export const readable = (
  messages: ReadonlyArray<KafkaMessage & { readonly undecodable?: Undecodable }>
): { readonly messages: ReadonlyArray<KafkaMessage>; readonly undecodable: Undecodable | undefined } => {
  const at = messages.findIndex((it) => it.undecodable !== undefined)
  return at < 0
    ? { messages, undecodable: undefined }
    : { messages: messages.slice(0, at), undecodable: messages[at]?.undecodable }
}

const TESTED = "2.2.4"

interface Waiting {
  readonly sentAt: number
  readonly requestTimeout: number
  timeoutRequest(): void
}

interface RequestQueue {
  readonly pending: ReadonlyArray<unknown>
  readonly inflight: ReadonlyMap<number, Waiting>
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
let patched: typeof Kafka | undefined

/**
 * Mends six faults inside of kafkajs 2.2.4, once for the process; throws on any other version, whose internals were
 * not read (docs/kafka.md "What kafkajs 2.2.4 needs"). Returns the client whose producers send as ours do.
 */
export const patchKafkaJs = (version: string = require("kafkajs/package.json").version): typeof Kafka => {
  if (version !== TESTED) {
    throw new Error(`kafkajs ${version} is installed, but src/layers/kafka/js/patch.ts was written for ${TESTED}`)
  }
  if (patched !== undefined) return patched
  const queue: RequestQueue = require("kafkajs/src/network/requestQueue").prototype
  schedule(queue)
  lookForOverdue(queue)
  keepLastBroker(require("kafkajs/src/cluster/brokerPool").prototype)
  commitEarliest(require("kafkajs/src/consumer/offsetManager").prototype)
  holdUndecodable()
  patched = clientThatSends()
  return patched
}

/** An idle client spins on negative time-outs (4.7 % of a core): schedule only when something is waiting. */
const schedule = (queue: RequestQueue): void => {
  const original = queue.scheduleCheckPendingRequests
  queue.scheduleCheckPendingRequests = function () {
    if (this.pending.length > 0) original.call(this)
  }
}

/**
 * Each connection looks ten times a second whether an answer is overdue (0.3 % of a core for an idle service); what waits 15 s and
 * more is found soon enough once a second.
 */
const lookForOverdue = (queue: RequestQueue): void => {
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

/** A closed connection takes the last known broker out of the pool: "No broker available", a crash, 15 s of nothing. */
const keepLastBroker = (pool: BrokerPool): void => {
  const remove = pool.removeBroker
  pool.removeBroker = function (broker) {
    if (Object.keys(this.brokers).length > 1) remove.call(this, broker)
    else this.metadataExpireAt = null
  }
}

/**
 * Out of range, kafkajs commits -2, which the broker gives back as no offset at all: a restart would take
 * `KAFKA_START_AT=latest` anew, and skip what lies between.
 */
const commitEarliest = (manager: OffsetManager): void => {
  manager.setDefaultOffset = async function ({ topic, partition }) {
    const earliest = await this.cluster.fetchTopicsOffset([{ topic, partitions: [{ partition }], fromBeginning: true }])
    await this.commitOffsets({ topics: earliest })
    this.clearOffsets({ topic, partition })
  }
}

/** Before anything was fetched: whoever decodes fetch answers takes the decoder when it is loaded. */
const holdUndecodable = (): void => {
  const path = "kafkajs/src/protocol/recordBatch/v0/decoder"
  const decode: DecodeBatch = require(path)
  const checksum: Checksum = require("kafkajs/src/protocol/recordBatch/crc32C")
  replace(path, decodeBatch(decode, checksum))
}

/**
 * A producer keeps its answers by broker over its retries: a partition that moves to a broker which has answered is never
 * sent, and `send` resolves. The modules that lead to it are loaded anew: what has them already stays as it is.
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

/** What a module gives to those that are loaded from now on. */
const replace = (path: string, exports: unknown): void => {
  const loaded = require.cache[require.resolve(path)]
  if (loaded === undefined) throw new Error("kafkajs cannot be patched: its modules are not CommonJS's")
  loaded.exports = exports
}
