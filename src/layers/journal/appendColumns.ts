import type { Append } from "../../services/Journal.ts"
import { indexKey } from "./indexKey.ts"

/** One append on its way: `token` tells its own row from another writer's, `facts` is what will be stored. */
export interface Row {
  readonly append: Append
  readonly token: string
  readonly facts: string
}

/** As the statement of `appendRows` numbers them; none is `""`. */
export const appendColumns = (rows: ReadonlyArray<Row>): ReadonlyArray<ReadonlyArray<string>> => [
  rows.map(({ append }) => append.id),
  rows.map(({ append }) => String(append.seq)),
  rows.map(({ append }) => String(append.facts.length)),
  rows.map(({ token }) => token),
  rows.map(({ facts }) => facts),
  rows.map(({ append }) => append.view.journey),
  rows.map(({ append }) => append.view.status),
  rows.map(({ append }) => append.view.caseNumber ?? ""),
  rows.map(({ append }) => append.view.caseSysId ?? ""),
  rows.map(({ append }) => String(append.view.inDoubt)),
  rows.map(({ append }) => String(append.view.due ?? "")),
  rows.map(({ append }) => append.view.awaiting?.phone ?? ""),
  rows.map(({ append }) => String(append.view.awaiting?.since ?? "")),
  rows.map(({ append }) => String(append.view.updatedAt))
]

/** Columns `id, kind, value` of the new names. */
export const nameColumns = (rows: ReadonlyArray<Row>): ReadonlyArray<ReadonlyArray<string>> => {
  const names = rows.flatMap(({ append }) => append.index.map((entry) => ({ ...entry, id: append.id })))
  return [names.map(({ id }) => id), names.map(({ kind }) => kind), names.map(({ value }) => indexKey(value))]
}
