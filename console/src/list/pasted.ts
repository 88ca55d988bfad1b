import type { Item } from "../api/types.ts"
import { nameOf } from "./fields.ts"

/**
 * The names that somebody has pasted: one a line, or separated by commas or semicolons, with or without quotes. A name is a row
 * of a table, its cells separated by tabs.
 */
export const pastedNames = (pasted: string): ReadonlyArray<string> => [
  ...new Set(
    pasted
      .split(/[\n\r,;]+/)
      .map((name) => name.trim().replace(/^"(.*)"$/, "$1"))
      .filter((name) => name !== "")
  )
]

const cellsOf = (name: string): ReadonlyArray<string> => name.split("\t").map((cell) => cell.trim())

const namesOfItem = (item: Item): ReadonlyArray<string> =>
  [item.id, item.ref, item.order, item.shipment, item.case?.number, item.case?.sysId, item.whatsapp?.messageId].flatMap(
    (name) => (name === undefined ? [] : [name.toLowerCase()])
  )

/** The rows that these names mean, in any letter case, and the names that mean none of them. */
export const rowsNamed = (names: ReadonlyArray<string>, items: ReadonlyArray<Item>) => {
  const known = new Map<string, Array<string>>()
  for (const item of items)
    for (const name of namesOfItem(item)) known.set(name, [...(known.get(name) ?? []), nameOf(item)])
  const found = names.map((name) => {
    const cells = cellsOf(name)
    return { name: cells[0] ?? name, ids: cells.flatMap((cell) => known.get(cell.toLowerCase()) ?? []) }
  })
  return {
    chosen: new Set(found.flatMap(({ ids }) => ids)),
    unknown: found.flatMap(({ ids, name }) => (ids.length === 0 ? [name] : []))
  }
}
