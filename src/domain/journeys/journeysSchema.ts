import { Duration, Option, Schema } from "effect"

import type { Problem } from "../record/RecordReader.ts"
import { parseDay } from "../values/parseTime.ts"
import { isPlaceholderEntry } from "./placeholders.ts"

/** A value that reports any problem as one sentence: `expected "HH:mm", read "8h"`. */
const value = <T>(expected: string, is: (value: unknown) => value is T) =>
  Schema.declare(is, { identifier: expected }).annotateKey({ messageMissingKey: `expected ${expected}, read nothing` })

const isText = (input: unknown): input is string => typeof input === "string" && input.trim() !== ""
const matching = (expected: string, matches: (text: string) => boolean) =>
  value(expected, (input): input is string => typeof input === "string" && matches(input))

const Text = value("text", isText)
const Flag = value("true or false", (input): input is boolean => typeof input === "boolean")
const Code = value(
  "text or a number",
  (input): input is string | number => isText(input) || (typeof input === "number" && Number.isFinite(input))
)
const Days = value(
  "a whole number of days, 0 or more",
  (input): input is number => typeof input === "number" && Number.isSafeInteger(input) && input >= 0 && input <= 3650
)
const Words = value(
  "a list of words",
  (input): input is ReadonlyArray<string> => Array.isArray(input) && input.length > 0 && input.every(isText)
)
/** An empty list is one: only the word itself is a yes. */
const Courtesy = value(
  "a list of words",
  (input): input is ReadonlyArray<string> => Array.isArray(input) && input.every(isText)
)

const isTime = (text: string): boolean => /^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/.test(text)
const Time = matching('"HH:mm"', isTime)
const Holiday = matching('"yyyy-MM-dd"', (text) => /^\d{4}-/.test(text) && parseDay(text) !== undefined)

const Placeholder = matching(
  "an e-mail address with @ (* is any text), a document, or a phone of 8 digits or more",
  isPlaceholderEntry
)

const TimeZone = matching("an IANA time zone such as America/Sao_Paulo", (text) => {
  try {
    return /^[A-Za-z]/.test(text) && new Intl.DateTimeFormat("en", { timeZone: text }).format(0) !== ""
  } catch {
    return false
  }
})

/** Milliseconds of a text such as `24 hours`, as Effect's `Duration` reads it; `undefined` unless it is over zero. */
export const parseDuration = (text: string): number | undefined => {
  const millis = Option.map(Duration.fromInput(text as Duration.Input), Duration.toMillis)
  return Option.getOrUndefined(Option.filter(millis, (ms) => Number.isFinite(ms) && ms > 0))
}
const Span = matching('a duration such as "24 hours"', (text) => parseDuration(text) !== undefined)

export const weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
const Weekday = matching(`one of ${weekdays.join(", ")}`, (text) => weekdays.includes(text))

const Hours = Schema.Struct({
  days: Schema.Array(Weekday)
    .check(Schema.makeFilter((days) => days.length > 0 || "expected at least one day, read none"))
    .annotateKey({ messageMissingKey: "expected a list of days, read nothing" }),
  from: Time,
  to: Time
})

const Case = Schema.StructWithRest(
  Schema.Struct({
    short_description: Text,
    description: Text,
    contact_type: Schema.optionalKey(Code),
    category: Schema.optionalKey(Code),
    subcategory: Schema.optionalKey(Code),
    priority: Schema.optionalKey(Code),
    impact: Schema.optionalKey(Code),
    urgency: Schema.optionalKey(Code),
    state: Schema.optionalKey(Code),
    assignment_group: Schema.optionalKey(Text),
    opened_by: Schema.optionalKey(Text)
  }),
  // ServiceNow's prefix for the names of an instance's own columns.
  [Schema.Record(Schema.TemplateLiteral(["u_", Schema.String]), Schema.Union([Code, Flag]))]
)

const missing = (expected: string) => ({ messageMissingKey: `expected ${expected}, read nothing` })

const Entry = Schema.Struct({
  deliveryOffsetDays: Days,
  case: Case.annotateKey(missing("the fields of the Case")),
  answers: Schema.Struct({ yes: Words, no: Words, courtesy: Schema.optionalKey(Courtesy) }).annotateKey(
    missing('the words "yes" and "no"')
  ),
  businessHours: Schema.optionalKey(Hours),
  resolutionCode: Schema.optionalKey(Text),
  humanGroup: Schema.optionalKey(Text),
  deliveredField: Schema.optionalKey(Text),
  readField: Schema.optionalKey(Text),
  expiresAfter: Schema.optionalKey(Span),
  missingConsumer: Schema.optionalKey(
    value('"create" or "guest"', (input): input is "create" | "guest" => input === "create" || input === "guest")
  ),
  sendWithoutCase: Schema.optionalKey(Flag)
})
export type JourneyEntry = typeof Entry.Type

/** The journeys file as it is written (CONTRACT "Journeys file"). */
export const JourneysSchema = Schema.Struct({
  timeZone: Schema.optionalKey(TimeZone),
  holidays: Schema.optionalKey(Schema.Array(Holiday)),
  placeholders: Schema.optionalKey(Schema.Array(Placeholder)),
  default: Schema.optionalKey(Text),
  journeys: Schema.Record(Schema.String, Entry).annotateKey(missing("at least one journey"))
})
export type JourneysContent = typeof JourneysSchema.Type

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Path and fields of each journey in the file that is an object. */
const entriesOf = (file: Readonly<Record<string, unknown>>) =>
  Object.entries(isObject(file["journeys"]) ? file["journeys"] : {}).flatMap(([name, entry]) =>
    isObject(entry) ? [{ path: `journeys.${name}`, entry }] : []
  )

/** Fields of the Case that identify its communication (SPEC 4.1). */
const reserved = ["u_id_correlacao", "u_num_pedido", "u_msisdn"]

const reservedFields = (path: string, fields: unknown): ReadonlyArray<Problem> =>
  (isObject(fields) ? reserved.filter((name) => Object.hasOwn(fields, name)) : []).map((name) => ({
    path: `${path}.case.${name}`,
    problem: "expected nothing, the service sets this field itself"
  }))

const wordsOf = (answers: unknown, name: "yes" | "no" | "courtesy"): ReadonlyArray<string> => {
  const words = isObject(answers) ? answers[name] : undefined
  return Array.isArray(words) ? words.map((word) => String(word).trim().toLowerCase()) : []
}

const sharedWords = (path: string, answers: unknown): ReadonlyArray<Problem> => {
  const shared = (name: "no" | "courtesy", other: "yes" | "no"): ReadonlyArray<Problem> => {
    const others = new Set(wordsOf(answers, other))
    return wordsOf(answers, name).flatMap((word, index) => {
      const problem = `expected a word that "${other}" does not have, read "${word}"`
      return others.has(word) ? [{ path: `${path}.answers.${name}[${index}]`, problem }] : []
    })
  }
  return [...shared("no", "yes"), ...shared("courtesy", "no")]
}

const hoursOrder = (path: string, hours: unknown): ReadonlyArray<Problem> => {
  const { from, to } = isObject(hours) ? hours : {}
  if (typeof from !== "string" || typeof to !== "string" || !isTime(from) || !isTime(to) || from < to) return []
  return [{ path: `${path}.businessHours.to`, problem: `expected a time after ${from}, read "${to}"` }]
}

/** Problems that involve more than one field. Checked on the raw file, so that other problems do not hide them. */
export const journeysRules = (file: unknown): ReadonlyArray<Problem> => {
  if (!isObject(file)) return []
  const { default: defaultName, journeys } = file
  const names = isObject(journeys) ? Object.keys(journeys) : []
  const noJourney = isObject(journeys) && names.length === 0
  const unknownDefault = typeof defaultName === "string" && defaultName.trim() !== "" && !names.includes(defaultName)
  const known = names.length === 0 ? "a journey of the file" : `one of ${names.join(", ")}`
  return [
    ...(unknownDefault ? [{ path: "default", problem: `expected ${known}, read "${defaultName}"` }] : []),
    ...(noJourney ? [{ path: "journeys", problem: "expected at least one journey, read none" }] : []),
    ...entriesOf(file).flatMap(({ path, entry }) =>
      reservedFields(path, entry["case"])
        .concat(sharedWords(path, entry["answers"]))
        .concat(hoursOrder(path, entry["businessHours"]))
    )
  ]
}

/** True when braces remain without the variables: `{{num_pedido}` would reach the customer unchanged. */
const isMistyped = (value: unknown): boolean =>
  typeof value === "string" && /\{\{|\}\}/.test(value.replace(/\{\{[^{}]*\}\}/g, ""))

export const journeysWarnings = (file: JourneysContent): ReadonlyArray<Problem> => {
  const entries = Object.entries(file.journeys)
  const mistyped = entries.flatMap(([name, entry]) =>
    Object.entries(entry.case)
      .filter(([, value]) => isMistyped(value))
      .map(([field]) => ({ path: `journeys.${name}.case.${field}`, problem: "braces that are no {{variable}}" }))
  )
  const unused = file.holidays !== undefined && entries.every(([, entry]) => entry.businessHours === undefined)
  return unused ? [{ path: "holidays", problem: "no journey has businessHours" }, ...mistyped] : mistyped
}
