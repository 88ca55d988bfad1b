import type { Answered } from "../core/Simulator.ts"
import { isMeant } from "./access.ts"
import { abortedByRule, aclException, failure } from "./errors.ts"
import { meansField, type TableName } from "./fields.ts"
import type { Instance } from "./Instance.ts"
import { danglingReferences } from "./references.ts"
import { type Row, valueOf } from "./Row.ts"

/** The result of a write. */
export interface Change {
  readonly table: TableName
  /** The row as it is. `undefined` for a row that does not exist yet. */
  readonly before: Row | undefined
  /** The row as it would be. */
  readonly after: Row
  /** The fields whose values change. A journal entry is a change of its field. */
  readonly changed: ReadonlyArray<string>
}

type Policy = (instance: Instance, change: Change, body: object) => Answered | undefined

const readOnly: Policy = ({ options }, { before, table }) =>
  options.readOnlyTables.includes(table) ? aclException(before === undefined ? "Insert" : "Update") : undefined

const ended = new Set(["3", "7"])
const journals = new Set(["work_notes", "comments"])

/**
 * Refuses what an ended Case does not accept (SPEC 8.9). With `takeNothing`, even a field that is sent as it is stored
 * is refused.
 */
const endedCase: Policy = ({ options }, { before, changed, table }, body) => {
  if (table !== "sn_customerservice_case" || before === undefined) return undefined
  const state = before.values.state ?? ""
  switch (options.endedCases) {
    case "keepState":
      return state === "3" && "state" in body && String(body.state) !== "3" ? aclException("Update") : undefined
    case "takeNotes":
      return ended.has(state) && changed.some((field) => !journals.has(field)) ? aclException("Update") : undefined
    case "takeNothing":
      return ended.has(state) ? aclException("Update") : undefined
  }
}

/** The states that each state of a Case leads to. A new Case may begin in any state. */
const leadsTo: Readonly<Record<string, ReadonlyArray<string>>> = {
  "1": ["10", "18", "6", "3", "7"],
  "10": ["18", "6", "3", "7"],
  "18": ["10", "6", "3", "7"],
  "6": ["10", "3", "7"],
  "3": [],
  "7": []
}

const stateModel: Policy = ({ options }, { after, before, changed, table }) => {
  if (!options.stateModel || table !== "sn_customerservice_case" || !changed.includes("state")) return undefined
  const to = after.values.state ?? ""
  const isAllowed = before === undefined ? to in leadsTo : leadsTo[before.values.state ?? ""]?.includes(to) === true
  return isAllowed ? undefined : abortedByRule(table, "Case state model")
}

/** A data policy: fields that must have a value, always or if a condition holds. */
const dataPolicy: Policy = (instance, { after, table }) => {
  const missing = instance.options.dataPolicies
    .filter((policy) => policy.table === table && isMeant(instance, table, policy.when ?? "", after))
    .flatMap(({ mandatory }) => mandatory.filter((field) => valueOf(after, field) === ""))
  return missing.length === 0
    ? undefined
    : failure(403, "Operation Failed", `Data Policy Exception: Following fields are mandatory: ${missing.join(", ")}`)
}

const isTaken = (instance: Instance, { after, table }: Change, field: string): boolean => {
  const value = valueOf(after, field).toLowerCase()
  const alike = { groups: [[[{ field, operator: "=", value, values: [] } as const]]], orders: [], invalid: false }
  return value !== "" && instance.tables[table].select(alike).some(({ sysId }) => sysId !== after.sysId)
}

const uniqueKey: Policy = (instance, change) => {
  const { table } = change
  const unique = change.changed.filter((field) =>
    instance.options.uniqueFields.some((name) => meansField(name, table, field))
  )
  const taken = unique.find((field) => isTaken(instance, change, field))
  return taken === undefined
    ? undefined
    : failure(403, "Operation Failed", `Unique Key violation detected by database (Duplicate entry for key '${taken}')`)
}

const validReferences: Policy = (instance, { after, changed, table }) => {
  if (instance.options.references !== "refused") return undefined
  const dangling = danglingReferences(instance, instance.fields[table], after.values, changed)
  return dangling.length === 0 ? undefined : abortedByRule(table, `Valid references: ${dangling.join(", ")}`)
}

const policies = [readOnly, endedCase, stateModel, dataPolicy, uniqueKey, validReferences]

/** The answer to a write that a rule of the instance forbids. Nothing of the write is stored then. */
export const refusal = (instance: Instance, change: Change, body: object): Answered | undefined => {
  for (const policy of policies) {
    const refused = policy(instance, change, body)
    if (refused !== undefined) return refused
  }
  return undefined
}
