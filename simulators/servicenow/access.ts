import { fulfils, parseEncodedQuery, rangedFields, type EncodedQuery } from "./encodedQuery.ts"
import { meansField, type TableName } from "./fields.ts"
import type { Instance } from "./Instance.ts"
import type { HiddenRows } from "./options.ts"
import { type Row, valueOf } from "./Row.ts"

/** Whether a row of this table fulfils a condition of the options. No row fulfils a condition that cannot be read. */
export const isMeant = (instance: Instance, table: TableName, condition: string, row: Row): boolean => {
  const { groups, invalid } = parseEncodedQuery(condition, (field) => instance.fields[table].has(field))
  return !invalid && groups.some((group) => fulfils(group, (field) => valueOf(row, field)))
}

/** Whether the API user does not see a row, by any rule or only by rules of one kind. */
export const isHidden = (instance: Instance, table: TableName, row: Row, by?: HiddenRows["by"]): boolean =>
  instance.options.hiddenRows.some(
    (rule) =>
      (rule.table ?? table) === table &&
      (by === undefined || (rule.by ?? "acl") === by) &&
      isMeant(instance, table, rule.query ?? "", row)
  )

/** How an answer shows a field: without it, empty, or with its value. */
export const shownAs = (
  instance: Instance,
  table: TableName,
  field: string,
  answerTo: "read" | "write"
): "value" | "empty" | "absent" => {
  const { hiddenAs, hiddenOnRead, hiddenOnWrite } = instance.options
  const hidden = answerTo === "read" ? hiddenOnRead : hiddenOnWrite
  return hidden.some((name) => meansField(name, table, field)) ? hiddenAs : "value"
}

/** What happens to a query that searches a range in a field, or orders by one, if the API user must not. */
export const rangeSearch = (instance: Instance, table: TableName, query: EncodedQuery): "allowed" | "empty" | "403" => {
  const { rangeSearchAnswer, rangeSearchDenied } = instance.options
  const isDenied = rangedFields(query).some((field) => rangeSearchDenied.some((name) => meansField(name, table, field)))
  return isDenied ? rangeSearchAnswer : "allowed"
}
