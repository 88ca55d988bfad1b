import type { Field } from "./fields.ts"
import type { Instance } from "./Instance.ts"

const isSysId = (text: string) => /^[0-9a-f]{32}$/.test(text)

/**
 * Whether a reference names an existing row. A group exists unless the options exclude it. In tables that are not
 * simulated, every sys_id exists.
 */
export const exists = (instance: Instance, table: string | undefined, sysId: string): boolean => {
  if (table === "csm_consumer") return instance.tables.csm_consumer.get(sysId) !== undefined
  const { withoutGroups } = instance.options
  const isMissing = table === "sys_user_group" && (withoutGroups.includes("*") || withoutGroups.includes(sysId))
  return isSysId(sysId) && !isMissing
}

const isDangling = (instance: Instance, field: Field | undefined, text: string): boolean =>
  field?.kind === "reference" && text !== "" && !exists(instance, field.table, text)

/** A reference as it is stored. If the options say so, a reference to a missing row is stored empty. */
export const existingReference = (instance: Instance, field: Field, text: string): string =>
  instance.options.references === "empty" && isDangling(instance, field, text) ? "" : text

/** The fields of new values that refer to a missing row. */
export const danglingReferences = (
  instance: Instance,
  fields: ReadonlyMap<string, Field>,
  values: Readonly<Record<string, string>>,
  changed: ReadonlyArray<string>
): ReadonlyArray<string> => changed.filter((name) => isDangling(instance, fields.get(name), values[name] ?? ""))
