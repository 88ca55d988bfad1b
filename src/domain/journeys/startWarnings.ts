import type { Problem } from "../record/RecordReader.ts"
import { addDays } from "../values/localTime.ts"
import type { Journey } from "./Journey.ts"
import type { JourneysFile } from "./JourneysFile.ts"

/** How far ahead the list of holidays has to reach, in days. */
const horizon = 60

const holidaysWarning = ({ journeys }: JourneysFile, today: string): ReadonlyArray<Problem> => {
  const hours = [...journeys.values()].flatMap(({ businessHours }) => businessHours ?? [])
  const [first] = hours
  if (first === undefined) return []
  const last = first.holidays.toSorted().at(-1)
  if (last !== undefined && last >= addDays(today, horizon)) return []
  const state = last === undefined ? "none is listed" : `the last one is ${last}`
  return [{ path: "holidays", problem: `${state}: a SIM on a later holiday closes the Case at once` }]
}

/** Fields of the Case that ServiceNow keeps as numbers. */
const numberFields = ["priority", "impact", "urgency", "state"]

/** True for a number, also as text, and for a template whose value only a record has. */
const isNumeric = (value: string | number | boolean): boolean =>
  typeof value === "number" || (typeof value === "string" && /^\s*-?\d+\s*$|\{\{/.test(value))

const wrongNumbers = ({ case: theCase, name }: Journey): ReadonlyArray<Problem> =>
  numberFields.flatMap((field) => {
    const value = theCase[field]
    if (value === undefined || isNumeric(value)) return []
    const problem = `read ${JSON.stringify(value)}, expected a number: ServiceNow does not store another text in this field`
    return [{ path: `journeys.${name}.case.${field}`, problem }]
  })

/**
 * Warnings about entries that are allowed but most likely not intended, for a start on this day (`yyyy-MM-dd`): texts
 * where ServiceNow has numbers, orders that never expire, and a list of holidays that ends soon (CONTRACT "Journeys
 * file").
 */
export const startWarnings = (file: JourneysFile, today: string): ReadonlyArray<Problem> => [
  ...file.warnings,
  ...[...file.journeys.values()].flatMap(wrongNumbers),
  ...[...file.journeys.values()].flatMap(({ expiresAfter, name }) =>
    expiresAfter === undefined
      ? [{ path: `journeys.${name}.expiresAfter`, problem: "not set: an order is announced however old it is" }]
      : []
  ),
  ...holidaysWarning(file, today)
]
