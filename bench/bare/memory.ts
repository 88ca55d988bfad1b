import { hearDriver, tellDriver } from "../heard.ts"
import { applyEvent } from "./applyEvent.ts"
import { communicate } from "./communicate.ts"
import { makeLimit } from "./limit.ts"

/** The baseline without Kafka: records and responses over the driver's IPC channel, one key after the other. */
const limit = makeLimit(Number(process.env["MAX_IN_FLIGHT"]))
const last = new Map<string, Promise<void>>()

hearDriver(({ records, topic }) => {
  const handle = topic === "TOPIC_IN" ? communicate : applyEvent
  for (const { key, value } of records) {
    const work = (last.get(key) ?? Promise.resolve()).then(() =>
      limit(async () => {
        const { evento } = await handle(value)
        tellDriver({ key, evento, status: "success" })
        if (last.get(key) === work) last.delete(key)
      })
    )
    last.set(key, work)
  }
})
