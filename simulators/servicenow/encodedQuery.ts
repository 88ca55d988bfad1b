/** Operators that compare whole values need no right to search a range of them (`query_range`). */
const matching = ["=", "!=", "IN", "ISEMPTY", "ISNOTEMPTY"] as const
const ranging = ["LIKE", "STARTSWITH", "ENDSWITH", ">", ">=", "<", "<="] as const

type Operator = (typeof matching)[number] | (typeof ranging)[number]

const isRanging = (operator: Operator): boolean => ranging.some((one) => one === operator)

/** One condition of an encoded query. */
export interface Condition {
  readonly field: string
  readonly operator: Operator
  /** In lower case: comparisons ignore case, as the instance's database does. */
  readonly value: string
  /** For `IN`. */
  readonly values: ReadonlyArray<string>
}

export interface Order {
  readonly field: string
  readonly descending: boolean
}

export interface EncodedQuery {
  /** Alternatives (`^NQ`) of conjunctions (`^`) of alternatives (`^OR`, which binds to the condition before it). */
  readonly groups: ReadonlyArray<ReadonlyArray<ReadonlyArray<Condition>>>
  readonly orders: ReadonlyArray<Order>
  /** True if a condition cannot be read or names a field that the table does not have. It is left out of `groups`. */
  readonly invalid: boolean
}

const conditionPattern =
  /^([a-z][a-z0-9_.]*)(!=|>=|<=|=|>|<|LIKE|CONTAINS|STARTSWITH|ENDSWITH|ISNOTEMPTY|ISEMPTY|IN)(.*)$/s

const parseCondition = (text: string, known: (field: string) => boolean): Condition | undefined => {
  const [, field = "", operator, raw = ""] = conditionPattern.exec(text) ?? []
  if (operator === undefined || !known(field)) return undefined
  const value = raw.toLowerCase()
  return {
    field,
    operator: operator === "CONTAINS" ? "LIKE" : (operator as Operator),
    value,
    values: operator === "IN" ? value.split(",") : []
  }
}

/**
 * Reads `sysparm_query`. A condition on a field that is not `known` is left out, so the query also finds unrelated
 * rows.
 */
export const parseEncodedQuery = (text: string, known: (field: string) => boolean): EncodedQuery => {
  const orders: Array<Order> = []
  let invalid = false
  const groups = text.split("^NQ").map((part) => {
    const group: Array<Array<Condition>> = []
    // An `^OR` joins what is left of the condition before it, even if that one was left out.
    let alternatives: Array<Condition> = []
    for (const term of part.split("^")) {
      if (term === "" || term === "EQ") continue
      const [, descending, orderField = ""] = /^ORDERBY(DESC)?(.*)$/s.exec(term) ?? []
      if (orderField !== "") {
        if (known(orderField)) orders.push({ field: orderField, descending: descending !== undefined })
        continue
      }
      const or = term.startsWith("OR")
      if (!or) {
        alternatives = []
        group.push(alternatives)
      }
      const condition = parseCondition(or ? term.slice(2) : term, known)
      if (condition === undefined) invalid = true
      else alternatives.push(condition)
    }
    return group.filter((alternatives) => alternatives.length > 0)
  })
  return { groups, orders, invalid }
}

/** Whether one condition holds for a field's stored value. */
const holds = ({ operator, value, values }: Condition, stored: string): boolean => {
  const actual = stored.toLowerCase()
  switch (operator) {
    case "=":
      return actual === value
    case "!=":
      return actual !== value
    case "LIKE":
      return actual.includes(value)
    case "STARTSWITH":
      return actual.startsWith(value)
    case "ENDSWITH":
      return actual.endsWith(value)
    case "IN":
      return values.includes(actual)
    case "ISEMPTY":
      return actual === ""
    case "ISNOTEMPTY":
      return actual !== ""
    case ">":
      return actual > value
    case ">=":
      return actual >= value
    case "<":
      return actual < value
    case "<=":
      return actual <= value
  }
}

/** Whether a row fulfils a group, by its stored values. */
export const fulfils = (group: EncodedQuery["groups"][number], stored: (field: string) => string): boolean =>
  group.every((alternatives) => alternatives.some((one) => holds(one, stored(one.field))))

/** The fields in which a query searches a range, or by which it orders. */
export const rangedFields = ({ groups, orders }: EncodedQuery): ReadonlyArray<string> => [
  ...groups.flat(2).flatMap(({ field, operator }) => (isRanging(operator) ? [field] : [])),
  ...orders.map(({ field }) => field)
]
