import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer, Redacted } from "effect"

import { SettingsEnv, settingsEnvFor } from "../../../src/layers/settings/SettingsEnv.ts"
import { Settings } from "../../../src/services/Settings.ts"

const required = {
  KAFKA_BROKERS: "kafka:9092",
  SERVICENOW_URL: "https://obramax.service-now.com",
  SERVICENOW_USERNAME: "svc",
  SERVICENOW_PASSWORD: "s3cret",
  WENI_API_KEY: "key",
  WENI_API_SECRET: "other-s3cret"
}

const provided = (environment: Readonly<Record<string, string>>) =>
  ConfigProvider.layer(ConfigProvider.fromEnv({ env: environment }))

const read = (environment: Readonly<Record<string, string>>) =>
  Effect.provide(Settings, Layer.provide(SettingsEnv, provided(environment)))

const problems = (environment: Readonly<Record<string, string>>) =>
  Effect.map(Effect.flip(read(environment)), (error) => error.problems)

const warnings = (environment: Readonly<Record<string, string>>) =>
  Effect.map(read({ ...required, ...environment }), (settings) => settings.warnings)

/** The paths of files with these contents. */
const files = (contents: Readonly<Record<string, string | Uint8Array>>) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "brom-ctx-"))),
      (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
    ),
    (directory) => {
      const entries = Object.entries(contents).map(([name, content]) => {
        const path = join(directory, name)
        writeFileSync(path, content)
        return [name, path] as const
      })
      return Object.fromEntries(entries)
    }
  )

describe("secrets in files", () => {
  it.effect("CONTRACT Environment: every secret may come from the file that NAME_FILE names", () =>
    Effect.gen(function* () {
      const { SERVICENOW_PASSWORD: _, WENI_API_KEY: __, WENI_API_SECRET: ___, ...rest } = required
      const paths = yield* files({
        KAFKA_SASL_PASSWORD_FILE: "kafka s3cret\n",
        SERVICENOW_PASSWORD_FILE: " with blanks \r\n",
        SERVICENOW_CLIENT_SECRET_FILE: "client s3cret",
        WENI_API_KEY_FILE: "key\n",
        WENI_API_SECRET_FILE: "other s3cret\n\n",
        DATABASE_URL_FILE: "postgres://u:p@db/ctx\n",
        OPERATOR_TOKEN_FILE: "0123456789abcdef\n",
        HTTPS_PROXY_FILE: "http://u:p@proxy:3128\n"
      })
      const settings = yield* read({
        ...rest,
        ...paths,
        KAFKA_SASL_MECHANISM: "plain",
        KAFKA_SASL_USERNAME: "u",
        SERVICENOW_CLIENT_ID: "client"
      })
      const { auth } = settings.serviceNow
      assert.deepStrictEqual(
        [
          settings.kafka.sasl?.password,
          auth.password,
          auth.type === "oauth" ? auth.clientSecret : undefined,
          settings.weni.apiKey,
          settings.weni.apiSecret,
          settings.database.url,
          settings.http.operators[0]?.token,
          settings.proxies.https
        ].map((secret) => secret && Redacted.value(secret)),
        [
          "kafka s3cret",
          " with blanks ",
          "client s3cret",
          "key",
          "other s3cret",
          "postgres://u:p@db/ctx",
          "0123456789abcdef",
          "http://u:p@proxy:3128/"
        ]
      )
      assert.deepStrictEqual(settings.warnings, [])
    }).pipe(Effect.scoped)
  )

  it.effect("CONTRACT Environment: a file that is missing, empty or not a text is named, and so are two sources", () =>
    Effect.gen(function* () {
      const { WENI_API_KEY: _, WENI_API_SECRET: __, ...rest } = required
      const { bytes, empty, good, large } = yield* files({
        empty: "\n",
        bytes: new Uint8Array([0xff, 0xfe]),
        good: "key",
        large: "x".repeat(70_000)
      })
      assert.deepStrictEqual(
        yield* problems({ ...rest, WENI_API_KEY_FILE: "/no/key", WENI_API_SECRET_FILE: `${empty}` }),
        [
          'WENI_API_KEY_FILE: read "/no/key", expected a file that can be read',
          `WENI_API_SECRET_FILE: read "${empty}", which is empty, expected a secret`
        ]
      )
      assert.deepStrictEqual(
        yield* problems({ ...rest, WENI_API_KEY_FILE: `${bytes}`, WENI_API_SECRET_FILE: `${large}` }),
        [
          `WENI_API_KEY_FILE: read "${bytes}", which is not UTF-8 text`,
          `WENI_API_SECRET_FILE: read "${large}", which is larger than 64 KiB, expected a secret alone`
        ]
      )
      assert.deepStrictEqual(yield* problems({ ...required, WENI_API_KEY_FILE: `${good}` }), [
        "WENI_API_KEY, WENI_API_KEY_FILE: read both, expected one of the two"
      ])
      const operator = yield* Effect.flip(
        Effect.provide(
          Settings,
          Layer.provide(settingsEnvFor("DATABASE_URL"), provided({ DATABASE_URL_FILE: "/no/url" }))
        )
      )
      assert.deepStrictEqual(operator.problems, ['DATABASE_URL_FILE: read "/no/url", expected a file that can be read'])
    }).pipe(Effect.scoped)
  )
})

describe("what cannot be sent", () => {
  it.effect.each(["a\nb", "a\u0000b", "clé€", "a\u007fb"])(
    "CONTRACT WENI_API_KEY: %j cannot be a header and stops the start",
    (WENI_API_KEY) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* problems({ ...required, WENI_API_KEY, WENI_API_SECRET: "é" }), [
          "WENI_API_KEY: read a value that is not shown, expected text that an HTTP header can hold: Latin-1 without control characters"
        ])
      })
  )

  it.effect("CONTRACT OPERATOR_TOKEN: fewer than 16 characters, or blanks, are refused", () =>
    Effect.gen(function* () {
      for (const OPERATOR_TOKEN of ["short", "0123456789abcde", "with a blank inside it"]) {
        assert.deepStrictEqual(yield* problems({ ...required, OPERATOR_TOKEN }), [
          "OPERATOR_TOKEN: read a value that is not shown, expected at least 16 printable characters without spaces"
        ])
      }
    })
  )

  it.effect("CONTRACT SERVICENOW_USERNAME: a name with a colon cannot be sent by Basic auth", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* problems({ ...required, SERVICENOW_USERNAME: "a:b" }), [
        'SERVICENOW_USERNAME: read a name with ":", which Basic auth cannot send'
      ])
    })
  )
})

describe("proxies", () => {
  it.effect("CONTRACT HTTPS_PROXY: read in both cases, and refused if they are not supported", () =>
    Effect.gen(function* () {
      const { proxies } = yield* read({ ...required, HTTPS_PROXY: "proxy:1", https_proxy: "proxy:2", no_proxy: "a,b" })
      assert.deepStrictEqual(
        [proxies.https && Redacted.value(proxies.https), proxies.except],
        ["http://proxy:2/", "a,b"]
      )
      for (const HTTP_PROXY of ["https://proxy:1", "socks5://u:s3cret@proxy:1", "http://", "http://u:%zz@proxy:1"]) {
        assert.deepStrictEqual(yield* problems({ ...required, HTTP_PROXY }), [
          "HTTP_PROXY: read a value that is not shown, expected a URL such as http://proxy:3128 (TLS to the proxy itself and SOCKS are not supported)"
        ])
      }
    })
  )
})

describe("what is most likely not intended", () => {
  it.effect("CONTRACT SERVICENOW_URL, WENI_URL: credentials in plain text are warned of", () =>
    Effect.gen(function* () {
      const plain = { SERVICENOW_URL: "http://inst.example", WENI_URL: "http://weni.example" }
      assert.deepStrictEqual((yield* warnings(plain)).toSorted(), [
        "SERVICENOW_URL begins with http://: credentials and personal data travel in plain text",
        "WENI_URL begins with http://: credentials and personal data travel in plain text"
      ])
      assert.deepStrictEqual(yield* warnings({}), [])
    })
  )

  it.effect("CONTRACT Environment: a variable whose name is nearly one of ours is reported, without its value", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        (yield* warnings({
          RETRY_ATTEMPS: "9",
          SERVICENOW_TIMOUT: "1 second",
          weni_timeout: "1 second",
          KAFKA_BROKER: "x",
          "LOG-LEVEL": "Debug",
          OPERATOR_TOKNE: "s3cret",
          DATABASE_URL_FIEL: "/x"
        })).toSorted(),
        [
          "DATABASE_URL_FIEL is set and not read: is DATABASE_URL_FILE meant?",
          "KAFKA_BROKER is set and not read: is KAFKA_BROKERS meant?",
          "LOG-LEVEL is set and not read: is LOG_LEVEL meant?",
          "OPERATOR_TOKNE is set and not read: is OPERATOR_TOKEN meant?",
          "RETRY_ATTEMPS is set and not read: is RETRY_ATTEMPTS meant?",
          "SERVICENOW_TIMOUT is set and not read: is SERVICENOW_TIMEOUT meant?",
          "weni_timeout is set and not read: is WENI_TIMEOUT meant?"
        ]
      )
    })
  )

  it.effect("CONTRACT Environment: variables that the system and Kubernetes set are not reported", () =>
    Effect.gen(function* () {
      const usual = {
        PATH: "/bin",
        HOME: "/",
        HOSTNAME: "pod-1",
        PWD: "/",
        SHLVL: "1",
        TERM: "xterm",
        LANG: "C",
        NODE_VERSION: "26.0.0",
        NODE_OPTIONS: "--x",
        NODE_EXTRA_CA_CERTS: "/ca.pem",
        KUBERNETES_SERVICE_HOST: "10.0.0.1",
        KUBERNETES_PORT_443_TCP: "tcp://10.0.0.1:443",
        KAFKA_PORT: "tcp://10.0.0.2:9092",
        KAFKA_SERVICE_HOST: "10.0.0.2",
        KAFKA_PORT_9092_TCP_PORT: "9092",
        OTEL_PROPAGATORS: "tracecontext",
        OTEL_SERVICE_NAME: "x",
        OTEL_BSP_SCHEDULE_DELAY: "5",
        http_proxy: "http://proxy:3128",
        no_proxy: "localhost"
      }
      assert.deepStrictEqual(yield* warnings(usual), [])
    })
  )
})
