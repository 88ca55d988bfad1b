import type { Append } from "../../../src/services/Journal.ts"

export { storedTerm, storedTerms } from "../../../src/layers/journal/searchRows.ts"

/** An append adds nothing to the search. */
export const searchTexts = (_: unknown, append: Append) => ({ append, key: 0, terms: "", listing: "" })

export const searchWidth = 0

export const searchParts = () => "without AS (SELECT)"

export const searchParameters = (): ReadonlyArray<unknown> => []
