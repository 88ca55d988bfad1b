import { execFile } from "node:child_process"

import { Effect } from "effect"

export interface CommandResult {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** No service listens there. */
export const nowhere = "http://127.0.0.1:1"

/**
 * Runs `npm run ctx -- …` with only this environment, for a minute at most. Without a `CTX_URL` in it the command finds
 * no service, whatever runs on this machine.
 */
export const ctx = (environment: Readonly<Record<string, string>>, ...args: ReadonlyArray<string>) =>
  Effect.callback<CommandResult>((resume) => {
    const child = execFile(
      process.execPath,
      ["src/cli/main.ts", ...args],
      { env: { PATH: process.env["PATH"] ?? "", CTX_URL: nowhere, ...environment }, timeout: 60_000 },
      (error, out, err) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1
        resume(Effect.succeed({ code, out, err }))
      }
    )
    return Effect.sync(() => child.kill("SIGKILL"))
  })

/** The command's stdout, which must be one JSON value. */
export const jsonOf = ({ out }: CommandResult) => JSON.parse(out)
