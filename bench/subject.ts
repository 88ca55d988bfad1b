import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

import { Effect } from "effect"
import { parseDocument } from "yaml"

import manifest from "../package.json" with { type: "json" }
import { freePorts } from "../test/integration/support/ownServers.ts"
import { ownDirectory, startChild } from "./child.ts"
import type { Options } from "./Options.ts"

/** What takes a turn: the service, the service exporting all telemetry, or the bare loop. */
export type SubjectName = "service" | "traced" | "bare"

/** `npm start`'s own, but for the file. */
const flags = manifest.scripts.start.split(" ").slice(1, -1)

const entries = {
  service: { kafka: "src/main.ts", memory: "bench/memoryService.ts" },
  traced: { kafka: "src/main.ts", memory: "bench/memoryService.ts" },
  bare: { kafka: "bench/bare/kafka.ts", memory: "bench/bare/memory.ts" }
} as const

/** The project's journeys without business hours: a SIM does the same work at any time of the day. */
const journeysAlwaysOpen = Effect.map(ownDirectory, (directory) => {
  const journeys = parseDocument(readFileSync("journeys.yaml", "utf8"))
  journeys.deleteIn(["journeys", "pedido_entregue_amanha", "businessHours"])
  const file = join(directory, "journeys.yaml")
  writeFileSync(file, journeys.toString())
  return file
})

/** One process of the subject, or as many as there are replicas, on the given parts; `preload` runs before it. */
export const startSubject = Effect.fnUntraced(function* (
  name: SubjectName,
  { kafka, replicas }: Pick<Options, "kafka" | "replicas">,
  environment: Readonly<Record<string, string>>,
  preload?: string
) {
  const many = name === "bare" ? 1 : replicas
  const JOURNEYS_FILE = yield* journeysAlwaysOpen
  const start = Effect.gen(function* () {
    const args = [...flags, ...(preload === undefined ? [] : ["--import", preload]), entries[name][kafka]]
    return yield* startChild(args, {
      JOURNEYS_FILE,
      LOG_LEVEL: "Info",
      ...environment,
      HTTP_PORT: String(yield* freePorts),
      ...(many > 1 && { RUNNER_HOST: "127.0.0.1", RUNNER_PORT: String(yield* freePorts) })
    })
  })
  const [first, ...others] = yield* Effect.replicateEffect(start, many)
  return first === undefined ? yield* Effect.die("no replica") : ([first, ...others] as const)
})
