import { Layer, Redacted } from "effect"

import { Settings } from "../../src/services/Settings.ts"

const defaults: Settings["Service"] = {
  warnings: [],
  proxies: { except: "" },
  kafka: {
    brokers: ["127.0.0.1:1"],
    clientId: "brom-ctx",
    groupId: "brom-ctx",
    ssl: false,
    createTopics: true,
    startAt: "earliest",
    maxBatch: 16 * 1024 * 1024
  },
  topics: {
    in: "comunicacaoTransacional",
    response: "comunicacaoTransacionalResponse",
    inbound: "omnichannelRespostaCampanha",
    inDlq: "comunicacaoTransacional.dlq",
    inboundDlq: "omnichannelRespostaCampanha.dlq"
  },
  serviceNow: {
    url: "http://127.0.0.1:1",
    auth: { type: "basic", username: "user", password: Redacted.make("password") },
    guestConsumer: "xOeTBxFz98JIPlG00LagPt7aH4BSvmY9t3zy7CJ2cSk=",
    documentField: "u_cpf_cnpj",
    keyField: "u_id_correlacao",
    phoneFields: ["phone", "mobile_phone"],
    timeout: 65_000,
    concurrency: 16
  },
  weni: {
    url: "http://127.0.0.1:1",
    apiKey: Redacted.make("key"),
    apiSecret: Redacted.make("secret"),
    timeout: 15_000,
    concurrency: 16,
    retryStatus: [429, 500, 502, 503]
  },
  retry: { attempts: 5, baseDelay: 500, maxDelay: 30_000 },
  // A test that calls only one vendor decides for itself when that is an outage.
  breaker: { failures: 20, after: 3_600_000, reset: 30_000, maxWait: 86_400_000, retryAfterMax: 600_000 },
  database: { dataDir: "./data" },
  http: { host: "127.0.0.1", port: 0, operators: [], sessionIdle: 28_800_000 },
  journeysFile: "journeys.yaml",
  maxInFlight: 256,
  orphanAfter: 600_000,
  operationRate: 5,
  tcpOrphanTimeout: 105_000,
  shutdownGrace: 25_000,
  retention: 90 * 86_400_000,
  logLevel: "Info",
  logFormat: "json"
}

export type Overrides = {
  readonly [K in keyof Settings["Service"]]?: Partial<Settings["Service"][K]> | Settings["Service"][K]
}

/** CONTRACT's defaults, with some groups changed field by field. */
export const settings = (overrides: Overrides = {}): Settings["Service"] => {
  const merged: Record<string, unknown> = { ...defaults }
  for (const [key, value] of Object.entries(overrides)) {
    const base = merged[key]
    merged[key] = typeof base === "object" && base !== null && typeof value === "object" ? { ...base, ...value } : value
  }
  return merged as unknown as Settings["Service"]
}

export const SettingsTest = (overrides: Overrides = {}) => Layer.succeed(Settings, settings(overrides))
