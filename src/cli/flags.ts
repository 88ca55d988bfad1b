import { Flag } from "effect/cli"

import { longestReason, reasonProblem } from "../domain/communication/Decision.ts"

/** A flag that is off unless it is given. */
export const switchFlag = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false), Flag.withoutNegation)

/** The flag that every command has. */
export const json = switchFlag("json", "Print JSON for machines (default: text for people)")

/** The flag of commands that act on many items. */
export const dryRun = switchFlag("dry-run", "Say what would be done, and do nothing (default: do it)")

/** The reason for the trail, with a default text. */
export const reasonFlag = (usual: string, description = "Why, for the trail") =>
  Flag.String("reason").pipe(
    Flag.withDescription(`${description} (default "${usual}")`),
    Flag.filter(
      (reason) => reasonProblem(reason) === undefined,
      () => `expected a reason of 1 to ${longestReason} characters`
    ),
    Flag.withDefault(usual)
  )

/** How many items a list shows, from 1 to `most`. */
export const limitFlag = (description: string, usual: number, most = Number.POSITIVE_INFINITY) => {
  const expected = most === Number.POSITIVE_INFINITY ? "1 or more" : `1 to ${most}`
  return Flag.Int("limit").pipe(
    Flag.withDescription(`${description} (default ${usual})`),
    Flag.filter(
      (limit) => limit > 0 && limit <= most,
      (limit) => `expected ${expected}, read ${limit}`
    ),
    Flag.withDefault(usual)
  )
}
