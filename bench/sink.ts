import { Effect } from "effect"

import { eventually } from "../test/integration/support/service.ts"
import { freePort } from "../test/support/freePorts.ts"
import { startChild } from "./child.ts"

/** Starts an OTLP collector in a process of its own that drops everything. */
export const startSink = Effect.gen(function* () {
  const port = yield* freePort
  const url = `http://127.0.0.1:${port}`
  yield* startChild(["bench/sinkServer.ts"], { PORT: String(port) })
  const bytes = Effect.tryPromise(async () => Number(await (await fetch(url)).text()))
  yield* Effect.orDie(eventually("the sink", Effect.as(bytes, true)))
  return { environment: { OTEL_EXPORTER_OTLP_ENDPOINT: url }, bytes: Effect.orDie(bytes) }
})
