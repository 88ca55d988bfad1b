import { Clock, Context, Effect, Layer, Schedule, Stream } from "effect"

import { Vendor } from "../../domain/communication/Fact.ts"
import { type Origin, originKey } from "../../domain/record/Origin.ts"
import { Breakers } from "../../services/Breakers.ts"
import type { Postponed } from "../../services/Kafka.ts"
import { Ledger } from "../../services/Ledger.ts"
import type { OrderWaits } from "../outbound/receiveOrder.ts"
import { catchNonInterrupt } from "../runtime/retryOnDefect.ts"

/** What a record waits for. If it waits only for a time, it is retried then. */
type Waits = Omit<OrderWaits, "_tag">

interface Waiting {
  readonly origin: Origin
  readonly waits: Waits
  readonly resume: (how: "ended" | "again") => void
  readonly isOurs: () => boolean
}

/** How often the ledger is queried for the endings of all waiting orders. */
const pause = "5 seconds"

/**
 * The records that have not ended and wait without a fiber, a place or a lock. An order that has begun is continued by
 * the sweep of a process that reaches its vendor, and its record ends when the ledger says so. An order that has not
 * begun starts when this process reaches its vendor again (SPEC 9.2).
 */
export class WaitingRecords extends Context.Service<
  WaitingRecords,
  {
    /** Returns the postponement by which the consumer resumes the record later. */
    postpone(origin: Origin, waits: Waits): Postponed
  }
>()("brom-ctx/programs/WaitingRecords") {
  static readonly layer = Layer.effect(
    WaitingRecords,
    Effect.gen(function* () {
      const breakers = yield* Breakers
      const ledger = yield* Ledger
      const waiting = new Set<Waiting>()

      const resume = (one: Waiting, how: "ended" | "again"): void => {
        if (waiting.delete(one)) one.resume(how)
      }

      /** Begins the orders that wait for this vendor, or one of them as its probe. */
      const beginFor = (vendor: Vendor): void => {
        const way = breakers[vendor].way()
        if (way === "shut") return
        // They are collected first, because a resumed order may wait again at once.
        const ready = [...waiting].filter(({ isOurs, waits }) => waits.notBegun?.vendor === vendor && isOurs())
        for (const one of way === "probe" ? ready.slice(0, 1) : ready) resume(one, "again")
      }

      const resumeEnded = (one: Waiting, order: Origin) =>
        Effect.map(ledger.ending(order), (ending) => {
          if (ending !== undefined) resume(one, originKey(order) === originKey(one.origin) ? "ended" : "again")
        })

      const look = Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        for (const one of waiting) {
          if (!one.isOurs()) waiting.delete(one)
          else if ((one.waits.until ?? Number.POSITIVE_INFINITY) <= now) resume(one, "again")
        }
        for (const vendor of Vendor.literals) beginFor(vendor)
        const begun = [...waiting].flatMap((one) =>
          one.waits.order === undefined ? [] : [{ one, order: one.waits.order }]
        )
        yield* Effect.forEach(begun, ({ one, order }) => resumeEnded(one, order), {
          concurrency: "unbounded",
          discard: true
        })
      }).pipe(
        catchNonInterrupt((cause) => Effect.logError("check of waiting records failed, retrying", cause)),
        Effect.withTracerEnabled(false)
      )

      yield* Effect.forkScoped(Effect.repeat(look, Schedule.spaced(pause)))
      for (const vendor of Vendor.literals) {
        yield* Effect.forkScoped(Stream.runForEach(breakers[vendor].ways, () => Effect.sync(() => beginFor(vendor))))
      }
      return WaitingRecords.of({
        postpone: (origin, waits) => ({
          waitFor: (resumed, isOurs) => {
            waiting.add({ origin, waits, resume: resumed, isOurs })
            // The vendor may have become available since the order was held.
            if (waits.notBegun !== undefined) beginFor(waits.notBegun.vendor)
          }
        })
      })
    })
  )
}
