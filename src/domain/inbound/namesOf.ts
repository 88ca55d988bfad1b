import type { ParkedName } from "../../services/Journal.ts"
import type { InboundEvent } from "./InboundEvent.ts"

const sysId = /^[0-9a-f]{32}$/

/** What an event names its communication by, the most trusted first (SPEC 8.2). */
export const namesOf = ({ answersTo, caseId, correlationId, messageId }: InboundEvent): ReadonlyArray<ParkedName> => {
  const names: ReadonlyArray<readonly [ParkedName["kind"], string | undefined]> = [
    ["id", correlationId],
    [caseId !== undefined && sysId.test(caseId) ? "case_sys_id" : "case_number", caseId],
    ["message_id", messageId],
    ["message_id", answersTo]
  ]
  return names.flatMap(([kind, value]) => (value === undefined ? [] : [{ kind, value }]))
}
