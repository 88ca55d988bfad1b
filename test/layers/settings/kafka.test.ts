import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer, Redacted } from "effect"

import { brokerAddress } from "../../../src/layers/kafka/js/seedBrokers.ts"
import { settingsEnvFor } from "../../../src/layers/settings/SettingsEnv.ts"
import { Settings } from "../../../src/services/Settings.ts"
import { certificates } from "../../support/certificates.ts"

const read = (environment: Readonly<Record<string, string>>) =>
  Effect.map(
    Effect.provide(
      Settings,
      settingsEnvFor("KAFKA").pipe(
        Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({ KAFKA_BROKERS: "kafka:9092", ...environment })))
      )
    ),
    ({ kafka }) => kafka
  )

const problems = (environment: Readonly<Record<string, string>>) =>
  Effect.map(Effect.flip(read(environment)), (error) => error.problems)

describe("CONTRACT KAFKA_BROKERS", () => {
  it.effect.each([
    ["kafka:9092", [{ host: "kafka", port: 9092 }]],
    ["[::1]:9092", [{ host: "::1", port: 9092 }]],
    [
      "10.0.0.7:1, [fe80::1%eth0]:65535,kafka-2.local:9093",
      [
        { host: "10.0.0.7", port: 1 },
        { host: "fe80::1%eth0", port: 65_535 },
        { host: "kafka-2.local", port: 9093 }
      ]
    ]
  ] as const)("%s is read", ([text, addresses]) =>
    Effect.gen(function* () {
      const { brokers } = yield* read({ KAFKA_BROKERS: text })
      assert.deepStrictEqual(brokers.map(brokerAddress), [...addresses])
    })
  )

  const brackets = " (an IPv6 address in brackets: [::1]:9092)"
  it.effect.each([
    ["kafka", ""],
    ["kafka:", ""],
    ["kafka:0", ""],
    ["kafka:65536", ""],
    ["PLAINTEXT://kafka:9092", ""],
    ["user@kafka:9092", ""],
    ["[kafka]:9092", ""],
    ["[::1]", brackets],
    ["::1", brackets],
    ["kafka:9092,::1:9092", brackets]
  ] as const)("%s is refused", ([text, hint]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* problems({ KAFKA_BROKERS: text }), [
        `KAFKA_BROKERS: read ${JSON.stringify(text.replace("user@", "…@"))}, expected comma-separated: host:port${hint}`
      ])
    })
  )
})

describe("CONTRACT KAFKA_MAX_BATCH", () => {
  it.effect.each([
    ["1", 1],
    ["4096", 4096],
    ["512 KB", 524_288],
    ["16MB", 16_777_216],
    ["8 MiB", 8_388_608],
    ["1 GB", 1_073_741_824]
  ] as const)("%s is read", ([text, bytes]) =>
    Effect.gen(function* () {
      assert.strictEqual((yield* read({ KAFKA_MAX_BATCH: text })).maxBatch, bytes)
    })
  )

  it.effect.each(["0", "-1", "1.5 MB", "2 GB", "16 apples", "MB"])("%s is refused", (text) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* problems({ KAFKA_MAX_BATCH: text }), [
        `KAFKA_MAX_BATCH: read "${text}", expected a number of bytes from 1 to 1 GB such as "16 MB" or "16777216"`
      ])
    })
  )
})

describe("CONTRACT KAFKA_SSL_CA, KAFKA_SSL_CERT, KAFKA_SSL_KEY", () => {
  it.effect("files are read, and turn TLS on", () =>
    Effect.gen(function* () {
      const { path, text } = yield* certificates
      const { certificates: read_, ssl } = yield* read({
        KAFKA_SSL_CA: path("ca.pem"),
        KAFKA_SSL_CERT: path("client.pem"),
        KAFKA_SSL_KEY: path("client.key")
      })
      assert.deepStrictEqual([ssl, read_?.ca, read_?.cert], [true, text("ca.pem"), text("client.pem")])
      assert.strictEqual(read_?.key && Redacted.value(read_.key), text("client.key"))
      assert.deepStrictEqual((yield* read({ KAFKA_SSL: "true" })).certificates, undefined)
    })
  )

  it.effect("files that cannot be used stop the start, without showing a part of them", () =>
    Effect.gen(function* () {
      const { path } = yield* certificates
      const ca = { KAFKA_SSL_CA: path("ca.pem") }
      const pair = { KAFKA_SSL_CERT: path("client.pem"), KAFKA_SSL_KEY: path("client.key") }
      assert.deepStrictEqual(yield* problems({ KAFKA_SSL_CA: "/nowhere/ca.pem" }), [
        'KAFKA_SSL_CA: read "/nowhere/ca.pem", expected a file that can be read'
      ])
      assert.deepStrictEqual(yield* problems({ ...ca, KAFKA_SSL: "false" }), [
        "KAFKA_SSL: read false beside KAFKA_SSL_CA, KAFKA_SSL_CERT or KAFKA_SSL_KEY, expected true"
      ])
      assert.deepStrictEqual(yield* problems({ KAFKA_SSL_CERT: pair.KAFKA_SSL_CERT }), [
        "KAFKA_SSL_CERT, KAFKA_SSL_KEY: read only one of them, expected both or none"
      ])
      const [noCertificate, ...others] = yield* problems({ KAFKA_SSL_CA: path("ca.key") })
      assert.lengthOf(others, 0)
      assert.match(
        noCertificate ?? "",
        /^KAFKA_SSL_CA: read no certificate \(.*\), expected a file of PEM certificates$/
      )
      const [mismatch] = yield* problems({ ...pair, KAFKA_SSL_KEY: path("broker.key") })
      assert.match(
        mismatch ?? "",
        /^KAFKA_SSL_CERT, KAFKA_SSL_KEY: cannot be used \(.*mismatch.*\), expected PEM files/
      )
    })
  )
})
