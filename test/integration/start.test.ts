import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import { eventually, startService } from "./support/service.ts"
import { makeTopics } from "./support/topics.ts"

const directory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "brom-ctx-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const complete = {
  KAFKA_BROKERS: "127.0.0.1:1",
  SERVICENOW_URL: "http://127.0.0.1:1",
  SERVICENOW_USERNAME: "u",
  SERVICENOW_PASSWORD: "not-shown",
  WENI_API_KEY: "k",
  WENI_API_SECRET: "s"
}

describe("npm start", () => {
  it.live("CONTRACT Environment: ends with exit code 1 and one line for each wrong variable", () =>
    Effect.gen(function* () {
      const service = yield* startService({ ...complete, KAFKA_BROKERS: "", WENI_TIMEOUT: "soon" })
      assert.deepStrictEqual(yield* service.exit, { code: 1, signal: null })
      assert.strictEqual(
        yield* service.stderr,
        `WENI_TIMEOUT: read "soon", expected a duration above zero such as "15 seconds" or "500 millis"\n` +
          "KAFKA_BROKERS: missing, expected comma-separated: host:port\n"
      )
    }).pipe(Effect.scoped)
  )

  it.live("CONTRACT Journeys file: ends with exit code 1 and names the file, the path and what was expected", () =>
    Effect.gen(function* () {
      const file = join(yield* directory, "journeys.yaml")
      writeFileSync(file, "journeys:\n  a:\n    deliveryOffsetDays: one\n")
      const service = yield* startService({ ...complete, JOURNEYS_FILE: file })
      assert.deepStrictEqual(yield* service.exit, { code: 1, signal: null })
      assert.include(yield* service.stderr, `${file}: journeys.a.deliveryOffsetDays: expected`)
    }).pipe(Effect.scoped)
  )

  it.live("CONTRACT HTTP_PORT: a port in use ends with exit code 1 and says so", () =>
    Effect.gen(function* () {
      const first = yield* startService({ ...complete, DATA_DIR: yield* directory })
      yield* eventually(
        "live",
        Effect.map(first.get("/health/live"), ({ status }) => status === 200)
      )
      const second = yield* startService({ ...complete, DATA_DIR: yield* directory, HTTP_PORT: first.port })
      assert.deepStrictEqual(yield* second.exit, { code: 1, signal: null })
      assert.include(
        yield* second.stderr,
        `HTTP_PORT: cannot listen on 127.0.0.1:${first.port} (EADDRINUSE), expected a free port`
      )
    }).pipe(Effect.scoped)
  )

  it.live("SPEC 9.1: without a broker it is live, not ready, reports why, and stops at SIGTERM with exit code 0", () =>
    Effect.gen(function* () {
      const service = yield* startService({ ...complete, DATA_DIR: yield* directory })
      yield* eventually(
        "a log line that names the brokers",
        Effect.map(service.logs, (lines) => lines.some(({ message }) => String(message).includes("127.0.0.1:1")))
      )
      assert.strictEqual((yield* service.get("/health/live")).status, 200)
      const { body, status } = yield* service.get("/health/ready")
      assert.strictEqual(status, 503)
      assert.strictEqual(JSON.parse(body).parts.kafka.ready, false)
      assert.strictEqual(JSON.parse(body).parts.database.ready, true)
      yield* service.signal("SIGTERM")
      assert.deepStrictEqual(yield* service.exit, { code: 0, signal: null })
      assert.notInclude(JSON.stringify(yield* service.logs), "not-shown")
    }).pipe(Effect.scoped)
  )

  it.live("CONTRACT /health/ready: names the topics that are missing, and is ready by itself once they are there", () =>
    Effect.gen(function* () {
      const topics = yield* makeTopics()
      const { TOPIC_IN, TOPIC_IN_DLQ, TOPIC_INBOUND, TOPIC_INBOUND_DLQ, TOPIC_RESPONSE } = topics.names
      const service = yield* startService({ ...complete, ...topics.environment, DATA_DIR: yield* directory })
      const parts = (body: string) => JSON.parse(body).parts
      yield* eventually(
        "names topics",
        Effect.map(service.get("/health/ready"), ({ body }) => parts(body).topics.detail.startsWith("missing"))
      )
      const { body, status } = yield* service.get("/health/ready")
      assert.strictEqual(status, 503)
      const missing = [TOPIC_IN, TOPIC_INBOUND, TOPIC_IN_DLQ, TOPIC_RESPONSE, TOPIC_INBOUND_DLQ].join(", ")
      assert.deepStrictEqual(parts(body).topics, { ready: false, detail: `missing: ${missing}` })
      assert.deepStrictEqual(parts(body).kafka, { ready: false, detail: "waits for its topics" })
      yield* topics.create
      yield* service.ready
      assert.deepStrictEqual(parts((yield* service.get("/health/ready")).body).topics, {
        ready: true,
        detail: "all there"
      })
    }).pipe(Effect.scoped)
  )

  it.live("CONTRACT DATA_DIR: a second process on the same directory waits, not ready, logs it, and takes over", () =>
    Effect.gen(function* () {
      const shared = yield* directory
      const databasePart = (body: string) => JSON.parse(body).parts.database
      const first = yield* startService({ ...complete, DATA_DIR: shared })
      yield* eventually(
        "first holds",
        Effect.map(first.get("/health/ready"), ({ body }) => databasePart(body).ready)
      )
      const second = yield* startService({ ...complete, DATA_DIR: shared })
      yield* eventually(
        "second says that it waits",
        Effect.map(second.get("/health/ready"), ({ body }) => databasePart(body).detail.includes("waiting"))
      )
      yield* first.signal("SIGKILL")
      yield* eventually(
        "second holds",
        Effect.map(second.get("/health/ready"), ({ body }) => databasePart(body).ready)
      )
    }).pipe(Effect.scoped)
  )
})
