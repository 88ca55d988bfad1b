import type { Arrival } from "./Arrivals.ts"

let waiting: Array<Arrival> = []

/** Reports a response to the driver over IPC. Responses of one turn of the event loop go as one message. */
export const tellDriver = (response: Arrival): void => {
  if (waiting.push(response) > 1) return
  setImmediate(() => {
    process.send?.({ responses: waiting })
    waiting = []
  })
}

export interface Handed {
  readonly topic: "TOPIC_IN" | "TOPIC_INBOUND"
  readonly records: ReadonlyArray<{ readonly key: string; readonly value: string }>
}

/** Receives what the driver sends. */
export const hearDriver = (listener: (handed: Handed) => void): void => {
  process.on("message", (message: object) => {
    if ("records" in message) listener(message as Handed)
  })
}
