import type { FaultRule } from "../../../simulators/core/FaultRule.ts"
import type { Flow, ServiceNowOptions } from "../../../simulators/servicenow/options.ts"
import type { Peculiarity, VendorFault } from "./Scenario.ts"

const table = "sn_customerservice_case"
const otherGroup = "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"
const nothing = ["fields", "notes"] as const

const serviceNowFault = (rule: FaultRule): VendorFault => ({ after: 0, vendor: "serviceNow", rule })
const weniFault = (rule: FaultRule): VendorFault => ({ after: 0, vendor: "weni", rule })

/** A flow of the instance that changes a Case which is still as it was opened. */
const flow = (delayMs: number, set: Flow["set"]): ServiceNowOptions => ({
  flows: [{ delayMs, when: "state=10^assignment_groupISEMPTY", set }]
})

/** So rare that no call gets it twice in a row. */
const nowAndThen = (status: number): FaultRule => ({
  kind: "status",
  status,
  times: -1,
  probability: 0.3,
  seed: status,
  pauseMs: 60_000
})

/** The possible peculiarities of a run's vendors. */
export const peculiarities: ReadonlyArray<Peculiarity> = [
  { name: "every Case is hidden", unnamed: true, serviceNow: { hiddenRows: [{ table }] }, excuses: nothing },
  {
    name: "one Case is hidden",
    unnamed: true,
    serviceNow: { hiddenRows: [{ table, query: "u_num_pedido=P0" }] },
    excuses: nothing
  },
  { name: "no Case is found", unnamed: true, serviceNow: { hiddenRows: [{ table, by: "rule" }] }, excuses: nothing },
  { name: "the key is hidden", unnamed: true, serviceNow: { hiddenOnRead: ["u_id_correlacao"] } },
  {
    name: "the key is absent on reads",
    unnamed: true,
    serviceNow: { hiddenOnRead: ["u_id_correlacao"], hiddenAs: "absent" }
  },
  { name: "the number is hidden", unnamed: true, serviceNow: { hiddenOnRead: ["number"] } },
  { name: "the notes are hidden", serviceNow: { hiddenOnRead: ["work_notes"] }, excuses: nothing },
  {
    name: "creates answer nothing",
    unnamed: true,
    serviceNow: { hiddenOnWrite: ["sys_id", "number"], hiddenAs: "absent" }
  },
  {
    name: "creates answer nothing, and no Case is found",
    unnamed: true,
    serviceNow: { hiddenOnWrite: ["sys_id", "number"], hiddenAs: "absent", hiddenRows: [{ table, by: "rule" }] },
    excuses: nothing
  },
  { name: "no range search", serviceNow: { rangeSearchDenied: ["*"] } },
  { name: "range searches are forbidden", serviceNow: { rangeSearchDenied: ["*"], rangeSearchAnswer: "403" } },
  { name: "the key is cut", unnamed: true, serviceNow: { columnLengths: { u_id_correlacao: 18 } } },
  {
    name: "the key is not there",
    unnamed: true,
    serviceNow: { withoutFields: ["u_id_correlacao"], strictQuery: true }
  },
  {
    name: "a resolution code is needed",
    serviceNow: { dataPolicies: [{ table, when: "state=6", mandatory: ["resolution_code"] }] },
    excuses: ["fields"],
    unresolvable: true
  },
  {
    name: "ended Cases take nothing, and resolved ones end",
    serviceNow: {
      endedCases: "takeNothing",
      stateModel: true,
      flows: [{ on: "update", when: "state=6", delayMs: 5000, set: { state: "3" } }]
    },
    excuses: nothing
  },
  { name: "texts are changed", serviceNow: { rewrites: ["fourBytes", "html", "lineEnds"] }, texts: true },
  {
    name: "rules change what is written",
    serviceNow: { priorityRule: true, clearsAssignee: true, assignmentRule: otherGroup },
    excuses: ["fields"]
  },
  {
    name: "consumers are unique, and typed by hand",
    serviceNow: { uniqueFields: ["csm_consumer.email"] },
    phones: "typed"
  },
  {
    name: "consumers need a last name",
    serviceNow: { dataPolicies: [{ table: "csm_consumer", mandatory: ["last_name"] }] }
  },
  { name: "a rate limit", serviceNow: { rateLimit: { requests: 4, seconds: 5 } }, harmless: true },
  { name: "references to nobody are empty", serviceNow: { references: "empty" }, harmless: true },
  { name: "references to nobody are refused", serviceNow: { references: "refused" } },
  {
    name: "updates store neither state nor group",
    serviceNow: { stripOnUpdate: ["state", "assignment_group"] },
    excuses: ["fields"],
    unresolvable: true
  },
  { name: "408 after the effect", faults: [serviceNowFault({ kind: "status", status: 408, when: "after", times: 3 })] },
  {
    name: "500 and 503 long before the effect",
    faults: [500, 503].map((status) =>
      serviceNowFault({ kind: "status", status, when: "later", delayMs: 4000, match: { method: "POST" } })
    )
  },
  { name: "cancelled transactions", faults: [serviceNowFault({ kind: "errorKey", when: "after", times: 2 })] },
  { name: "a number is invalid for Weni", weni: { invalidNumbers: ["+5511999999999"] } },
  { name: "Weni answers pages", faults: [weniFault({ kind: "html", times: 3, probability: 0.5 })] },
  {
    name: "Weni's key is revoked",
    faults: [weniFault({ kind: "status", status: 401, times: -1, forMs: 40_000 })],
    harmless: true
  },
  { name: "Weni forbids once", faults: [weniFault({ kind: "status", status: 403 })], harmless: true },
  {
    name: "Weni forbids a campaign",
    faults: [weniFault({ kind: "status", status: 403, times: -1, match: { path: "/v1/campaigns/xpro/" } })]
  }
]

/** Peculiarities that were added later. They have separate dice, so most other seeds keep their meaning. */
export const laterPeculiarities: ReadonlyArray<Peculiarity> = [
  { name: "a flow changes the state", serviceNow: flow(4000, { state: "18" }), harmless: true },
  {
    name: "a flow changes the group later",
    serviceNow: flow(30_000, { assignment_group: otherGroup }),
    harmless: true
  },
  {
    name: "a flow changes state and group at once",
    serviceNow: flow(200, { state: "18", assignment_group: otherGroup }),
    harmless: true
  },
  { name: "403 now and then", faults: [serviceNowFault(nowAndThen(403))], harmless: true },
  { name: "401 now and then", faults: [serviceNowFault(nowAndThen(401))], harmless: true },
  {
    name: "401 and 403 now and then",
    faults: [401, 403].map((one) => serviceNowFault(nowAndThen(one))),
    harmless: true
  },
  {
    name: "Weni answers 401 and 403 now and then",
    faults: [401, 403].map((one) => weniFault(nowAndThen(one))),
    harmless: true
  }
]
