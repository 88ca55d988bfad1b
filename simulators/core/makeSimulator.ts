import { Clock, Effect, Fiber } from "effect"

import { type Control, makeControl } from "./control.ts"
import { faultAnswer, type FaultPages } from "./faultAnswer.ts"
import type { AddedFault } from "./FaultRule.ts"
import { type IdOf, makeFaults } from "./faults.ts"
import { makeRequestLog } from "./RequestLog.ts"
import type { Answered, SimAnswer, SimRequest, Simulator } from "./Simulator.ts"

/** What makes a vendor: one synchronous function from a request to its answer, and its own inspection endpoints. */
export interface Vendor {
  readonly name: string
  /** Carries out the whole request. `now` is in epoch milliseconds. */
  readonly work: (request: SimRequest, now: number) => Answered
  readonly idOf: IdOf
  readonly pages: FaultPages
  /** By method and path below `/_sim`, such as `GET /state`. */
  readonly controls: Readonly<Record<string, Control>>
  readonly reset: () => void
}

/** Continues without its caller. Anything that needs no waiting is done when this returns. */
const detached = <A>(effect: Effect.Effect<A>) => Effect.forkDetach(effect, { startImmediately: true })

/** A vendor with faults on request, a request log and the inspection endpoints below `/_sim`. */
export const makeSimulator = (vendor: Vendor): Simulator => {
  const faults = makeFaults()
  const log = makeRequestLog()
  let generation = 0

  const reset = Effect.andThen(
    faults.orders.clear,
    Effect.sync(() => {
      generation++
      log.clear()
      vendor.reset()
    })
  )
  const control = makeControl({ vendor, orders: faults.orders, log, reset })

  const met = (fault: AddedFault, request: SimRequest, arrivedAt: number): Effect.Effect<SimAnswer> => {
    const ordered = generation
    const effect = Effect.map(Clock.currentTimeMillis, (now) =>
      ordered === generation ? vendor.work(request, now) : "drop"
    )
    const wait = Effect.sleep(fault.delayMs ?? 0)
    const answer = faultAnswer(fault, vendor.pages, arrivedAt)
    if (answer === undefined) {
      const slow = fault.when === "after" ? Effect.tap(effect, wait) : Effect.andThen(wait, effect)
      return Effect.flatMap(detached(slow), Fiber.join)
    }
    const when = fault.kind === "lateInsert" ? "later" : (fault.when ?? "before")
    switch (when) {
      case "before":
        return Effect.succeed(answer)
      case "after":
        return Effect.as(effect, answer)
      case "later":
        return Effect.as(detached(Effect.andThen(wait, effect)), answer)
    }
  }

  const handle = (request: SimRequest): Effect.Effect<SimAnswer> => {
    if (request.path === "/_sim" || request.path.startsWith("/_sim/")) return control(request)
    return Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const fault = faults.take(request, vendor.idOf, now)
      const ended = log.arrived(now, request, fault?.id)
      if (fault !== undefined) return Effect.tap(met(fault, request, now), (answer) => Effect.sync(() => ended(answer)))
      const answer = vendor.work(request, now)
      ended(answer)
      return Effect.succeed(answer)
    })
  }

  return {
    name: vendor.name,
    handle,
    faults: faults.orders,
    requests: Effect.sync(() => log.last()),
    reset
  }
}
