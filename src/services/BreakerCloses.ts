import { Context, type Effect } from "effect"

import type { Vendor } from "../domain/communication/Fact.ts"

/**
 * Operators' requests to try a vendor again, for the breakers of all processes (SPEC 11.6). Calls wait for an
 * unreachable database as those of `Journal` do (SPEC 9.1).
 */
export class BreakerCloses extends Context.Service<
  BreakerCloses,
  {
    /** Asks every process to try this vendor again. */
    ask(vendor: Vendor): Effect.Effect<void>
    /** The number of requests so far, by vendor. */
    readonly counts: Effect.Effect<Readonly<Record<Vendor, number>>>
  }
>()("brom-ctx/services/BreakerCloses") {}
