import { createRequire } from "node:module"

import type { Kafka } from "kafkajs"

import { type Checksum, type DecodeBatch, decodeBatch } from "./decodeBatch.ts"
import { createSendMessages } from "./sendMessages.ts"

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
