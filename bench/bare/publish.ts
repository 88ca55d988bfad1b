import type { Message, Producer } from "kafkajs"

import type { BareResponse } from "./communicate.ts"

/**
 * Publishes a response and waits for its acknowledgement. One request at a time. Responses that come meanwhile go out
 * together.
 */
export const makePublisher = (producer: Producer, topic: string) => {
  let waiting: Array<{ readonly message: Message; readonly acknowledged: () => void }> = []
  let sending = false
  const flush = async () => {
    if (sending) return
    sending = true
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      await producer.send({ topic, acks: -1, messages: batch.map(({ message }) => message) })
      for (const { acknowledged } of batch) acknowledged()
    }
    sending = false
  }
  return ({ evento, key, value }: BareResponse) =>
    new Promise<void>((acknowledged) => {
      waiting.push({
        message: { key, value, headers: { id_correlacao: key, evento, response_status: "success" } },
        acknowledged
      })
      void flush()
    })
}
