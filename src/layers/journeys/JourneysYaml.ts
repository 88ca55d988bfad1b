import { readFile } from "node:fs/promises"

import { Clock, Effect, Layer, Schema } from "effect"

import { parseJourneys } from "../../domain/journeys/JourneysFile.ts"
import { startWarnings } from "../../domain/journeys/startWarnings.ts"
import { doubtfulVariables } from "../../domain/outbound/caseVariables.ts"
import { localDay, saoPaulo } from "../../domain/values/localTime.ts"
import { Journeys } from "../../services/Journeys.ts"
import { Settings } from "../../services/Settings.ts"

/** The journeys file is unusable. The message has one line per problem: `file: path: expected …, read …`. */
export class JourneysFileError extends Schema.TaggedError<JourneysFileError>()("JourneysFileError", {
  file: Schema.String,
  problems: Schema.Array(Schema.Struct({ path: Schema.String, problem: Schema.String }))
}) {
  override get message() {
    return this.problems
      .map(({ path, problem }) => [this.file, path, problem].filter((part) => part !== "").join(": "))
      .join("\n")
  }
}

const make = Effect.gen(function* () {
  const { journeysFile: file } = yield* Settings
  const text = yield* Effect.tryPromise({
    try: () => readFile(file, "utf8"),
    catch: (error) => {
      const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error"
      return new JourneysFileError({ file, problems: [{ path: "", problem: `cannot be read (${code})` }] })
    }
  })
  const parsed = yield* Effect.fromResult(parseJourneys(text)).pipe(
    Effect.mapError((problems) => new JourneysFileError({ file, problems }))
  )
  const { default: defaultJourney, journeys } = parsed
  const today = localDay(yield* Clock.currentTimeMillis, saoPaulo)
  yield* Effect.forEach([...startWarnings(parsed, today), ...doubtfulVariables(parsed)], ({ path, problem }) =>
    Effect.logWarning(`${file}: ${path}: ${problem}`)
  )
  return Journeys.of({
    find: (name) => journeys.get(name) ?? defaultJourney,
    has: (name) => journeys.has(name),
    all: [...journeys.values()]
  })
})

/** Reads `Settings.journeysFile` once, while the layer builds. Logs probable mistakes that are allowed as warnings. */
export const JourneysYaml = Layer.effect(Journeys, make)
