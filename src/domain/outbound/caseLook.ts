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

/** What the answer to one look for a Case proves (SPEC 4.3). */
export type CaseSight<Row> =
  /** Rows with the whole key are the Case, whatever else they lack. */
  | { readonly _tag: "Found"; readonly rows: ReadonlyArray<Row> }
  /** The control came back whole, and no row has the key. Only this allows another create. */
  | { readonly _tag: "None" }
  /** Nothing was found, and nothing shows that the look sees. */
  | { readonly _tag: "Unproven" }
  /** The look does not see what is there. */
  | { readonly _tag: "Blind"; readonly why: "control" | "hidden" | "altered" | "field" }

const keepsCase = (text: string) => /\p{Lu}/u.test(text) && /\p{Ll}/u.test(text)

const sameFolded = (a: string, b: string) => a !== b && a.toLowerCase() === b.toLowerCase()

export interface LookAnswer<Row> {
  readonly rows: ReadonlyArray<Row>
  /** How many rows the instance counts, those included that it does not show. Absent if it did not say. */
  readonly total?: number | undefined
  /** The most rows that the look asked for. */
  readonly limit: number
}

/**
 * Reads the answer to a look for `key` that asked for `control` too, a Case that is known to exist. Every row must be
 * one of the two, letter for letter. Another one shows that the query was ignored, or a value altered. Only a row that
 * differs by letter case alone is somebody else's, where the column is seen to keep the case.
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
