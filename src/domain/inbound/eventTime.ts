import { parseDateTime } from "../parseTime.ts"

/** fixtures/README. */
export const timeFields = ["timestamp", "ts", "timestamp_evento", "createdAt"]

/** Ten digits are seconds (2001 to 2286), thirteen are milliseconds; anything else is no time of a message. */
const fromEpoch = (epoch: number): number | undefined => {
  if (epoch >= 1e9 && epoch < 1e10) return Math.floor(epoch * 1000)
  return epoch >= 1e12 && epoch < 1e13 ? Math.floor(epoch) : undefined
}

const readTime = (value: unknown): number | undefined => {
  if (typeof value === "number") return fromEpoch(value)
  if (typeof value !== "string") return undefined
  const text = value.trim()
  return /^\d+(?:\.\d+)?$/.test(text) ? fromEpoch(Number(text)) : parseDateTime(text.replace(" ", "T"))
}

/** Epoch milliseconds of the first readable time: ISO 8601 with its zone, epoch seconds or milliseconds (SPEC 8.1). */
export const firstTime = (values: ReadonlyArray<unknown>): number | undefined => {
  for (const value of values) {
    const time = readTime(value)
    if (time !== undefined) return time
  }
  return undefined
}
