import { Result } from "effect"
import { LineCounter, parseDocument } from "yaml"

import type { Problem } from "./problem.ts"

/** The value of one YAML 1.2 document, or its syntax errors with the line and column of each as path. */
export const parseYaml = (text: string): Result.Result<unknown, ReadonlyArray<Problem>> => {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter, prettyErrors: false })
  if (document.errors.length > 0) {
    return Result.fail(
      document.errors.map(({ pos, message }) => {
        const { line, col } = lineCounter.linePos(pos[0])
        return { path: `line ${line}, column ${col}`, problem: message }
      })
    )
  }
  try {
    return Result.succeed(document.toJS())
  } catch (error) {
    // An alias without an anchor, or too many of them.
    return Result.fail([{ path: "", problem: error instanceof Error ? error.message : String(error) }])
  }
}
