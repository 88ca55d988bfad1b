import { Duration, Option, Schema } from "effect"

import type { Problem } from "../record/RecordReader.ts"
import { answerWords } from "../values/answerWords.ts"
import { parseDay } from "../values/parseTime.ts"
import { isPlaceholderEntry } from "./placeholders.ts"

/** A value that reports any problem as one sentence: `expected "HH:mm", read "8h"`. */
const value = <T>(expected: string, is: (value: unknown) => value is T) =>
  Schema.declare(is, { identifier: expected }).annotateKey({ messageMissingKey: `expected ${expected}, read nothing` })

/** NUL and lone surrogates cannot be stored (SPEC 1.3). */
const isText = (input: unknown): input is string =>
  typeof input === "string" && input.trim() !== "" && !input.includes("\0") && input.isWellFormed()
const matching = (expected: string, matches: (text: string) => boolean) =>
  value(expected, (input): input is string => typeof input === "string" && matches(input))

const Text = value("text", isText)
const Flag = value("true or false", (input): input is boolean => typeof input === "boolean")
/** A longer whole number has lost digits when it is read. */
const isExact = (input: unknown): input is number =>
  typeof input === "number" && (Number.isInteger(input) ? Number.isSafeInteger(input) : Number.isFinite(input))
const Code = value(
  "text, or a number of at most 15 digits",
  (input): input is string | number => isText(input) || isExact(input)
)
const Days = value(
  "a whole number of days from 0 to 3650",
  (input): input is number => typeof input === "number" && Number.isSafeInteger(input) && input >= 0 && input <= 3650
)
const Word = value(
  "text with a word or an emoji",
  (input): input is string =>
    isText(input) && (answerWords(input).length > 0 || /\p{Extended_Pictographic}/u.test(input))
)
/** An empty list is allowed: only a yes word alone is then a yes. */
const Courtesy = Schema.Array(Word)
const Words = Courtesy.check(
  Schema.makeFilter((words) => words.length > 0 || "expected at least one word, read none")
).annotateKey({ messageMissingKey: "expected a list of words, read nothing" })

/** Fields of the Case that identify its communication (SPEC 4.1). */
const reserved = ["u_id_correlacao", "u_num_pedido", "u_msisdn"]

/** Fields of the Case that notes, closes and hand-overs write. */
const written = ["work_notes", "close_notes", "resolution_code", "state", "assignment_group", "priority"]
const own: ReadonlySet<string> = new Set([...reserved, ...written])
const Column = matching(
  "a field of the Case that the service does not set itself, such as u_entregue_em",
  (text) => /^[a-zA-Z][a-zA-Z0-9_]*$/.test(text) && !own.has(text)
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
  deliveredField: Schema.optionalKey(Column),
  readField: Schema.optionalKey(Column),
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

const reservedFields = (path: string, fields: unknown): ReadonlyArray<Problem> =>
  (isObject(fields) ? reserved.filter((name) => Object.hasOwn(fields, name)) : []).map((name) => ({
    path: `${path}.case.${name}`,
    problem: "expected nothing, the service sets this field itself"
  }))

const wordsOf = (answers: unknown, name: "yes" | "no" | "courtesy"): ReadonlyArray<string> => {
  const words = isObject(answers) ? answers[name] : undefined
  return Array.isArray(words) ? words.map((word) => String(word).trim().toLowerCase()) : []
}

/** Two words with the same form are one to an answer (SPEC 8.10). */
const comparable = (word: string): string => answerWords(word).join(" ") || word

const sharedWords = (path: string, answers: unknown): ReadonlyArray<Problem> => {
  const shared = (name: "no" | "courtesy", other: "yes" | "no"): ReadonlyArray<Problem> => {
    const others = new Set(wordsOf(answers, other).map(comparable))
    return wordsOf(answers, name).flatMap((word, index) => {
      const problem = `expected a word that "${other}" does not have, read "${word}"`
      return others.has(comparable(word)) ? [{ path: `${path}.answers.${name}[${index}]`, problem }] : []
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
