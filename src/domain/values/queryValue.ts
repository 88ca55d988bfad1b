/**
 * Whether a value may enter an encoded query: `^` ends a condition, `javascript:` runs code, an empty value matches
 * anything (SPEC 3.4).
 */
export const isQueryValue = (value: string): boolean =>
  value.trim() !== "" && value.isWellFormed() && !/[\^\p{Cc}]|javascript:/iu.test(value)
