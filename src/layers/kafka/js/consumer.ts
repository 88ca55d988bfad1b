import type { Consumer, LogEntry } from "kafkajs"

import { type MakeClient, PATIENT } from "./client.ts"

/** One kafkajs consumer of the group, not connected yet; `onEntry` hears its log. */
export const makeConsumer = (makeClient: MakeClient, groupId: string, onEntry: (entry: LogEntry) => void): Consumer =>
  makeClient(PATIENT, onEntry).consumer({
    groupId,
    sessionTimeout: 15_000,
    rebalanceTimeout: 30_000,
    heartbeatInterval: 1000,
    // A paused consumer beats its heart, resumes and leaves no sooner than this.
    maxWaitTimeInMs: 500,
    maxBytes: 4 * 1024 * 1024,
    maxBytesPerPartition: 1024 * 1024,
    allowAutoTopicCreation: false
  })
