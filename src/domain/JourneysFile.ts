import { Result, SchemaParser } from "effect"

import type { BusinessHours, Journey } from "./Journey.ts"
import { journeysRules, journeysWarnings } from "./journeysRules.ts"
import { type JourneyEntry, type JourneysContent, JourneysSchema, parseDuration, weekdays } from "./journeysSchema.ts"
import { saoPaulo } from "./localTime.ts"
import { parseYaml } from "./parseYaml.ts"
import type { Problem } from "./problem.ts"
import { schemaProblems } from "./schemaProblems.ts"

/** The journeys file, checked and complete. */
export interface JourneysFile {
  readonly journeys: ReadonlyMap<string, Journey>
  /** For records of a journey that the file does not hold (SPEC 2.6). */
  readonly default?: Journey
  /** What is allowed and yet probably not meant. */
  readonly warnings: ReadonlyArray<Problem>
}

const minutes = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))

const toHours = (
  { days, from, to }: NonNullable<JourneyEntry["businessHours"]>,
  holidays: ReadonlyArray<string>
): BusinessHours => ({
  days: days.map((day) => weekdays.indexOf(day)),
  from: minutes(from),
  to: minutes(to),
  holidays
})

const toJourney = (name: string, entry: JourneyEntry, content: JourneysContent): Journey => {
  const { businessHours, expiresAfter, missingConsumer = "create", sendWithoutCase = false, ...rest } = entry
  const millis = expiresAfter === undefined ? undefined : parseDuration(expiresAfter)
  return {
    name,
    timeZone: content.timeZone ?? saoPaulo,
    ...rest,
    ...(businessHours !== undefined && { businessHours: toHours(businessHours, content.holidays ?? []) }),
    ...(expiresAfter !== undefined && millis !== undefined && { expiresAfter: millis, expiresAfterText: expiresAfter }),
    missingConsumer,
    sendWithoutCase
  }
}

const decode = SchemaParser.decodeUnknownResult(JourneysSchema, {
  errors: "all",
  onExcessProperty: "error",
  reportInput: true
})

/**
 * The journeys of a YAML text, or every problem with its path and what was expected there (CONTRACT "Journeys file");
 * a syntax error has its line as path, the text as a whole the empty path.
 */
export const parseJourneys = (text: string): Result.Result<JourneysFile, ReadonlyArray<Problem>> => {
  const yaml = parseYaml(text)
  if (Result.isFailure(yaml)) return Result.fail(yaml.failure)
  const content = decode(yaml.success)
  const problems = [
    ...(Result.isFailure(content) ? schemaProblems(content.failure) : []),
    ...journeysRules(yaml.success)
  ]
  if (Result.isFailure(content) || problems.length > 0) return Result.fail(problems)
  const file = content.success
  const journeys = new Map(Object.entries(file.journeys).map(([name, entry]) => [name, toJourney(name, entry, file)]))
  const byDefault = file.default === undefined ? undefined : journeys.get(file.default)
  return Result.succeed({
    journeys,
    ...(byDefault !== undefined && { default: byDefault }),
    warnings: journeysWarnings(file)
  })
}
