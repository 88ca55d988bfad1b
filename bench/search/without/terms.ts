export { isPersonalTerm, searchText, termOf } from "../../../src/domain/search/SearchTerm.ts"

/** Facts add no terms. */
export const termsOf = (): ReadonlyArray<never> => []
