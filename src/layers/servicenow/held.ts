import type { OpenedCase } from "../../services/ServiceNow.ts"
import { type Row, textOf } from "./row.ts"

export type Held = Pick<OpenedCase, "state" | "assignmentGroup">

/** What the instance says that the Case has, which need not be what was sent (SPEC 4.5, 8.8); what it leaves out is not known. */
export const heldBy = (row: Row): Held => ({
  ...("state" in row && { state: textOf(row.state) }),
  ...("assignment_group" in row && { assignmentGroup: textOf(row.assignment_group) })
})
