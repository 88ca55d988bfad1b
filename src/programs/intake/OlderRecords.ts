import type { KafkaRecord } from "../../services/Kafka.ts"
import type { KnownLog } from "../../services/Ledger.ts"

/**
 * Knows which records of a log that replaced another one are older than every record that this database has ended. Such
 * records were there before the service began, and are passed over (SPEC 9.10).
 */
export interface OlderRecords {
  /** Takes in the logs of one partition, and of its topic. */
  settle(own: ReadonlyArray<KnownLog>, topic: ReadonlyArray<KnownLog>): void
  has(record: KafkaRecord): boolean
}

export const makeOlderRecords = (): OlderRecords => {
  /** By partition, the generation and the time before which its records are passed over. */
  const limits = new Map<string, { readonly generation: number; readonly before: number }>()
  return {
    settle: (own, topicLogs) => {
      const log = own.at(-1)
      if (log === undefined) return
      const key = `${log.topic}/${log.partition}`
      const before = Math.min(...topicLogs.map(({ since }) => since ?? Infinity))
      if (log.began?.reason === "another_log" && Number.isFinite(before)) {
        limits.set(key, { generation: log.generation, before })
      } else limits.delete(key)
    },
    has: ({ generation = 1, partition, timestamp, topic }) => {
      if (limits.size === 0) return false
      const limit = limits.get(`${topic}/${partition}`)
      // A record without a time of its own may be new.
      return limit !== undefined && limit.generation === generation && timestamp > 0 && timestamp < limit.before
    }
  }
}
