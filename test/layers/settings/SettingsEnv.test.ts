import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer, Redacted } from "effect"

import { SettingsEnv, settingsEnvFor } from "../../../src/layers/settings/SettingsEnv.ts"
import { Settings } from "../../../src/services/Settings.ts"

const required = {
  KAFKA_BROKERS: "kafka-1:9092, kafka-2:9092",
  SERVICENOW_URL: "https://obramax.service-now.com/",
  SERVICENOW_USERNAME: "svc",
  SERVICENOW_PASSWORD: "s3cret",
  WENI_API_KEY: "key",
  WENI_API_SECRET: "other-s3cret"
}

const read = (environment: Readonly<Record<string, string>>) =>
  Effect.provide(
    Settings,
    SettingsEnv.pipe(Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(environment))))
  )

const problems = (environment: Readonly<Record<string, string>>) =>
  Effect.map(Effect.flip(read(environment)), (error) => error.problems)

describe("SettingsEnv", () => {
  it.effect("CONTRACT DATABASE_URL: in production a missing one is refused, unless DATA_DIR is set on purpose", () =>
    Effect.gen(function* () {
      const production = { ...required, NODE_ENV: "production" }
      const refusal = [
        "DATABASE_URL: missing, expected postgres://user:password@host/database " +
          "(or DATA_DIR, on a volume that is kept: the embedded database is in it)"
      ]
      assert.deepStrictEqual(yield* problems(production), refusal)
      assert.deepStrictEqual(yield* problems({ ...production, DATABASE_URL: "", DATA_DIR: "" }), refusal)
      assert.lengthOf(yield* problems({ ...production, DATABASE_URL: "mysql://host/db" }), 1)
      assert.deepStrictEqual((yield* read({ ...production, DATA_DIR: "/kept" })).database, { dataDir: "/kept" })
      assert.isDefined((yield* read({ ...production, DATABASE_URL: "postgres://u@host/db" })).database.url)
      assert.deepStrictEqual((yield* read(required)).database, { dataDir: "./data" })
    })
  )

  it.effect("CONTRACT DATABASE_URL: each problem of the URL is a line, a file that cannot be read is one, too", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* problems({ ...required, DATABASE_URL: "postgres://u:s3cret@db/ctx?ssl=yes&sslmode=on" }),
        [
          "DATABASE_URL: ssl: read yes, expected true | false",
          "DATABASE_URL: sslmode: read on, expected disable | allow | prefer | require | verify-ca | verify-full"
        ]
      )
      const query = "sslmode=verify-ca&sslrootcert=/no/ca.pem&sslcert=/no/c.pem&sslkey=/no/k.pem"
      assert.deepStrictEqual(yield* problems({ ...required, DATABASE_URL: `postgres://u@db/ctx?${query}` }), [
        'DATABASE_URL: sslrootcert: read "/no/ca.pem", expected a file that can be read',
        'DATABASE_URL: sslcert: read "/no/c.pem", expected a file that can be read',
        'DATABASE_URL: sslkey: read "/no/k.pem", expected a file that can be read'
      ])
      assert.deepStrictEqual(
        (yield* read({ ...required, DATABASE_URL: "postgres://u@db/ctx?sslmode=require" })).warnings.map((line) =>
          line.slice(0, 47)
        ),
        ["DATABASE_URL: sslmode=require without sslrootce"]
      )
    })
  )

  it.effect("CONTRACT Environment: what is not set has its documented default", () =>
    Effect.gen(function* () {
      const settings = yield* read(required)
      assert.deepStrictEqual(settings.kafka, {
        brokers: ["kafka-1:9092", "kafka-2:9092"],
        clientId: "brom-ctx",
        groupId: "brom-ctx",
        ssl: false,
        createTopics: false,
        maxBatch: 16_777_216,
        startAt: "earliest"
      })
      assert.deepStrictEqual(settings.topics, {
        in: "comunicacaoTransacional",
        response: "comunicacaoTransacionalResponse",
        inbound: "omnichannelRespostaCampanha",
        inDlq: "comunicacaoTransacional.dlq",
        inboundDlq: "omnichannelRespostaCampanha.dlq"
      })
      const { serviceNow, weni } = settings
      assert.strictEqual(serviceNow.url, "https://obramax.service-now.com")
      assert.strictEqual(serviceNow.guestConsumer, "xOeTBxFz98JIPlG00LagPt7aH4BSvmY9t3zy7CJ2cSk=")
      assert.strictEqual(serviceNow.documentField, "u_cpf_cnpj")
      assert.deepStrictEqual(serviceNow.phoneFields, ["phone", "mobile_phone"])
      assert.deepStrictEqual([serviceNow.timeout, serviceNow.concurrency], [65_000, 16])
      assert.strictEqual(weni.url, "https://campaign-api.omni.chat")
      assert.deepStrictEqual([weni.timeout, weni.concurrency, weni.retryStatus], [15_000, 16, [429, 500, 502, 503]])
      assert.deepStrictEqual(settings.retry, { attempts: 5, baseDelay: 500, maxDelay: 30_000 })
      assert.deepStrictEqual(settings.breaker, {
        failures: 20,
        after: 3000,
        reset: 30_000,
        maxWait: 86_400_000,
        retryAfterMax: 600_000
      })
      assert.deepStrictEqual(settings.database, { dataDir: "./data" })
      assert.deepStrictEqual(settings.http, { host: "127.0.0.1", port: 8080, operators: [], sessionIdle: 28_800_000 })
      assert.isTrue(settings.journeysFile.endsWith("/journeys.yaml"))
      const { logLevel, maxInFlight, orphanAfter, retention, shutdownGrace, tcpOrphanTimeout } = settings
      assert.deepStrictEqual(
        [maxInFlight, orphanAfter, tcpOrphanTimeout, shutdownGrace, retention, logLevel],
        [256, 600_000, 105_000, 25_000, 7_776_000_000, "Info"]
      )
    })
  )

  it.effect("CONTRACT Environment: every variable is read", () =>
    Effect.gen(function* () {
      const settings = yield* read({
        ...required,
        KAFKA_SSL: "true",
        KAFKA_SASL_MECHANISM: "scram-sha-512",
        KAFKA_SASL_USERNAME: "user",
        KAFKA_SASL_PASSWORD: "pass",
        KAFKA_START_AT: "2026-01-31T12:00:00Z",
        TOPIC_IN: "entrada",
        TOPIC_INBOUND_DLQ: "mortas",
        SERVICENOW_CLIENT_ID: "client",
        SERVICENOW_CLIENT_SECRET: "client-secret",
        SERVICENOW_HUMAN_GROUP: "b85d44954a3623120004689b2d5dd60a",
        WENI_RETRY_STATUS: "429, 503",
        DATABASE_URL: "postgres://u:p@db/ctx",
        OPERATOR_TOKEN: "a-token-0123456789",
        RUNNER_HOST: "10.0.0.7",
        RUNNER_PORT: "34431",
        LOG_LEVEL: "debug"
      })
      assert.strictEqual(settings.kafka.ssl, true)
      assert.strictEqual(settings.kafka.sasl?.mechanism, "scram-sha-512")
      assert.strictEqual(settings.kafka.startAt, Date.parse("2026-01-31T12:00:00Z"))
      assert.strictEqual(settings.topics.inDlq, "entrada.dlq")
      assert.strictEqual(settings.topics.inboundDlq, "mortas")
      assert.strictEqual(settings.serviceNow.auth.type, "oauth")
      assert.strictEqual(settings.serviceNow.auth.username, "svc")
      assert.strictEqual(settings.serviceNow.humanGroup, "b85d44954a3623120004689b2d5dd60a")
      assert.deepStrictEqual(settings.weni.retryStatus, [429, 503])
      assert.strictEqual(settings.database.url && Redacted.value(settings.database.url), "postgres://u:p@db/ctx")
      assert.deepStrictEqual(settings.warnings, [
        "RUNNER_HOST is set and no longer used",
        "RUNNER_PORT is set and no longer used"
      ])
      assert.strictEqual(settings.logLevel, "Debug")
    })
  )

  it.effect("CONTRACT Environment: all missing and wrong variables are listed at once, secrets hidden", () =>
    Effect.gen(function* () {
      const listed = yield* problems({
        KAFKA_BROKERS: "kafka",
        KAFKA_SSL: "yes",
        WENI_API_KEY: "key",
        SERVICENOW_PASSWORD: "s3cret",
        DATABASE_URL: "mysql://root:s3cret@db",
        WENI_TIMEOUT: "15",
        MAX_IN_FLIGHT: "0",
        TOPIC_IN: "a b"
      })
      assert.deepStrictEqual(listed, [
        "WENI_API_SECRET: missing, expected text that an HTTP header can hold: Latin-1 without control characters",
        `WENI_TIMEOUT: read "15", expected a duration above zero such as "15 seconds" or "500 millis"`,
        "DATABASE_URL: read a value that is not shown, expected a postgres:// or postgresql:// URL",
        `KAFKA_BROKERS: read "kafka", expected comma-separated: host:port`,
        `KAFKA_SSL: read "yes", expected true | false`,
        `TOPIC_IN: read "a b", expected a topic name: 1–249 letters, digits, '.', '_' or '-'`,
        "SERVICENOW_URL: missing, expected an http or https URL without user, query or fragment",
        "SERVICENOW_USERNAME, SERVICENOW_PASSWORD: read only one of the two, expected both or none",
        `MAX_IN_FLIGHT: read "0", expected a whole number from 1 to 100000`
      ])
    })
  )

  it.effect(
    "CONTRACT Environment: neither a wrong URL's user and query nor a missing file's neighbours are left out or shown",
    () =>
      Effect.gen(function* () {
        const listed = yield* problems({
          ...required,
          SERVICENOW_URL: "https://user:s3cret@inst.service-now.com/x?key=s3cret",
          WENI_URL: "s3cret",
          JOURNEYS_FILE: "/nowhere/journeys.yaml"
        })
        assert.deepStrictEqual(listed, [
          `WENI_URL: read "a text that is no URL", expected an http or https URL without user, query or fragment`,
          `SERVICENOW_URL: read "https://inst.service-now.com/x", expected an http or https URL without user, query or fragment`,
          `JOURNEYS_FILE: read "/nowhere/journeys.yaml", expected a file that can be read`
        ])
      })
  )

  it.effect("CONTRACT Environment: one of the two ways to authenticate is required", () =>
    Effect.gen(function* () {
      const { SERVICENOW_PASSWORD: _, SERVICENOW_USERNAME: __, ...rest } = required
      assert.deepStrictEqual(yield* problems(rest), [
        "SERVICENOW_USERNAME: missing, expected it with SERVICENOW_PASSWORD (Basic), or SERVICENOW_CLIENT_ID with SERVICENOW_CLIENT_SECRET (OAuth)"
      ])
    })
  )

  it.effect("CONTRACT SHUTDOWN_GRACE: must be more than WENI_TIMEOUT plus 5 s", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* problems({ ...required, WENI_TIMEOUT: "20 seconds" }), [
        "SHUTDOWN_GRACE: read 25000 ms, expected more than WENI_TIMEOUT (20000 ms) plus 5 s"
      ])
    })
  )

  it.effect("CONTRACT RETRY_AFTER_MAX: is no more than BREAKER_MAX_WAIT, and a duration", () =>
    Effect.gen(function* () {
      const longest = (environment: Readonly<Record<string, string>>) =>
        Effect.map(read({ ...required, ...environment }), ({ breaker }) => breaker.retryAfterMax)
      assert.strictEqual(yield* longest({ RETRY_AFTER_MAX: "14 minutes" }), 840_000)
      assert.strictEqual(yield* longest({ RETRY_AFTER_MAX: "1 hour", BREAKER_MAX_WAIT: "15 minutes" }), 900_000)
      assert.strictEqual(yield* longest({ BREAKER_MAX_WAIT: "2 minutes" }), 120_000)
      assert.deepStrictEqual(yield* problems({ ...required, RETRY_AFTER_MAX: "ten" }), [
        `RETRY_AFTER_MAX: read "ten", expected a duration above zero such as "15 seconds" or "500 millis"`
      ])
    })
  )

  it.effect("CONTRACT Commands: a command misses no variable that it does not need", () =>
    Effect.gen(function* () {
      const readFor = (names: ReadonlyArray<string>, environment: Readonly<Record<string, string>>) =>
        Effect.provide(
          Settings,
          settingsEnvFor(...names).pipe(Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(environment))))
        )
      const { database } = yield* readFor(["DATABASE_URL", "DATA_DIR"], { DATA_DIR: "elsewhere", MAX_IN_FLIGHT: "x" })
      assert.strictEqual(database.dataDir, "elsewhere")
      const error = yield* Effect.flip(readFor(["KAFKA_", "TOPIC_"], { TOPIC_IN: "a b", WENI_TIMEOUT: "soon" }))
      assert.deepStrictEqual(error.problems, [
        "KAFKA_BROKERS: missing, expected comma-separated: host:port",
        `TOPIC_IN: read "a b", expected a topic name: 1–249 letters, digits, '.', '_' or '-'`
      ])
    })
  )
})
