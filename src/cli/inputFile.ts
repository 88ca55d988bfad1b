import { readFile } from "node:fs/promises"

import { Effect } from "effect"

import { ProblemFound } from "./exitCodes.ts"

/** The text of a file that the operator names. */
export const inputFile = (path: string) =>
  Effect.tryPromise({
    try: () => readFile(path, "utf8"),
    catch: (error) => {
      const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error"
      return new ProblemFound({ detail: `${path}: cannot be read (${code})` })
    }
  })
