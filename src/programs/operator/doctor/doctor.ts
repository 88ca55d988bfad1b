import { Effect } from "effect"

import type { OutageReason } from "../../../domain/vendor/failureReasons.ts"
import { reasonText } from "../../../domain/vendor/reasonText.ts"
import { ServiceNowTables, WeniAccess } from "../../../services/VendorAccess.ts"
import { checkReading } from "./checkReading.ts"
import { checkWriting } from "./checkWriting.ts"
import { type Finding, ok, problem, warning } from "./Finding.ts"

const unreachable = (check: string) => (reason: OutageReason) =>
  Effect.succeed<ReadonlyArray<Finding>>([problem(check, `could not be asked: ${reasonText(reason)}`)])

const weni = Effect.gen(function* () {
  const status = yield* (yield* WeniAccess).ask
  if (status === 401 || status === 403) return [problem("Weni", `does not take our keys (${status})`)]
  return [
    status >= 500 ? problem("Weni", `answers ${status}`) : ok("Weni", `takes our keys (${status}); no message was sent`)
  ]
})

/**
 * Checks whether the service can work with both vendors (docs/vendors.md). `write`: also creates one customer and one
 * Case, which it closes again. Sends no message.
 */
export const doctor = Effect.fnUntraced(function* (options: { readonly write: boolean }) {
  // The writes come first, so that the reads find rows.
  const written = options.write ? yield* Effect.catch(checkWriting, unreachable("ServiceNow, writing")) : []
  const read = yield* Effect.catch(checkReading, unreachable("ServiceNow, reading"))
  const limited = yield* (yield* ServiceNowTables).limited
  const rate =
    limited === 0
      ? []
      : [warning("rate limit", `${limited} of our requests were refused for a time (429): orders wait as long`)]
  return [...written, ...read, ...rate, ...(yield* Effect.catch(weni, unreachable("Weni")))]
})
