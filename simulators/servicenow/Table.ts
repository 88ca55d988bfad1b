import { type Condition, type EncodedQuery, fulfils, type Order } from "./encodedQuery.ts"
import { type FieldIndex, gramLength, makeEqualityIndex, makeGramIndex } from "./FieldIndex.ts"
import { type Row, valueOf } from "./Row.ts"

const hasGramIndex = (field: string) => field === "phone" || field === "mobile_phone"
const hasEqualityIndex = (field: string) =>
  field === "number" || field === "email" || field.startsWith("u_") || hasGramIndex(field)

/**
 * Times are compared as numbers, because formatting them for every comparison would dominate a query of a whole table.
 */
const sortKey = (row: Row, field: string): number | string => {
  if (field === "sys_created_on") return row.createdAt
  if (field === "sys_updated_on") return row.updatedAt
  return valueOf(row, field).toLowerCase()
}

const compare =
  (orders: ReadonlyArray<Order>) =>
  (left: Row, right: Row): number => {
    for (const { descending, field } of orders) {
      const [a, b] = [sortKey(left, field), sortKey(right, field)]
      if (a !== b) return a < b === descending ? 1 : -1
    }
    return left.position - right.position
  }

/** The rows of one table, with indexes that are built when a query first needs them. */
export const makeTable = () => {
  const rows = new Map<string, Row>()
  const equality = new Map<string, FieldIndex>()
  const grams = new Map<string, FieldIndex>()

  const indexOf = (indexes: Map<string, FieldIndex>, field: string, make: () => FieldIndex) => {
    const known = indexes.get(field)
    if (known !== undefined) return known
    const index = make()
    for (const row of rows.values()) index.add(row, valueOf(row, field))
    indexes.set(field, index)
    return index
  }

  /** A superset of the rows that fulfil the condition, found without a scan. `undefined` if only a scan finds them. */
  const candidates = ({ field, operator, value, values }: Condition): ReadonlyArray<Row> | undefined => {
    const keys = operator === "=" ? [value] : operator === "IN" ? values : undefined
    if (keys !== undefined && field === "sys_id") {
      return keys.flatMap((key) => rows.get(key) ?? [])
    }
    if (keys !== undefined && hasEqualityIndex(field) && !keys.includes("")) {
      const index = indexOf(equality, field, makeEqualityIndex)
      return keys.flatMap((key) => index.find(key))
    }
    return operator === "LIKE" && value.length >= gramLength && hasGramIndex(field)
      ? indexOf(grams, field, makeGramIndex).find(value.slice(0, gramLength))
      : undefined
  }

  const narrowed = (group: ReadonlyArray<ReadonlyArray<Condition>>): Iterable<Row> => {
    for (const alternatives of group) {
      const found = alternatives.map(candidates)
      if (found.every((some) => some !== undefined)) return found.flat()
    }
    return rows.values()
  }

  return {
    get: (sysId: string): Row | undefined => rows.get(sysId),
    size: (): number => rows.size,
    all: (): ReadonlyArray<Row> => [...rows.values()],
    insert: (row: Row): void => {
      rows.set(row.sysId, row)
      for (const [field, index] of [...equality, ...grams]) index.add(row, valueOf(row, field))
    },
    /** Sets one field, and updates the indexes. */
    set: (row: Row, field: string, value: string): void => {
      const before = row.values[field] ?? ""
      if (before === value) return
      for (const indexes of [equality, grams]) {
        indexes.get(field)?.remove(row, before)
        indexes.get(field)?.add(row, value)
      }
      if (value === "") delete row.values[field]
      else row.values[field] = value
    },
    /** Every row that the query selects, in its order, or in order of creation if it has none. */
    select: ({ groups, orders }: EncodedQuery): ReadonlyArray<Row> => {
      const found = new Set<Row>()
      for (const group of groups) {
        for (const row of narrowed(group)) {
          if (fulfils(group, (field) => valueOf(row, field))) found.add(row)
        }
      }
      return [...found].sort(compare(orders))
    }
  }
}

export type Table = ReturnType<typeof makeTable>
