import { assert, describe, it } from "@effect/vitest"

import { byFunction, byPart, cpuStacks, heapStacks } from "../../bench/profile.ts"

const frame = (functionName: string, url: string, lineNumber = 0) => ({ functionName, url, lineNumber })
const root = frame("(root)", "")
const effect = frame("runLoop", "file:///x/node_modules/effect/dist/internal/effect.js")
const exchange = frame("exchange", "file:///x/src/layers/http/exchange.ts")
const write = frame("writev", "node:internal/stream_base_commons")

const profile = {
  nodes: [
    { id: 1, callFrame: root, children: [2, 5, 6, 7, 8] },
    { id: 2, callFrame: effect, children: [3] },
    { id: 3, callFrame: exchange, children: [4] },
    { id: 4, callFrame: write },
    { id: 5, callFrame: frame("(garbage collector)", "") },
    { id: 6, callFrame: frame("(idle)", "") },
    { id: 7, callFrame: frame("ondata", "node:net", 11) },
    { id: 8, callFrame: frame("post", "node:inspector") }
  ],
  samples: [4, 2, 3, 4, 5, 6, 7, 4, 8],
  timeDeltas: [1, 2, 4, 8, 16, 32, 64, 128, 256]
}

describe("a CPU profile by part", () => {
  it("gives a function's own time to the nearest frame that names a part, and none to the profiler", () => {
    assert.deepStrictEqual(Object.fromEntries(byPart(cpuStacks(profile))), {
      HTTP: 1 + 4 + 8 + 128,
      "Node and others": 64,
      "(idle)": 32,
      "(garbage collector)": 16,
      "actor: Effect's runtime": 2
    })
  })

  it("gives it to the function, too, the heaviest first", () => {
    assert.deepStrictEqual(Array.from(byFunction(cpuStacks(profile))).slice(0, 3), [
      ["writev node:internal/stream_base_commons:1", 137],
      ["ondata node:net:12", 64],
      ["(idle) (built in)", 32]
    ])
  })

  it("knows every part by the files of the project and of the packages", () => {
    const partOf = (url: string) => Array.from(byPart([{ weight: 1, frames: [frame("f", url)] }]).keys())[0]
    const modules = "file:///x/node_modules"
    const expected = {
      [`${modules}/undici/lib/dispatcher/client.js`]: "HTTP",
      "file:///x/src/layers/servicenow/cases.ts": "ServiceNow and Weni adapters",
      [`${modules}/pg/lib/client.js`]: "journal",
      [`${modules}/@effect/sql-pg/dist/PgClient.js`]: "journal",
      [`${modules}/effect/dist/sql/SqlClient.js`]: "journal",
      "file:///x/src/layers/journal/appendRows.ts": "journal",
      [`${modules}/kafkajs/src/index.js`]: "Kafka",
      "file:///x/src/layers/kafka/js/KafkaJs.ts": "Kafka",
      [`${modules}/@opentelemetry/sdk-trace-base/build/src/Span.js`]: "telemetry",
      [`${modules}/@effect/opentelemetry/dist/Tracer.js`]: "telemetry",
      [`${modules}/effect/dist/Metric.js`]: "telemetry",
      "file:///x/src/telemetry/metrics.ts": "telemetry",
      "file:///x/src/layers/ownership/LockTable.ts": "actor: locks",
      [`${modules}/effect/dist/SchemaParser.js`]: "actor: schema",
      "file:///x/src/programs/communicate.ts": "actor: programs and domain",
      [`${modules}/effect/dist/Fiber.js`]: "actor: Effect's runtime",
      "node:buffer": "Node and others"
    }
    assert.deepStrictEqual(Object.fromEntries(Object.keys(expected).map((url) => [url, partOf(url)])), expected)
  })
})

describe("a heap profile by part", () => {
  it("gives what a function allocated itself to the nearest frame that names a part", () => {
    const leaf = { callFrame: write, selfSize: 100, children: [] }
    const node = { callFrame: exchange, selfSize: 20, children: [leaf] }
    const stacks = heapStacks({ callFrame: root, selfSize: 3, children: [node] })
    assert.deepStrictEqual(Object.fromEntries(byPart(stacks)), { HTTP: 120, "Node and others": 3 })
  })
})
