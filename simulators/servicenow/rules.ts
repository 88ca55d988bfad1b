import { isMeant } from "./access.ts"
import type { TableName } from "./fields.ts"
import type { Instance } from "./Instance.ts"
import type { Change } from "./policies.ts"
import type { Row } from "./Row.ts"

const caseTable = "sn_customerservice_case"

/**
 * The priority, from 1 Critical to 4 Low, of an impact and an urgency from 1 High to 3 Low. A missing value counts as
 * low.
 */
const priorityOf = ({ impact, urgency }: Readonly<Record<string, string>>): string => {
  const level = (text: string | undefined) => (text === "1" || text === "2" ? Number(text) : 3)
  return String(Math.min(4, level(impact) + level(urgency) - 1))
}

/** The values that the instance's business rules set beside, or in place of, the sent ones. */
export const ruledValues = (
  { options }: Instance,
  { after, before, changed, table }: Change
): Readonly<Record<string, string>> => {
  if (table !== caseTable) return {}
  const assigns = before === undefined && options.assignmentRule !== ""
  const clears = options.clearsAssignee && before !== undefined && changed.includes("assignment_group")
  return {
    ...(assigns && { assignment_group: options.assignmentRule }),
    ...(options.priorityRule && { priority: priorityOf(after.values) }),
    ...(clears && { assigned_to: "" })
  }
}

/** Begins the flows that a write triggers. `now` is in epoch milliseconds. */
export const startFlows = (instance: Instance, { before, table }: Change, row: Row, now: number): void => {
  if (table !== caseTable) return
  const trigger = before === undefined ? "insert" : "update"
  for (const flow of instance.options.flows) {
    if ((flow.on ?? "insert") !== trigger || !isMeant(instance, caseTable, flow.when ?? "", row)) continue
    instance.pendingFlows.push({ at: now + flow.delayMs, row, flow })
  }
}

/** A closed or cancelled record is not active. */
export const setActive = (instance: Instance, table: TableName, row: Row): void =>
  instance.tables[table].set(row, "active", String(row.values.state !== "3" && row.values.state !== "7"))

/** Carries out the flows that are due. Everything that reads the instance calls it first. */
export const endFlows = (instance: Instance, now: number): void => {
  const due = instance.pendingFlows.filter(({ at }) => at <= now).sort((one, other) => one.at - other.at)
  for (const pending of due) {
    const { at, flow, row } = pending
    instance.pendingFlows.splice(instance.pendingFlows.indexOf(pending), 1)
    if (!isMeant(instance, caseTable, flow.when ?? "", row)) continue
    for (const [field, value] of Object.entries(flow.set)) instance.tables[caseTable].set(row, field, value)
    setActive(instance, caseTable, row)
    row.modCount++
    row.updatedAt = at
    row.updatedBy = "system"
  }
}
