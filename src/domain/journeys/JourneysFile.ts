import { Result, SchemaIssue, SchemaParser } from "effect"
import { LineCounter, parseDocument } from "yaml"

import type { Problem } from "../record/RecordReader.ts"
import { saoPaulo } from "../values/localTime.ts"
import type { BusinessHours, Journey } from "./Journey.ts"
import {
  journeysRules,
  journeysWarnings,
  type JourneyEntry,
  type JourneysContent,
  JourneysSchema,
  parseDuration,
  weekdays
} from "./journeysSchema.ts"
import { usualPlaceholders } from "./placeholders.ts"

/** The journeys file, checked and complete. */
export interface JourneysFile {
  readonly journeys: ReadonlyMap<string, Journey>
  /** For records whose journey is not in the file (SPEC 2.6). */
  readonly default?: Journey
  /** Entries that are allowed but probably not intended. */
  readonly warnings: ReadonlyArray<Problem>
}

/** The value of one YAML 1.2 document, or its syntax errors. The path of each is its line and column. */
const parseYaml = (text: string): Result.Result<unknown, ReadonlyArray<Problem>> => {
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
    // An alias without an anchor, or too many aliases.
    return Result.fail([{ path: "", problem: error instanceof Error ? error.message : String(error) }])
  }
}

const readText = (issue: { readonly input?: unknown }): string => {
  const value = issue.input
  if (value === undefined || value === null) return "nothing"
  if (typeof value === "object") return Array.isArray(value) ? "a list" : "an object"
  return typeof value === "string" ? JSON.stringify(value) : String(value)
}

/** Names the expected type. Effect's own `{ readonly "a": … }` means nothing to an author of YAML. */
const expectedText = (ast: SchemaIssue.InvalidType["ast"]): string => {
  switch (ast._tag) {
    case "Objects":
      return "an object"
    case "Arrays":
      return "a list"
    default:
      return typeof ast.annotations?.["identifier"] === "string" ? ast.annotations["identifier"] : ast._tag
  }
}

const leaf: SchemaIssue.LeafHook = (issue) => {
  if (issue._tag === "InvalidType") return `expected ${expectedText(issue.ast)}, read ${readText(issue)}`
  if (issue._tag === "UnexpectedKey" && issue.ast._tag === "Objects") {
    const names = issue.ast.propertySignatures.map(({ name }) => String(name))
    return `unknown name, expected one of ${names.join(", ")}`
  }
  return SchemaIssue.defaultLeafHook(issue)
}

const format = SchemaIssue.makeFormatterStandardSchemaV1({ leafHook: leaf })

const pathOf = (path: ReadonlyArray<unknown>): string =>
  path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("")
    .replace(/^\./, "")

/** The problems, for the author of the file: the path of each, what was expected, and what was read. */
const schemaProblems = (issue: SchemaIssue.Issue): ReadonlyArray<Problem> =>
  format(issue).issues.map(({ path, message }) => ({
    path: pathOf((path ?? []).map((part) => (typeof part === "object" ? part.key : part))),
    problem: message
  }))

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
    placeholders: content.placeholders ?? usualPlaceholders,
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
 * The journeys of a YAML text, or every problem with its path and what was expected there (CONTRACT "Journeys file").
 * A syntax error has its line as path, a problem of the whole text the empty path.
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
  const defaultJourney = file.default === undefined ? undefined : journeys.get(file.default)
  return Result.succeed({
    journeys,
    ...(defaultJourney !== undefined && { default: defaultJourney }),
    warnings: journeysWarnings(file)
  })
}
