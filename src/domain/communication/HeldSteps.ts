import type { FactOf, Vendor } from "./Fact.ts"

/** A step that waits. */
export interface HeldStep {
  readonly vendor?: Vendor
  /** Why it waits, in English. Absent if it waits behind another step. */
  readonly reason?: string
  /** When it was first held, epoch milliseconds. */
  readonly since: number
  readonly attempts: number
  readonly appearsUntil?: number
  readonly until?: number
  /** A later run has begun it again, and has neither finished it nor held it again. */
  readonly begun: boolean
}

/** The steps of one communication that wait, by the step's name (SPEC 9.2). */
export type HeldSteps = ReadonlyMap<string, HeldStep>

export const noneHeld: HeldSteps = new Map()

/** The step is held, for the first time or again. */
export const afterHeld = (
  held: HeldSteps,
  { appearsUntil, at, attempts, reason, step, until, vendor }: FactOf<"Held">
) =>
  new Map(held).set(step, {
    since: held.get(step)?.since ?? at,
    attempts,
    reason,
    begun: false,
    ...(vendor !== undefined && { vendor }),
    ...(appearsUntil !== undefined && { appearsUntil }),
    ...(until !== undefined && { until })
  })

/**
 * A run begins the step again, and first looks for what an earlier request may have written. If it crashes before that
 * look, the next run still knows for how long to look.
 */
export const afterBegun = (held: HeldSteps, step: string): HeldSteps => {
  const known = held.get(step)
  return known === undefined ? held : new Map(held).set(step, { ...known, begun: true })
}

/** The step is sent again, when no earlier request can take effect any more. */
export const afterRenewed = (held: HeldSteps, step: string): HeldSteps => {
  const known = held.get(step)
  if (known === undefined) return held
  const { appearsUntil: _, ...rest } = known
  return new Map(held).set(step, { ...rest, begun: true })
}

/** The step has ended. */
export const afterEnd = (held: HeldSteps, step: string): HeldSteps =>
  held.has(step) ? new Map([...held].filter(([name]) => name !== step)) : held

/** The attempts of a step in all its runs. The current one has made `made` of them. */
export const attemptsOf = (held: HeldSteps, step: string, made: number): number =>
  made + (held.get(step)?.attempts ?? 0)

/** When each vendor's oldest step was held, epoch milliseconds. */
export const heldSince = (held: HeldSteps): Partial<Record<Vendor, number>> => {
  const since: Partial<Record<Vendor, number>> = {}
  for (const step of held.values()) {
    if (step.vendor === undefined) continue
    since[step.vendor] = Math.min(step.since, since[step.vendor] ?? step.since)
  }
  return since
}
