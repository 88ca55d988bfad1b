import { Effect, Layer } from "effect"

import { Settings } from "../services/Settings.ts"

/** Milliseconds that a shutdown allows for exporting the remaining data. */
export const exportGrace = 2500

/**
 * Exports traces, metrics and logs over OTLP (CONTRACT "Environment"). Without an endpoint it exports nothing and does
 * not even load the exporters' code. Never fails and never waits: data that an unavailable collector does not take is
 * kept within bounds, then dropped and counted.
 */
export const Telemetry = Layer.unwrap(
  Effect.gen(function* () {
    const { proxies, telemetry } = yield* Settings
    if (telemetry === undefined) return Layer.empty
    const { exportOtlp } = yield* Effect.promise(() => import("./otlp/exportOtlp.ts"))
    return yield* exportOtlp(telemetry, proxies, exportGrace)
  })
)
