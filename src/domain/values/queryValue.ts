/**
 * Whether a value may enter an encoded query: `^` ends a condition, `javascript:` runs code, an empty value matches
 * anything (SPEC 3.4).
 */
const isQueryValue = (value: string): boolean =>
  value.trim() !== "" && value.isWellFormed() && !/[\^\p{Cc}]|javascript:/iu.test(value)

/** One condition of a query. `IN` has a list of values, none of which has a comma. */
export type Condition =
  | { readonly field: string; readonly operator: "=" | "LIKE"; readonly value: string }
  | { readonly field: string; readonly operator: "IN"; readonly values: ReadonlyArray<string> }

export const conditionValues = (condition: Condition): ReadonlyArray<string> =>
  condition.operator === "IN" ? condition.values : [condition.value]

const mayEnter = (condition: Condition): boolean => {
  const values = conditionValues(condition)
  const isOne = (value: string) => condition.operator !== "IN" || !value.includes(",")
  return values.length > 0 && values.every((value) => isQueryValue(value) && isOne(value))
}

/** True if rows that meet any of the conditions may be queried: there is a condition, and all values may enter. */
export const isAskable = (anyOf: ReadonlyArray<Condition>): boolean => anyOf.length > 0 && anyOf.every(mayEnter)
