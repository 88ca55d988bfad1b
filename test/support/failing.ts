import { Effect } from "effect"

import type { Around } from "./interposed.ts"

/** The calls of this name, from number `first` to `last` (counted from 1), die before they take effect. */
export const failing = (call: string, first: number, last: number) => {
  let seen = 0
  let failed = 0
  const around: Around = (name, effect) =>
    Effect.suspend(() => {
      if (name !== call || ++seen < first || seen > last) return effect
      failed++
      return Effect.die(new Error("our own fault"))
    })
  return { around, failed: () => failed }
}
