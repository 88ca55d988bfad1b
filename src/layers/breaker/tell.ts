import { Effect } from "effect"

import type { Breaker } from "../../domain/breaker.ts"
import { reasonText } from "../../domain/reasonText.ts"
import type { BreakerStatus } from "../../services/Breakers.ts"
import type { Change } from "./Gate.ts"

/** A reason that can be told without anybody's words (SPEC 9.6). */
export type Named = Parameters<typeof reasonText>[0]

/** For operators: the opening, each probe and its end. */
export const logChange = (dependency: string, { after, before }: Change<Named>, now: number) => {
  const named = `circuit breaker of ${dependency}`
  if (after._tag === "Closed") {
    return before._tag === "Closed"
      ? Effect.void
      : Effect.logInfo(`${named}: closed after ${now - before.since} ms, calls and the intake go on`)
  }
  if (after._tag === "HalfOpen") {
    return before._tag === "Open" ? Effect.logInfo(`${named}: one call is let through as a probe`) : Effect.void
  }
  const next = `${reasonText(after.reason)}, a probe in ${after.until - now} ms`
  if (before._tag === "Closed") return Effect.logWarning(`${named}: open, its calls and the intake wait: ${next}`)
  return before._tag === "HalfOpen" ? Effect.logWarning(`${named}: the probe failed: ${next}`) : Effect.void
}

/** What `GET /health/ready` tells. */
export const statusOf = (breaker: Breaker<Named>, now: number): BreakerStatus => {
  switch (breaker._tag) {
    case "Closed":
      return { open: false, detail: "closed" }
    case "Open":
      return {
        open: true,
        detail: `open: ${reasonText(breaker.reason)}, a probe in ${Math.max(0, breaker.until - now)} ms`
      }
    case "HalfOpen":
      return {
        open: true,
        detail: `open: ${reasonText(breaker.reason)}, ${breaker.probing ? "a probe is under way" : "a call is awaited as probe"}`
      }
  }
}
