import type { Dice } from "../Dice.ts"
import type { Absence, Outage } from "./Scenario.ts"
import { lateAtMost } from "./vendorFaults.ts"

const lengths = [30_000, 120_000, 120_000, 300_000, 600_000] as const

const absences = {
  serviceNow: ["refused", "silent", "silent", "lost", "lost", "broken", "unauthorized"],
  weni: ["refused", "refused", "broken", "broken", "unauthorized", "silent", "lost"]
} as const satisfies Readonly<Record<Outage["vendor"], ReadonlyArray<Absence>>>

/** An instance that answers some requests does not refuse the credentials of the others. */
const servedBySome = (one: Outage): Outage =>
  one.flicker === 0
    ? one
    : { ...one, absences: one.absences.map((absence) => (absence === "unauthorized" ? "broken" : absence)) }

const outage = (dice: Dice, vendor: Outage["vendor"], after: number): Outage =>
  servedBySome({
    vendor,
    after,
    lasts: dice.chance(0.03) ? 3_600_000 * dice.between(1, 3) : dice.pick(lengths),
    absences: Array.from({ length: dice.pick([1, 1, 2]) }, () => dice.pick(absences[vendor])),
    flicker: dice.pick([0, 0, 0, 0.15, 0.4]),
    effect: dice.pick([0, 0.5, 1]),
    // An insert that continues behind the instance's proxy ends before SERVICENOW_TIMEOUT has passed (SPEC 4.3).
    late: dice.pick([0, lateAtMost])
  })

/** One outage, from the first second on or later, or two outages in succession. */
export const makeOutages = (dice: Dice, trouble: number): ReadonlyArray<Outage> => {
  const vendor = dice.pick(["serviceNow", "serviceNow", "serviceNow", "weni", "weni"] as const)
  const first = outage(dice, vendor, dice.chance(0.4) ? 0 : dice.below(trouble))
  if (dice.chance(0.8)) return [first]
  const pause = dice.pick([1000, 20_000, 90_000])
  return [first, outage(dice, dice.chance(0.5) ? vendor : "weni", first.after + first.lasts + pause)]
}

/** The end of the last outage, milliseconds after the start of the run. */
export const outagesEnd = (outages: ReadonlyArray<Outage>): number =>
  Math.max(0, ...outages.map(({ after, lasts }) => after + lasts))
