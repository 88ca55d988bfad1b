import { assert, it } from "@effect/vitest"

import { boundedLocks, mostLocks, roomWarning } from "../../../src/layers/database/locks/processLocks.ts"
import { lookupLocks, sweepLocks } from "../../../src/services/Ownership.ts"
import { settings } from "../../support/settings.ts"

it("DESIGN Ownership: the locks of records, of the sweep, of looked-up Cases and of customers are counted", () => {
  const most = settings({ maxInFlight: 100, serviceNow: { concurrency: 5 } })
  assert.strictEqual(boundedLocks(most), 200 + sweepLocks + lookupLocks)
  assert.strictEqual(mostLocks(most), 200 + sweepLocks + lookupLocks + 20)
})

it("DESIGN Ownership: three processes with the default settings fit into half of a default server's locks", () => {
  const locks = mostLocks(settings({ maxInFlight: 256, serviceNow: { concurrency: 16 } }))
  assert.strictEqual(locks, 1066)
  assert.isUndefined(roomWarning(locks, 3, 6400))
  assert.strictEqual(
    roomWarning(locks, 4, 6400),
    "4 processes take up to 4264 advisory locks, more than half of the 6400 that the server has room for: " +
      "raise max_locks_per_transaction, or lower MAX_IN_FLIGHT"
  )
})
