import { json } from "../core/answer.ts"
import type { Answered, SimRequest } from "../core/Simulator.ts"
import { failure, noRecord } from "./errors.ts"
import type { Instance } from "./Instance.ts"
import { exists } from "./references.ts"

export const groupTable = "sys_user_group"

const rowOf = (sysId: string) => ({ sys_id: sysId, name: `Group ${sysId.slice(0, 8)}`, active: "true" })

/** The sys_ids that a query names by `=` or `IN`, the only ways to find groups here. */
const namedIn = (query: string): ReadonlyArray<string> => {
  const [, sysIds = ""] = /^sys_id(?:=|IN)([^^]*)/.exec(query) ?? []
  return sysIds.split(",")
}

/** Reads groups. The instance has every group that the options do not exclude. Groups cannot be written here. */
export const answerGroups = (
  instance: Instance,
  { method, query }: SimRequest,
  sysId: string | undefined
): Answered => {
  if (method !== "GET") return failure(405, "Method not supported", `${method} is not for ${groupTable}`)
  const isGroup = (one: string) => exists(instance, groupTable, one)
  if (sysId !== undefined) return isGroup(sysId) ? json(200, { result: rowOf(sysId) }) : noRecord
  const found = namedIn(query.get("sysparm_query") ?? "").filter(isGroup)
  return json(200, { result: found.map(rowOf) }, { "x-total-count": String(found.length) })
}
