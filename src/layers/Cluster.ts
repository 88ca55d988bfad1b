import { NodeCrypto } from "@effect/platform-node"
import { Duration, Effect, Layer, References } from "effect"
import { SingleRunner } from "effect/cluster"

import { Settings } from "../services/Settings.ts"

/**
 * The actors of this process (DESIGN "Actors"): their messages are volatile, for Kafka keeps the records. One runner: the
 * database's lock keeps others out, so the cluster needs no locks of its own.
 */
export const Cluster = Layer.unwrap(
  Effect.map(Settings, ({ weni }) =>
    SingleRunner.layer({
      runnerStorage: "memory",
      shardingConfig: {
        // Nothing is persisted: what is due is found by the sweep.
        entityMessagePollInterval: "1 minute",
        // An attempt under way at a stop ends by itself (SPEC 9.4).
        entityTerminationTimeout: Duration.millis(weni.timeout + 5000),
        // More than `MAX_IN_FLIGHT` and what ended within the idle time; a full house is retried by intake.
        maxResidentEntities: 50_000,
        simulateRemoteSerialization: false
      }
    })
  )
).pipe(
  // It warns at every poll while the database is away: the database's own lines say that once.
  Layer.provide([NodeCrypto.layer, Layer.succeed(References.MinimumLogLevel, "Error")])
)
