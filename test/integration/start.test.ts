import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import manifest from "../../package.json" with { type: "json" }
import { eventually, type Service, startService } from "./support/service.ts"
import { temporaryDirectory, temporaryFile } from "./support/temporaryFile.ts"
import { makeTopics } from "./support/topics.ts"

/** The first line of the service's log with this message. */
const lineOf = ({ logs }: Service, message: string) =>
  Effect.map(logs, (lines) => lines.find((line) => line.message === message))

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
        `WENI_TIMEOUT: read "soon", expected a duration from 1 millisecond to 1 day such as "15 seconds" or "500 millis"\n` +
          "KAFKA_BROKERS: missing, expected comma-separated: host:port\n"
      )
    }).pipe(Effect.scoped)
  )

  it.live("CONTRACT Journeys file: ends with exit code 1 and names the file, the path and what was expected", () =>
    Effect.gen(function* () {
      const file = yield* temporaryFile("journeys.yaml", "journeys:\n  a:\n    deliveryOffsetDays: one\n")
      const service = yield* startService({ ...complete, JOURNEYS_FILE: file })
      assert.deepStrictEqual(yield* service.exit, { code: 1, signal: null })
      assert.include(yield* service.stderr, `${file}: journeys.a.deliveryOffsetDays: expected`)
      assert.deepInclude(yield* lineOf(service, "stopped"), { level: "INFO", exit: 1 })
    }).pipe(Effect.scoped)
  )

  it.live("CONTRACT HTTP_PORT: a port in use ends with exit code 1 and says so", () =>
    Effect.gen(function* () {
      const first = yield* startService({ ...complete, DATA_DIR: yield* temporaryDirectory })
      yield* eventually(
        "live",
        Effect.map(first.get("/health/live"), ({ status }) => status === 200)
      )
      const second = yield* startService({ ...complete, DATA_DIR: yield* temporaryDirectory, HTTP_PORT: first.port })
      assert.deepStrictEqual(yield* second.exit, { code: 1, signal: null })
      assert.include(
        yield* second.stderr,
        `HTTP_PORT: cannot listen on 127.0.0.1:${first.port} (EADDRINUSE), expected a free port`
      )
    }).pipe(Effect.scoped)
  )

  it.live("CONTRACT HTTP_HOST: an address of another machine ends with exit code 1 and says so", () =>
    Effect.gen(function* () {
      const service = yield* startService({
        ...complete,
        DATA_DIR: yield* temporaryDirectory,
        HTTP_HOST: "203.0.113.1"
      })
      assert.deepStrictEqual(yield* service.exit, { code: 1, signal: null })
      assert.match(
        yield* service.stderr,
        /HTTP_HOST: cannot listen on 203\.0\.113\.1:\d+ \(EADDRNOTAVAIL\), expected an address of this machine such as 127\.0\.0\.1, 0\.0\.0\.0 or ::1/
      )
    }).pipe(Effect.scoped)
  )

  it.live(
    "SPEC 9.1: without a broker it is live but not ready, reports why, and stops on SIGTERM with exit code 0",
    () =>
      Effect.gen(function* () {
        const service = yield* startService({ ...complete, DATA_DIR: yield* temporaryDirectory })
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
        assert.isUndefined(yield* lineOf(service, "ready"))
        assert.deepInclude(yield* lineOf(service, "stopped"), { level: "INFO", exit: 0 })
      }).pipe(Effect.scoped)
  )

  it.live("CONTRACT /health/ready: names the missing topics, and becomes ready by itself once they exist", () =>
    Effect.gen(function* () {
      const topics = yield* makeTopics()
      const { TOPIC_IN, TOPIC_IN_DLQ, TOPIC_INBOUND, TOPIC_INBOUND_DLQ, TOPIC_RESPONSE } = topics.names
      const service = yield* startService({ ...complete, ...topics.environment, DATA_DIR: yield* temporaryDirectory })
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
      yield* eventually(
        "says that it is ready",
        Effect.map(lineOf(service, "ready"), (line) => line !== undefined)
      )
      const ready = yield* lineOf(service, "ready")
      assert.deepInclude(ready, { level: "INFO", version: manifest.version, http: `http://127.0.0.1:${service.port}` })
      assert.deepStrictEqual(
        ready?.partitions,
        [TOPIC_IN, TOPIC_INBOUND].flatMap((topic) => [0, 1, 2].map((partition) => `${topic}/${partition}`)).toSorted()
      )
    }).pipe(Effect.scoped)
  )

  it.live("CONTRACT DATA_DIR: a second process on the same directory waits, not ready, logs it, and takes over", () =>
    Effect.gen(function* () {
      const shared = yield* temporaryDirectory
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
