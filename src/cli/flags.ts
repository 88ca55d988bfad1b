import { Flag } from "effect/cli"

/** A flag that is off unless it is given. */
export const switchFlag = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false), Flag.withoutNegation)

/** The flag that every command has. */
export const json = switchFlag("json", "Print JSON for machines (default: text for people)")

/** The flag of commands that do much at once. */
export const dryRun = switchFlag("dry-run", "Say what would be done, and do nothing (default: do it)")

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
