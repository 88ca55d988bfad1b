import { Context, type Redacted } from "effect"

import type { Identity } from "../domain/operator/Role.ts"
import type { Proxies } from "../domain/values/proxyFor.ts"
import type { RetrySettings } from "../domain/vendor/retryDelay.ts"

export interface KafkaSettings {
  readonly brokers: ReadonlyArray<string>
  readonly clientId: string
  readonly groupId: string
  readonly ssl: boolean
  /** PEM texts for `ssl`: the authority of the brokers' certificates, and this client's certificate and key. */
  readonly certificates?: {
    readonly ca?: string
    readonly cert?: string
    readonly key?: Redacted.Redacted
  }
  readonly sasl?: {
    readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512"
    readonly username: string
    readonly password: Redacted.Redacted
  }
  readonly createTopics: boolean
  /** Maximum bytes of the decompressed records of one batch. */
  readonly maxBatch: number
  /** Where a group without offsets begins. A number is in epoch milliseconds. */
  readonly startAt: "earliest" | "latest" | number
}

export interface TopicSettings {
  readonly in: string
  readonly response: string
  readonly inbound: string
  readonly inDlq: string
  readonly inboundDlq: string
}

/** Basic auth, or OAuth with client credentials. With username and password, OAuth uses the password grant. */
export type ServiceNowAuth =
  | { readonly type: "basic"; readonly username: string; readonly password: Redacted.Redacted }
  | {
      readonly type: "oauth"
      readonly clientId: string
      readonly clientSecret: Redacted.Redacted
      readonly username?: string
      readonly password?: Redacted.Redacted
    }

export interface ServiceNowSettings {
  /** Origin and optional path prefix, without a trailing slash. */
  readonly url: string
  readonly auth: ServiceNowAuth
  readonly guestConsumer: string
  readonly documentField: string
  /** The Case field by which a Case is looked for (SPEC 4.3). */
  readonly keyField: string
  readonly phoneFields: ReadonlyArray<string>
  readonly assignmentGroup?: string
  readonly humanGroup?: string
  readonly openedBy?: string
  readonly timeout: number
  readonly concurrency: number
}

export interface WeniSettings {
  /** Without a trailing slash. */
  readonly url: string
  readonly apiKey: Redacted.Redacted
  readonly apiSecret: Redacted.Redacted
  readonly timeout: number
  readonly concurrency: number
  /** Status codes that count as not accepted and are tried again (SPEC 5.3). */
  readonly retryStatus: ReadonlyArray<number>
}

export interface BreakerSettings {
  readonly failures: number
  readonly after: number
  readonly reset: number
  readonly maxWait: number
  /** The longest hold that a vendor may ask for: RETRY_AFTER_MAX, at most BREAKER_MAX_WAIT. */
  readonly retryAfterMax: number
}

export interface DatabaseSettings {
  /** If absent, PGlite in `dataDir` is used. */
  readonly url?: Redacted.Redacted
  readonly dataDir: string
}

/** Which traces are recorded and exported, by OpenTelemetry's own names. */
export interface SamplerSettings {
  readonly name:
    | "always_on"
    | "always_off"
    | "traceidratio"
    | "parentbased_always_on"
    | "parentbased_always_off"
    | "parentbased_traceidratio"
  /** From 0 to 1, for the names that end in `traceidratio`. */
  readonly ratio: number
}

/** Where one signal goes, by OTLP over HTTP in protobuf. */
export interface ExportSettings {
  readonly url: string
  /** Milliseconds for one export. */
  readonly timeout: number
  readonly headers: Redacted.Redacted<Readonly<Record<string, string>>>
  /** Files of the collector's authority, and of this client's certificate and key. */
  readonly authority?: string
  readonly certificate?: string
  readonly key?: string
}

export interface TelemetrySettings {
  readonly traces?: ExportSettings
  readonly metrics?: ExportSettings
  readonly logs?: ExportSettings
  readonly sampler: SamplerSettings
}

/** Someone who may use the operator's API, by a token. */
export interface OperatorSettings extends Identity {
  readonly token: Redacted.Redacted
}

export interface HttpSettings {
  readonly host: string
  readonly port: number
  /** If empty, the operator's API answers only on loopback. */
  readonly operators: ReadonlyArray<OperatorSettings>
  /** How long a session of the console lasts without a request. */
  readonly sessionIdle: number
  /** Where a trace is shown; `{trace_id}` stands for its id. */
  readonly traceUrl?: string
}

/** CONTRACT "Environment", read and checked once at start. Every duration is in milliseconds. */
export class Settings extends Context.Service<
  Settings,
  {
    readonly kafka: KafkaSettings
    readonly topics: TopicSettings
    readonly serviceNow: ServiceNowSettings
    readonly weni: WeniSettings
    readonly retry: RetrySettings
    readonly breaker: BreakerSettings
    readonly database: DatabaseSettings
    readonly http: HttpSettings
    /** For requests to the vendors and to the collector. */
    readonly proxies: Proxies
    /** If absent, nothing is exported. */
    readonly telemetry?: TelemetrySettings
    /** Warnings at the start about variables that are legal but most likely not intended. */
    readonly warnings: ReadonlyArray<string>
    /** If absent, the database keeps a generated one. */
    readonly searchKey?: Redacted.Redacted
    readonly journeysFile: string
    readonly maxInFlight: number
    readonly orphanAfter: number
    /** Maximum number of items of operations that all processes together begin in a second. */
    readonly operationRate: number
    /** How long the kernel may still send what a dead process had written. */
    readonly tcpOrphanTimeout: number
    readonly shutdownGrace: number
    readonly retention: number
    readonly logLevel: "Fatal" | "Error" | "Warn" | "Info" | "Debug" | "Trace"
    readonly logFormat: "json" | "pretty"
  }
>()("brom-ctx/services/Settings") {}
