import { createRequire } from "node:module"

const TESTED = "2.2.4"

interface RequestQueue {
  readonly pending: ReadonlyArray<unknown>
  scheduleCheckPendingRequests(): void
}

interface BrokerPool {
  readonly brokers: Readonly<Record<string, unknown>>
  metadataExpireAt: number | null
  removeBroker(broker: { readonly host: string; readonly port: number }): void
}

const require = createRequire(import.meta.url)
let patched = false

/**
 * Mends two faults inside of kafkajs 2.2.4, once for the process; throws on any other version, whose internals were
 * not read (KAFKA.md "Patch 1", "Patch 2").
 */
export const patchKafkaJs = (version: string = require("kafkajs/package.json").version): void => {
  if (version !== TESTED) {
    throw new Error(`kafkajs ${version} is installed, but src/layers/kafka/js/patch.ts was written for ${TESTED}`)
  }
  if (patched) return
  patched = true
  const queue: RequestQueue = require("kafkajs/src/network/requestQueue").prototype
  const pool: BrokerPool = require("kafkajs/src/cluster/brokerPool").prototype

  // An idle client spins on negative time-outs (4.7 % of a core): schedule only when something is waiting.
  const schedule = queue.scheduleCheckPendingRequests
  queue.scheduleCheckPendingRequests = function () {
    if (this.pending.length > 0) schedule.call(this)
  }

  // A closed connection takes the last known broker out of the pool: "No broker available", a crash, 15 s of nothing.
  const remove = pool.removeBroker
  pool.removeBroker = function (broker) {
    if (Object.keys(this.brokers).length > 1) remove.call(this, broker)
    else this.metadataExpireAt = null
  }
}
