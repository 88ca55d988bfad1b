import { Effect, Layer } from "effect"

import { Settings } from "../services/Settings.ts"

/** Milliseconds that a stop gives to what was not exported yet. */
export const exportGrace = 2500

/**
 * Traces, metrics and logs over OTLP (CONTRACT "Environment"); without an endpoint nothing at all, not even the exporters' code is
 * loaded. Never fails and never waits: what a collector that is away does not take is kept within bounds, then dropped and counted.
 */
export const Telemetry = Layer.unwrap(
  Effect.gen(function* () {
    const { telemetry } = yield* Settings
    if (telemetry === undefined) return Layer.empty
    const { exportOtlp } = yield* Effect.promise(() => import("./otlp/exportOtlp.ts"))
    return exportOtlp(telemetry, exportGrace)
  })
)
