import { writeFileSync } from "node:fs"
import { Session } from "node:inspector/promises"
import { join } from "node:path"

/**
 * Loaded before the service (`--import`). Profiles while the driver says so: `{ inspect: "cpu" | "heap" }` begins. The
 * same with `end` writes the profile into that directory and answers `{ inspected }`, its path.
 */
interface Order {
  readonly inspect: "cpu" | "heap"
  readonly end?: string
}

const isOrder = (message: object): message is Order => "inspect" in message

const session = new Session()
session.connect()

const begin = {
  cpu: async () => {
    await session.post("Profiler.enable")
    await session.post("Profiler.setSamplingInterval", { interval: 500 })
    await session.post("Profiler.start")
  },
  heap: () =>
    session.post("HeapProfiler.startSampling", {
      samplingInterval: 65_536,
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true
    })
}

const end = {
  cpu: async () => (await session.post("Profiler.stop")).profile,
  heap: async () => (await session.post("HeapProfiler.stopSampling")).profile.head
}

process.on("message", async (message: object) => {
  if (!isOrder(message)) return
  if (message.end === undefined) {
    await begin[message.inspect]()
    return process.send?.({ inspected: "" })
  }
  const file = join(message.end, `${message.inspect}.json`)
  writeFileSync(file, JSON.stringify(await end[message.inspect]()))
  return process.send?.({ inspected: file })
})
