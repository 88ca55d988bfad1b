import type { ServiceNowOptions } from "./options.ts"
import type { ConsumerSeed } from "./seedConsumers.ts"

/** An instance to start with. */
export interface NamedInstance {
  /** For people. */
  readonly help: string
  readonly options: ServiceNowOptions
  /** The consumers that exist from the start. */
  readonly consumers: ReadonlyArray<ConsumerSeed>
}

/** The consumer for orders without a customer, as the service's settings name it (SPEC 3.3). */
export const guestSysId = "9c7e5700000000000000000000000001"

const guest: ConsumerSeed = { sys_id: guestSysId, last_name: "CTGuest", sys_created_on: "2020-01-01 00:00:00" }

const cases = "sn_customerservice_case"
const needsResolutionCode = { table: cases, when: "state=6", mandatory: ["resolution_code"] } as const
const needsLastName = { table: "csm_consumer", mandatory: ["last_name"] } as const

/** As any instance without special setup: a reference to a missing row is stored empty. */
const usual: ServiceNowOptions = { references: "empty" }

const instance = (help: string, options: ServiceNowOptions = {}, consumers = [guest]): NamedInstance => ({
  help,
  options: { ...usual, ...options },
  consumers
})

/** The options of `strict`. A client that follows the rules works on it. */
const strict: ServiceNowOptions = {
  columnLengths: { "u_*": 40, u_id_correlacao: 255 },
  hiddenRows: [
    { table: cases, query: "u_id_correlacaoISEMPTY" },
    { table: "csm_consumer", query: "active=false" }
  ],
  hiddenOnRead: ["short_description", "description", "opened_by", "csm_consumer.name"],
  dataPolicies: [needsResolutionCode, needsLastName],
  uniqueFields: ["csm_consumer.email"],
  endedCases: "takeNothing",
  stateModel: true,
  flows: [{ on: "update", when: "state=6", delayMs: 86_400_000, set: { state: "3" } }],
  references: "refused",
  rateLimit: { requests: 200, seconds: 1 },
  strictQuery: true
}

/** By the names that `--instance` takes: one without peculiarities, a strict one, and one for each peculiarity. */
export const instances = {
  good: instance("nothing is in the way"),
  strict: instance("row and field ACLs, column lengths, data policies, the state model, rate limits", strict),
  "short-key": instance("u_id_correlacao is cut at 40 characters", { columnLengths: { u_id_correlacao: 40 } }),
  "no-key-column": instance("u_id_correlacao does not exist", { withoutFields: ["u_id_correlacao"] }),
  "hidden-rows": instance("an ACL hides every Case, X-Total-Count counts them", { hiddenRows: [{ table: cases }] }),
  "unfound-rows": instance("a before-query rule leaves out every Case", {
    hiddenRows: [{ table: cases, by: "rule" }]
  }),
  "hidden-consumers": instance("an ACL hides every consumer", { hiddenRows: [{ table: "csm_consumer" }] }),
  "hidden-fields": instance("u_id_correlacao and work_notes are empty on reads", {
    hiddenOnRead: [`${cases}.u_id_correlacao`, `${cases}.work_notes`]
  }),
  "hidden-number": instance("the number of a Case is empty on reads", { hiddenOnRead: [`${cases}.number`] }),
  "silent-create": instance("the answer to a create has no sys_id and no number", {
    hiddenOnWrite: ["sys_id", "number"],
    hiddenAs: "absent"
  }),
  "no-range-search": instance("LIKE and ORDERBY find nothing", { rangeSearchDenied: ["*"] }),
  "forbidden-range-search": instance("LIKE and ORDERBY are answered with 403", {
    rangeSearchDenied: ["*"],
    rangeSearchAnswer: "403"
  }),
  "needs-resolution-code": instance("state 6 without resolution_code is 403", { dataPolicies: [needsResolutionCode] }),
  "needs-last-name": instance("a consumer needs last_name, and an e-mail of its own", {
    dataPolicies: [needsLastName],
    uniqueFields: ["csm_consumer.email"]
  }),
  "ended-cases": instance("a closed or cancelled Case takes no change", {
    endedCases: "takeNothing",
    stateModel: true
  }),
  "keeps-state": instance("a PATCH of 200 stores neither state nor group", {
    stripOnUpdate: ["state", "assignment_group"]
  }),
  "changes-texts": instance("four-byte characters, HTML and line ends are stored otherwise", {
    rewrites: ["fourBytes", "html", "lineEnds"]
  }),
  "own-rules": instance("the priority is computed, assigned_to cleared, and a flow changes the state after 5 s", {
    priorityRule: true,
    clearsAssignee: true,
    flows: [{ delayMs: 5000, set: { state: "18" } }]
  }),
  "no-group": instance("no group exists", { withoutGroups: ["*"] }),
  "no-guest": instance("the guest consumer does not exist", {}, []),
  "other-time-zone": instance("the API user's time zone is not Brazil's", { timeZone: "Asia/Tokyo" }),
  "read-only": instance("the API user must not write", { readOnlyTables: ["csm_consumer", cases] }),
  "rate-limited": instance("5 requests in 10 s, then 429", { rateLimit: { requests: 5, seconds: 10 } })
} satisfies Readonly<Record<string, NamedInstance>>

export type InstanceName = keyof typeof instances

export const isInstanceName = (name: string): name is InstanceName => Object.hasOwn(instances, name)

export const instanceNames = Object.keys(instances).filter(isInstanceName)
