import { assert, it } from "@effect/vitest"
import { Effect } from "effect"

import type { Kind } from "../chaos/Injection.ts"
import { runChaos } from "../chaos/run.ts"

/** Each fault once, in an order that the seed decides. `npm run chaos` runs for as long as requested. */
const kinds: ReadonlyArray<Kind> = [
  "kill -9 of 1 replica",
  "kill -9 of 3 replicas",
  "SIGSTOP of a replica, SIGCONT",
  "broker killed and restarted",
  "all brokers killed and restarted",
  "Postgres stopped and started",
  "Postgres fails over to its standby",
  "ServiceNow away"
]

it.live(
  "SPEC 9.1, 9.3: replicas, broker, database and vendor crash, stop and come back under load: nothing is lost or done twice",
  () =>
    Effect.gen(function* () {
      const { recoveries, story, violations } = yield* runChaos({
        seed: 1,
        lasts: 90_000,
        rate: 4,
        // Longer than the locks last, so other processes take over the work of the stopped one.
        pace: { stopped: 15_000, cut: 10_000, serviceNowAway: 8000, rest: [1000, 3000] },
        kinds,
        tell: Effect.logInfo
      })
      assert.deepStrictEqual(violations, [], story.join("\n"))
      assert.isNotEmpty(recoveries)
    }),
  1_200_000
)
