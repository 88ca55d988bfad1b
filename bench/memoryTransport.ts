import { Effect } from "effect"

import type { Arrival, Arrivals } from "./Arrivals.ts"
import type { Child } from "./child.ts"
import type { Transport } from "./Transport.ts"

const isResponses = (message: object): message is { readonly responses: ReadonlyArray<Arrival> } =>
  "responses" in message

/** Transport over the subject's IPC channel, because the in-memory Kafka is in the subject's process. */
export const memoryTransport = (arrivals: Arrivals): Transport => {
  let subject: Child | undefined
  return {
    environment: { KAFKA_BROKERS: "in-memory:9092", KAFKA_CREATE_TOPICS: "true" },
    attach: (child) => {
      subject = child
      child.listen((message) => {
        if (!isResponses(message)) return
        const now = performance.now()
        for (const arrival of message.responses) arrivals.arrived(arrival, now)
      })
    },
    send: (topic, orders) =>
      Effect.sync(() =>
        subject?.send({ topic, records: orders.map(({ key, recordKey, value }) => ({ key: recordKey ?? key, value })) })
      )
  }
}
