import { Duration, Effect } from "effect"

import { Settings } from "../../services/Settings.ts"

/** What the cluster is run with: on one process for its sweep, on many for their actors too. */
export const shardingSettings = Effect.map(
  Settings,
  ({ weni }) =>
    ({
      // Messages are volatile, so there is nothing to poll for: it only paces another try to take what was free to take.
      entityMessagePollInterval: "2 seconds",
      // An attempt under way at a stop ends by itself (SPEC 9.4).
      entityTerminationTimeout: Duration.millis(weni.timeout + 5000),
      // More than `MAX_IN_FLIGHT` and what ended within the idle time; a full house is retried by intake.
      maxResidentEntities: 50_000,
      simulateRemoteSerialization: false
    }) as const
)
