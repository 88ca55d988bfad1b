import type { Row } from "./Row.ts"

/** Rows by the keys of one field. */
export interface FieldIndex {
  readonly add: (row: Row, value: string) => void
  readonly remove: (row: Row, value: string) => void
  readonly find: (key: string) => ReadonlyArray<Row>
}

export const gramLength = 8

const none: ReadonlyArray<Row> = []

const makeIndex = (keysOf: (value: string) => Iterable<string>): FieldIndex => {
  const rows = new Map<string, Array<Row>>()
  return {
    add: (row, value) => {
      for (const key of keysOf(value)) {
        const found = rows.get(key)
        if (found === undefined) rows.set(key, [row])
        else found.push(row)
      }
    },
    remove: (row, value) => {
      for (const key of keysOf(value)) {
        const left = (rows.get(key) ?? []).filter((one) => one !== row)
        if (left.length === 0) rows.delete(key)
        else rows.set(key, left)
      }
    },
    find: (key) => rows.get(key) ?? none
  }
}

/** For `=` and `IN`: the key is the value in lower case. Rows without a value are not in the index. */
export const makeEqualityIndex = () => makeIndex((value) => (value === "" ? [] : [value.toLowerCase()]))

/** For `LIKE` with 8 characters or more: every run of 8 characters is a key. */
export const makeGramIndex = () =>
  makeIndex((value) => {
    const text = value.toLowerCase()
    return new Set(
      Array.from({ length: Math.max(0, text.length - gramLength + 1) }, (_, at) => text.slice(at, at + gramLength))
    )
  })
