import { expectedType, type Problem } from "./problem.ts"

/** An object of a record, our own copy of it. */
export type Fields = Record<string, unknown>

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/**
 * Reads the fields that a record must or may have and collects everything that is wrong. An optional field that is
 * `null`, or of a wrong type where nobody uses it, is removed from the object: it counts as absent (SPEC 2.1).
 */
export class RecordReader {
  readonly problems: Array<Problem> = []

  problem(path: string, problem: string): undefined {
    this.problems.push({ path, problem })
    return undefined
  }

  object(parent: Fields, path: string): Fields | undefined {
    const value = parent[path]
    return isFields(value) ? value : this.problem(path, expectedType("objeto", value))
  }

  /** A needed text; one of spaces only is none. */
  text(object: Fields, key: string, path: string): string | undefined {
    const value = object[key]
    if (typeof value === "string" && value.trim() !== "") return value
    return this.problem(path, expectedType("texto", value))
  }

  /** An optional text. */
  optionalText(object: Fields, key: string, path: string, used: boolean): string | undefined {
    const value = object[key]
    if (typeof value === "string") return value
    delete object[key]
    if (value === undefined || value === null || !used) return undefined
    return this.problem(path, expectedType("texto", value))
  }
}
