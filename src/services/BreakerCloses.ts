import { Context, type Effect } from "effect"

import type { Vendor } from "../domain/communication/Fact.ts"

/**
 * What operators have asked of the breakers of all processes (SPEC 11.6). Calls wait for an unreachable database as those
 * of `Journal` do (SPEC 9.1).
 */
export class BreakerCloses extends Context.Service<
  BreakerCloses,
  {
    /** Asks every process to try this vendor again. */
    ask(vendor: Vendor): Effect.Effect<void>
    /** How often each vendor was asked for, ever. */
    readonly counts: Effect.Effect<Readonly<Record<Vendor, number>>>
  }
>()("brom-ctx/services/BreakerCloses") {}
