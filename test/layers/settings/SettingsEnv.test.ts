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

  it.effect("CONTRACT DATABASE_URL: each problem of the URL is a line, and so is a file that cannot be read", () =>
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

  it.effect("CONTRACT Environment: a variable that is not set has its documented default", () =>
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
      const { logFormat, logLevel, maxInFlight, orphanAfter, retention, shutdownGrace, tcpOrphanTimeout } = settings
      assert.deepStrictEqual(
        [maxInFlight, orphanAfter, tcpOrphanTimeout, shutdownGrace, retention, logLevel, logFormat],
        [256, 600_000, 105_000, 25_000, 7_776_000_000, "Info", "json"]
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
        LOG_LEVEL: "debug",
        LOG_FORMAT: "Pretty"
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
      assert.deepStrictEqual([settings.logLevel, settings.logFormat], ["Debug", "pretty"])
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
        `WENI_TIMEOUT: read "15", expected a duration from 1 millisecond to 1 day such as "15 seconds" or "500 millis"`,
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

  it.effect.each([
    [
      "WENI_URL",
      "user:s3cret@host",
      "a text that is no http or https URL",
      "an http or https URL without user, query or fragment"
    ],
    [
      "WENI_URL",
      "s3cret://host",
      "a text that is no http or https URL",
      "an http or https URL without user, query or fragment"
    ],
    ["KAFKA_BROKERS", "SASL_SSL://user:s3,cret@host:9092", "…@host:9092", "comma-separated: host:port"],
    [
      "TRACE_URL",
      "http://user:s3cret@host/{id}",
      "…@host/{id}",
      "an http or https URL with {trace_id}, such as http://127.0.0.1:16686/trace/{trace_id}"
    ]
  ])("CONTRACT Environment: %s=%s does not show the password", ([name = "", value = "", shown, expected]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* problems({ ...required, [name]: value }), [
        `${name}: read "${shown}", expected ${expected}`
      ])
    })
  )

  it.effect.each([
    [{ TOPIC_INBOUND: "comunicacaoTransacional" }, 'TOPIC_INBOUND: read "comunicacaoTransacional", which is TOPIC_IN'],
    [
      { TOPIC_RESPONSE: "comunicacaoTransacional" },
      'TOPIC_RESPONSE: read "comunicacaoTransacional", which is TOPIC_IN'
    ],
    [{ TOPIC_IN: "a", TOPIC_IN_DLQ: "a" }, 'TOPIC_IN_DLQ: read "a", which is TOPIC_IN'],
    [{ TOPIC_IN: "a", TOPIC_INBOUND: "a.dlq" }, 'TOPIC_IN_DLQ: read "a.dlq", which is TOPIC_INBOUND'],
    [
      { TOPIC_INBOUND_DLQ: "omnichannelRespostaCampanha" },
      'TOPIC_INBOUND_DLQ: read "omnichannelRespostaCampanha", which is TOPIC_INBOUND'
    ]
  ] as const)("CONTRACT Topics: a topic that is read has no other purpose: %j", ([topics, problem]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* problems({ ...required, ...topics }), [`${problem}, expected another topic`])
    })
  )

  it.effect("CONTRACT Topics: both topics of dead letters may be one", () =>
    Effect.gen(function* () {
      const { topics } = yield* read({ ...required, TOPIC_IN_DLQ: "dead", TOPIC_INBOUND_DLQ: "dead" })
      assert.deepStrictEqual([topics.inDlq, topics.inboundDlq], ["dead", "dead"])
    })
  )

  it.effect.each(["2026-02-30", "2026-02-30T12:00:00Z", "31/01/2026", "2026-01-31T12:00"])(
    "CONTRACT KAFKA_START_AT: %s is no time",
    (value) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* problems({ ...required, KAFKA_START_AT: value }), [
          `KAFKA_START_AT: read "${value}", expected earliest | latest | an ISO 8601 time such as 2026-01-31T12:00:00Z`
        ])
      })
  )

  it.effect.each([
    ["2026-01-31", Date.UTC(2026, 0, 31)],
    ["2026-01-31T12:00:00Z", Date.UTC(2026, 0, 31, 12)],
    ["2026-01-31T12:00:00.5-0300", Date.UTC(2026, 0, 31, 15, 0, 0, 500)]
  ] as const)("CONTRACT KAFKA_START_AT: %s is a time", ([value, time]) =>
    Effect.gen(function* () {
      assert.strictEqual((yield* read({ ...required, KAFKA_START_AT: value })).kafka.startAt, time)
    })
  )

  it.effect.each([
    ["WENI_TIMEOUT", "1 nanos", "1 day"],
    ["SERVICENOW_TIMEOUT", "25 days", "1 day"],
    ["RETENTION", "1000000 days", "36500 days"],
    ["SESSION_IDLE", "0.5 millis", "36500 days"]
  ])("CONTRACT Environment: %s=%s is out of the range of a duration", ([name = "", value = "", longest]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* problems({ ...required, [name]: value }), [
        `${name}: read "${value}", expected a duration from 1 millisecond to ${longest} such as "15 seconds" or "500 millis"`
      ])
    })
  )

  it.effect("CONTRACT Environment: a directory is no file that can be read", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* problems({ ...required, JOURNEYS_FILE: "/" }), [
        'JOURNEYS_FILE: read "/", expected a file that can be read'
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
        `RETRY_AFTER_MAX: read "ten", expected a duration from 1 millisecond to 36500 days such as "15 seconds" or "500 millis"`
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
