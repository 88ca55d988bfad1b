import { chai } from "vitest"

const partsOf = (error: Error) => ({ ...error, name: error.name, message: error.message, cause: error.cause })

const compareErrors = (one: unknown, other: unknown): boolean | null =>
  one instanceof Error && other instanceof Error ? areEqual(partsOf(one), partsOf(other)) : null

const areEqual = (one: unknown, other: unknown): boolean => chai.util.eql(one, other, { comparator: compareErrors })

// By itself chai compares only name, message and code of two errors, so the fields of a tagged error would not matter.
chai.config.deepEqual = areEqual
