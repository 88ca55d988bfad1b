import { execFile } from "node:child_process"

import { Effect } from "effect"

export interface CommandResult {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** `npm run ctx -- …` with this environment alone; ended after a minute. */
export const ctx = (environment: Readonly<Record<string, string>>, ...args: ReadonlyArray<string>) =>
  Effect.callback<CommandResult>((resume) => {
    const child = execFile(
      process.execPath,
      ["src/cli/main.ts", ...args],
      { env: { PATH: process.env["PATH"] ?? "", ...environment }, timeout: 60_000 },
      (error, out, err) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1
        resume(Effect.succeed({ code, out, err }))
      }
    )
    return Effect.sync(() => child.kill("SIGKILL"))
  })

/** Its stdout, which must be one JSON value. */
export const jsonOf = ({ out }: CommandResult) => JSON.parse(out)
