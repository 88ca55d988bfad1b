import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

import { Effect } from "effect"
import { parseDocument } from "yaml"

import manifest from "../package.json" with { type: "json" }
import { eventually } from "../test/integration/support/service.ts"
import { freePort } from "../test/support/freePorts.ts"
import { ownDirectory, startChild } from "./child.ts"
import type { Options } from "./Options.ts"
import { startRestate } from "./restate/server.ts"

/**
 * What takes a turn: the service, the service exporting all telemetry, the service without a search index, Restate
 * making the same requests, or the bare loop.
 */
export type SubjectName = "service" | "traced" | "unindexed" | "restate" | "bare"

/** The flags of `npm start`, without the file. */
const flags = manifest.scripts.start.split(" ").slice(1, -1)

const entries = {
  service: { kafka: "src/main.ts", memory: "bench/memoryService.ts" },
  traced: { kafka: "src/main.ts", memory: "bench/memoryService.ts" },
  unindexed: { kafka: "src/main.ts", memory: "bench/memoryService.ts" },
  bare: { kafka: "bench/bare/kafka.ts", memory: "bench/bare/memory.ts" }
} as const

/** The project's journeys without business hours: a SIM causes the same work at any time of the day. */
const journeysAlwaysOpen = Effect.map(ownDirectory, (directory) => {
  const journeys = parseDocument(readFileSync("journeys.yaml", "utf8"))
  journeys.deleteIn(["journeys", "pedido_entregue_amanha", "businessHours"])
  // The bench's orders are old.
  journeys.deleteIn(["journeys", "pedido_entregue_amanha", "expiresAfter"])
  const file = join(directory, "journeys.yaml")
  writeFileSync(file, journeys.toString())
  return file
})

const ready = (port: string) =>
  Effect.orDie(
    eventually(
      "the service is ready",
      Effect.tryPromise(async () => (await fetch(`http://127.0.0.1:${port}/health/ready`)).ok),
      120
    )
  )

/**
 * Starts one process of the subject, or as many as there are replicas, on the given parts, and waits until they are
 * ready. `preload` runs before it.
 */
export const startSubject = Effect.fnUntraced(function* (
  name: SubjectName,
  { kafka, maxInFlight, replicas: counts }: Pick<Options, "kafka" | "maxInFlight" | "replicas">,
  replicas: number,
  environment: Readonly<Record<string, string>>,
  preload = name === "unindexed" ? "./bench/search/without/preload.ts" : undefined
) {
  // As many requests at once as all replicas of the service make together.
  const SERVICENOW_CONCURRENCY = String(16 * Math.max(...counts))
  if (name === "restate") return yield* startRestate({ ...environment, SERVICENOW_CONCURRENCY })
  const many = name === "bare" ? 1 : replicas
  const JOURNEYS_FILE = yield* journeysAlwaysOpen
  const start = Effect.gen(function* () {
    const port = String(yield* freePort)
    const args = [...flags, ...(preload === undefined ? [] : ["--import", preload]), entries[name][kafka]]
    const child = yield* startChild(args, {
      JOURNEYS_FILE,
      LOG_LEVEL: "Info",
      MAX_IN_FLIGHT: String(maxInFlight),
      ...environment,
      HTTP_PORT: port,
      ...(name === "bare" && { SERVICENOW_CONCURRENCY })
    })
    return { child, ready: name === "bare" ? Effect.void : Effect.raceFirst(ready(port), child.ended) }
  })
  const [first, ...others] = yield* Effect.replicateEffect(start, many)
  if (first === undefined) return yield* Effect.die("no replica")
  yield* Effect.forEach([first, ...others], ({ ready }) => ready)
  // Waits until the group has given the last replica its partitions, which is not measured.
  if (many > 1) yield* Effect.sleep("10 seconds")
  return [first.child, ...others.map(({ child }) => child)] as const
})
