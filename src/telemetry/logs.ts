import { Effect, Layer, Logger, References } from "effect"

import { Settings } from "../services/Settings.ts"
import { mask } from "./masking.ts"
import { attribute } from "./names.ts"

/** Written as they are: a mask would take parts of an id for a phone. */
const ids = new Set<string>(Object.values(attribute))

const masked = (value: unknown): unknown =>
  typeof value === "string"
    ? mask(value)
    : typeof value === "object" && value !== null
      ? JSON.parse(mask(JSON.stringify(value)))
      : value

/** One log entry as one line of JSON: `timestamp`, `level`, `message`, the annotations, `cause` (SPEC 9.6). */
export const formatLine = Logger.map(Logger.formatStructured, ({ annotations, cause, level, message, timestamp }) => {
  const entries = Object.entries(annotations).map(([key, value]) => [key, ids.has(key) ? value : masked(value)])
  return JSON.stringify({
    timestamp,
    level,
    message: masked(message),
    ...Object.fromEntries(entries),
    ...(cause !== undefined && { cause: mask(cause) })
  })
})

/** JSON lines on stdout, from `LOG_LEVEL` up. */
export const LogsJson = Layer.unwrap(
  Effect.map(Settings, ({ logLevel }) =>
    Layer.mergeAll(
      Logger.layer([Logger.withConsoleLog(formatLine)]),
      Layer.succeed(References.MinimumLogLevel, logLevel)
    )
  )
)
