import type { Fact } from "../src/domain/communication/Fact.ts"
import { isoTime } from "../src/domain/values/parseTime.ts"
import { factText } from "../src/domain/views/summary.ts"

/** Milliseconds for people: `+812 ms`, `+9 h 30 min`. */
const elapsed = (millis: number): string => {
  if (millis < 60_000) return `+${millis} ms`
  const minutes = Math.floor(millis / 60_000)
  return minutes < 60 ? `+${minutes} min` : `+${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/**
 * The facts of one communication as lines with their time. A fact without a time of its own has that of the fact
 * before.
 */
export const timeline = (facts: ReadonlyArray<Fact>): ReadonlyArray<string> => {
  const start = facts[0] !== undefined && "at" in facts[0] ? facts[0].at : 0
  let at = start
  return facts.map((fact) => {
    if ("at" in fact) at = fact.at
    return `  ${isoTime(at).slice(11, 23)}  ${elapsed(at - start).padStart(12)}  ${factText(fact)}`
  })
}
