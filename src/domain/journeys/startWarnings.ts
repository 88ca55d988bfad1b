import type { Problem } from "../record/RecordReader.ts"
import { addDays } from "../values/localTime.ts"
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

/**
 * What is allowed in the file and most likely not intended, at the start on this day (`yyyy-MM-dd`): orders that never
 * expire, and a list of holidays that ends soon (CONTRACT "Journeys file").
 */
export const startWarnings = (file: JourneysFile, today: string): ReadonlyArray<Problem> => [
  ...file.warnings,
  ...[...file.journeys.values()].flatMap(({ expiresAfter, name }) =>
    expiresAfter === undefined
      ? [{ path: `journeys.${name}.expiresAfter`, problem: "not set: an order is announced however old it is" }]
      : []
  ),
  ...holidaysWarning(file, today)
]
