import { Duration, Effect } from "effect"

import { Settings } from "../../services/Settings.ts"

/** The cluster's settings, for one process, which needs it for the sweep, and for replicas, which have actors, too. */
export const shardingSettings = Effect.map(
  Settings,
  ({ weni }) =>
    ({
      // Messages are volatile, so no message is polled for. This only paces the next try to take free shards.
      entityMessagePollInterval: "2 seconds",
      // At a stop an attempt under way completes by itself (SPEC 9.4).
      entityTerminationTimeout: Duration.millis(weni.timeout + 5000),
      // More than `MAX_IN_FLIGHT` and the actors that ended within the idle time. Intake retries when there are too many.
      maxResidentEntities: 50_000,
      simulateRemoteSerialization: false
    }) as const
)
