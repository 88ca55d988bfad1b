import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"

import { Effect } from "effect"

import { freePort } from "../../support/freePorts.ts"
import { eventually } from "./service.ts"

/** The collector that `tools/telemetry/collector.sh` built; undefined if it was not built. */
export const collectorBinary = process.env.OTELCOL

const ended = (child: ChildProcess) =>
  Effect.callback<void>((resume) => {
    if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
    child.once("exit", () => resume(Effect.void))
  })

const run = (args: ReadonlyArray<string>, environment: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync(() => spawn(collectorBinary ?? "", args, { env: environment, stdio: "ignore" })),
    (child) =>
      Effect.andThen(
        Effect.sync(() => child.kill("SIGKILL")),
        ended(child)
      )
  )

const answers = (url: string) =>
  eventually(
    url,
    Effect.map(
      Effect.tryPromise(() => fetch(url)),
      ({ ok }) => ok
    )
  )

/** A second collector in place of Jaeger (gRPC) and Tempo (HTTP), with one file for what each receives. `given` is the HTTP port. */
export const startSink = Effect.fnUntraced(function* (directory: string, given?: number) {
  const [grpc, http, health] = [yield* freePort, given ?? (yield* freePort), yield* freePort]
  const files = { jaeger: `${directory}/jaeger.json`, tempo: `${directory}/tempo.json` }
  const config = {
    extensions: { health_check: { endpoint: `127.0.0.1:${health}` } },
    receivers: {
      "otlp/jaeger": { protocols: { grpc: { endpoint: `127.0.0.1:${grpc}` } } },
      "otlp/tempo": { protocols: { http: { endpoint: `127.0.0.1:${http}` } } }
    },
    exporters: {
      "file/jaeger": { path: files.jaeger, flush_interval: "100ms" },
      "file/tempo": { path: files.tempo, flush_interval: "100ms" }
    },
    service: {
      extensions: ["health_check"],
      telemetry: { metrics: { level: "none" } },
      pipelines: {
        "traces/jaeger": { receivers: ["otlp/jaeger"], exporters: ["file/jaeger"] },
        "traces/tempo": { receivers: ["otlp/tempo"], exporters: ["file/tempo"] }
      }
    }
  }
  yield* run([`--config=yaml:${JSON.stringify(config)}`], {})
  yield* answers(`http://127.0.0.1:${health}/`)
  const received = (file: string) => Effect.sync(() => (existsSync(file) ? readFileSync(file, "utf8") : ""))
  return {
    environment: { JAEGER_ENDPOINT: `127.0.0.1:${grpc}`, TEMPO_ENDPOINT: `http://127.0.0.1:${http}` },
    jaeger: received(files.jaeger),
    tempo: received(files.tempo)
  }
})

/** The real collector with `otel-collector.yaml`. */
export const startCollector = Effect.fnUntraced(function* (environment: Readonly<Record<string, string>>) {
  const [grpc, http, metrics, health, own] = [
    yield* freePort,
    yield* freePort,
    yield* freePort,
    yield* freePort,
    yield* freePort
  ]
  yield* run(["--config=otel-collector.yaml"], {
    ...environment,
    OTLP_GRPC_ENDPOINT: `127.0.0.1:${grpc}`,
    OTLP_HTTP_ENDPOINT: `127.0.0.1:${http}`,
    METRICS_ENDPOINT: `127.0.0.1:${metrics}`,
    HEALTH_ENDPOINT: `127.0.0.1:${health}`,
    OWN_METRICS_HOST: "127.0.0.1",
    OWN_METRICS_PORT: String(own)
  })
  yield* answers(`http://127.0.0.1:${health}/`)
  const text = (port: number) => Effect.tryPromise(async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text())
  return {
    /** Sends OTLP in JSON. The signal is `traces`, `metrics` or `logs`. */
    send: (signal: string, body: unknown) =>
      Effect.promise(async () => {
        const answer = await fetch(`http://127.0.0.1:${http}/v1/${signal}`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body)
        })
        return answer.status
      }),
    metrics: text(metrics),
    own: text(own)
  }
})
