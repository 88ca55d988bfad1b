import { isTime, type JourneysContent } from "./journeysSchema.ts"
import type { Problem } from "./problem.ts"

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The path and fields of each of the file's journeys that is an object. */
const entriesOf = (file: Readonly<Record<string, unknown>>) =>
  Object.entries(isObject(file["journeys"]) ? file["journeys"] : {}).flatMap(([name, entry]) =>
    isObject(entry) ? [{ path: `journeys.${name}`, entry }] : []
  )

/** Fields of the Case that say which communication it belongs to (SPEC 4.1). */
const reserved = ["u_id_correlacao", "u_num_pedido", "u_msisdn"]

const reservedFields = (path: string, fields: unknown): ReadonlyArray<Problem> =>
  (isObject(fields) ? reserved.filter((name) => Object.hasOwn(fields, name)) : []).map((name) => ({
    path: `${path}.case.${name}`,
    problem: "expected nothing, the service sets this field itself"
  }))

const wordsOf = (answers: unknown, name: "yes" | "no"): ReadonlyArray<string> => {
  const words = isObject(answers) ? answers[name] : undefined
  return Array.isArray(words) ? words.map((word) => String(word).trim().toLowerCase()) : []
}

const sharedWords = (path: string, answers: unknown): ReadonlyArray<Problem> => {
  const yes = new Set(wordsOf(answers, "yes"))
  return wordsOf(answers, "no").flatMap((word, index) =>
    yes.has(word)
      ? [{ path: `${path}.answers.no[${index}]`, problem: `expected a word that "yes" does not have, read "${word}"` }]
      : []
  )
}

const hoursOrder = (path: string, hours: unknown): ReadonlyArray<Problem> => {
  const { from, to } = isObject(hours) ? hours : {}
  if (typeof from !== "string" || typeof to !== "string" || !isTime(from) || !isTime(to) || from < to) return []
  return [{ path: `${path}.businessHours.to`, problem: `expected a time after ${from}, read "${to}"` }]
}

/** What no field shows by itself; read from the raw file, so that other problems do not hide these. */
export const journeysRules = (file: unknown): ReadonlyArray<Problem> => {
  if (!isObject(file)) return []
  const { default: byDefault, journeys } = file
  const names = isObject(journeys) ? Object.keys(journeys) : []
  const noJourney = isObject(journeys) && names.length === 0
  const unknownDefault = typeof byDefault === "string" && byDefault.trim() !== "" && !names.includes(byDefault)
  const known = names.length === 0 ? "a journey of the file" : `one of ${names.join(", ")}`
  return [
    ...(unknownDefault ? [{ path: "default", problem: `expected ${known}, read "${byDefault}"` }] : []),
    ...(noJourney ? [{ path: "journeys", problem: "expected at least one journey, read none" }] : []),
    ...entriesOf(file).flatMap(({ path, entry }) =>
      reservedFields(path, entry["case"])
        .concat(sharedWords(path, entry["answers"]))
        .concat(hoursOrder(path, entry["businessHours"]))
    )
  ]
}

/** Braces that are left when the variables are taken out: `{{num_pedido}` would reach the customer as it is. */
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
