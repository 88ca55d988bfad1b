import type { CaseKey } from "./caseKey.ts"

/** Kinds of characters that an instance may store otherwise than sent: four bytes, markup, white space. */
const fragile = [/[\u{10000}-\u{10ffff}]/u, /[<>&]/, /^\s|\s$|\s\s/u]

const lengthOf = (text: string): number => [...text].length

/**
 * True if a column that returned `control` whole also returns `value` whole. The control is at least as long, and has
 * each kind of fragile character that the value has (SPEC 4.3).
 */
export const covers = (control: string, value: string): boolean =>
  lengthOf(control) >= lengthOf(value) && fragile.every((kind) => !kind.test(value) || kind.test(control))

/** A row as a look sees it. `key` is undefined if the instance left the field out. */
export interface LookedRow {
  readonly key: string | undefined
}

/** A Case as a look, or the answer to its creation, shows it. A text is `""` if the instance left it out. */
export interface CaseRow extends LookedRow {
  readonly sysId: string
  readonly number: string
  /** ServiceNow's text, which sorts by time. */
  readonly createdAt: string
  /** As the instance answered them, raw. Absent if the answer has no such field. */
  readonly state?: string
  readonly assignmentGroup?: string
}

/** Sorts the oldest row first and rows without a time last. */
const byAge = ({ createdAt: first }: CaseRow, { createdAt: second }: CaseRow): number => {
  if (first === second) return 0
  if (first === "") return 1
  if (second === "") return -1
  return first < second ? -1 : 1
}

/** The Case of these rows: the oldest. */
export const oldestCase = (rows: ReadonlyArray<CaseRow>): CaseRow | undefined => rows.toSorted(byAge)[0]

/** True if the row has the sys_id and the number, without which nothing can be done with a Case. */
export const hasIds = ({ number, sysId }: CaseRow): boolean => sysId !== "" && number !== ""

/** What the answer to one look for a Case proves (SPEC 4.3). */
export type CaseSight<Row> =
  /** Rows with the whole key are the Case, whatever else they lack. */
  | { readonly _tag: "Found"; readonly rows: ReadonlyArray<Row> }
  /** The control came back whole, and no row has the key. Only this allows another create. */
  | { readonly _tag: "None" }
  /** Nothing was found, and nothing proves that the look would show the Case. */
  | { readonly _tag: "Unproven" }
  /** The look does not show existing Cases. */
  | { readonly _tag: "Blind"; readonly why: "control" | "hidden" | "altered" | "field" }

const keepsCase = (text: string) => /\p{Lu}/u.test(text) && /\p{Ll}/u.test(text)

const sameFolded = (a: string, b: string) => a !== b && a.toLowerCase() === b.toLowerCase()

export interface LookAnswer<Row> {
  readonly rows: ReadonlyArray<Row>
  /** How many rows the instance counts, including those that it does not show. Absent if it did not say. */
  readonly total?: number | undefined
  /** The maximum number of rows that the look requested. */
  readonly limit: number
}

/**
 * Reads the answer to a look for `key` and for `control`, a Case that is known to exist. Every row must be one of the
 * two, letter for letter. Any other row shows that the query was ignored, or a value altered. The exception is a row
 * that differs by letter case alone: if the column is seen to keep letter case, the row is somebody else's.
 */
export const judgeLook = <Row extends LookedRow>(
  key: CaseKey,
  control: CaseKey | undefined,
  { limit, rows, total }: LookAnswer<Row>
): CaseSight<Row> => {
  const own = rows.filter((row) => row.key === key.value)
  if (own.length > 0) return { _tag: "Found", rows: own }
  const seen = control !== undefined && rows.some((row) => row.key === control.value)
  const isStranger = (found: string) =>
    sameFolded(found, key.value)
      ? seen && keepsCase(control.value)
      : control !== undefined && sameFolded(found, control.value)
  if (rows.some((row) => row.key === undefined || row.key === "")) return { _tag: "Blind", why: "field" }
  if (rows.some((row) => row.key !== undefined && row.key !== control?.value && !isStranger(row.key))) {
    return { _tag: "Blind", why: "altered" }
  }
  if (rows.length >= limit || (total !== undefined && total > rows.length)) return { _tag: "Blind", why: "hidden" }
  if (control === undefined) return { _tag: "Unproven" }
  return seen ? { _tag: "None" } : { _tag: "Blind", why: "control" }
}

const blindTexts = {
  field: (field: string) => `a instância responde sem ${field}`,
  altered: (field: string) => `a instância não devolve ${field} como foi gravado`,
  hidden: (field: string) => `a instância conta Cases que não mostra na busca por ${field}`,
  control: (field: string) => `a busca por ${field} não mostra um Case que existe`
}

/** Why a look decides nothing, for the response. In Portuguese; it names the field. */
export const undecidedText = (
  { field }: CaseKey,
  sight: Extract<CaseSight<unknown>, { readonly _tag: "Unproven" | "Blind" }>
): string => {
  const why = sight._tag === "Blind" ? blindTexts[sight.why](field) : `nenhum Case conhecido prova a busca por ${field}`
  return `${why}: não há como saber se o Case foi criado`
}
