import { Schema } from "effect"

import { decodeOrder } from "../core/decode.ts"

const text = (pattern: RegExp, message: string) => Schema.String.check(Schema.isPattern(pattern, { message }))

const fields = Schema.Array(text(/^[a-z][a-z0-9_]*$/, "names of fields"))
const tables = Schema.Literals(["csm_consumer", "sn_customerservice_case"])

const meant = /^(?:(?:csm_consumer|sn_customerservice_case)\.)?(?:[a-z][a-z0-9_]*\*?|\*)$/
/** Fields of both tables, or of the table before the dot. `u_*` means all fields that begin so, `*` all. */
const meantFields = Schema.Array(text(meant, "names of fields, with or without a table"))

const isZone = (name: string) => {
  try {
    return new Intl.DateTimeFormat("sv-SE", { timeZone: name }).resolvedOptions().timeZone !== ""
  } catch {
    return false
  }
}

const milliseconds = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 86_400_000 }))
const whole = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const HiddenRows = Schema.Struct({
  /** Default: both. */
  table: Schema.optionalKey(tables),
  /** Which rows, as an encoded query on stored values. Default: all. */
  query: Schema.optionalKey(Schema.String),
  /**
   * `acl` (default): the rows are removed from the page that was found, and `X-Total-Count` still counts them. `rule`,
   * a before-query business rule: they are not found at all.
   */
  by: Schema.optionalKey(Schema.Literals(["acl", "rule"]))
})
export type HiddenRows = typeof HiddenRows.Type

const DataPolicy = Schema.Struct({
  table: tables,
  /** An encoded query on the row as the write would leave it. Default: always. */
  when: Schema.optionalKey(Schema.String),
  /** The fields that must then have a value. */
  mandatory: fields
})

const Flow = Schema.Struct({
  /** `insert` (default) or `update`: which write starts it. */
  on: Schema.optionalKey(Schema.Literals(["insert", "update"])),
  /** An encoded query that the Case fulfils after that write, and still when the flow ends. Default: always. */
  when: Schema.optionalKey(Schema.String),
  /** Milliseconds from the write to the change. */
  delayMs: milliseconds,
  /** The Case's fields and their values. */
  set: Schema.Record(text(/^[a-z][a-z0-9_]*$/, "names of fields"), Schema.String)
})
export type Flow = typeof Flow.Type

/** Options that can be changed while it runs. An option that is not given stays. */
export const ServiceNowOptions = Schema.Struct({
  /** Fields that this instance does not have: dropped on write, absent in answers, ignored in queries. */
  withoutFields: Schema.optionalKey(fields),
  /** Further fields of both tables, beside the known ones. */
  extraFields: Schema.optionalKey(fields),
  /** Characters of a column, by its name, `u_*` or `*`. A longer value is cut silently. */
  columnLengths: Schema.optionalKey(
    Schema.Record(text(meant, "names of fields, with or without a table"), whole(1, 65_535))
  ),
  /**
   * How the database and the instance's sanitiser change texts: characters of four bytes become `????`, HTML is
   * removed, `\n` becomes `\r\n`.
   */
  rewrites: Schema.optionalKey(Schema.Array(Schema.Literals(["fourBytes", "html", "lineEnds"]))),
  /** Fields that an ACL strips from writes: the write succeeds without storing them (SPEC 4.5). */
  stripFields: Schema.optionalKey(fields),
  /** Fields that a create stores but an update does not. */
  stripOnUpdate: Schema.optionalKey(fields),
  /** Rows that the API user does not see. A read, PATCH or PUT by such a sys_id is answered with 404. */
  hiddenRows: Schema.optionalKey(Schema.Array(HiddenRows)),
  /** Fields that the answers to reads do not show. Writes store them and queries find by them. */
  hiddenOnRead: Schema.optionalKey(meantFields),
  /** Fields that the answers to creates and updates do not show. */
  hiddenOnWrite: Schema.optionalKey(meantFields),
  /** What a hidden field is in an answer: `""`, or nothing. */
  hiddenAs: Schema.optionalKey(Schema.Literals(["empty", "absent"])),
  /**
   * Fields in which the API user must not search a range (`LIKE`, `STARTSWITH`, `>` and others) and by which it must
   * not order.
   */
  rangeSearchDenied: Schema.optionalKey(meantFields),
  /** The answer to such a query: `200` without rows and with a count of 0, or `403`. */
  rangeSearchAnswer: Schema.optionalKey(Schema.Literals(["empty", "403"])),
  /** A write that breaks one is answered with 403, and nothing of it is stored. */
  dataPolicies: Schema.optionalKey(Schema.Array(DataPolicy)),
  /** Fields in which no two rows of a table share a value, ignoring case. A second one is answered with 403. */
  uniqueFields: Schema.optionalKey(meantFields),
  /** Tables that the API user may only read. A write is answered with 403. */
  readOnlyTables: Schema.optionalKey(Schema.Array(tables)),
  /**
   * What a closed or cancelled Case accepts. `keepState`: everything but another state, which a cancelled one accepts
   * too. `takeNotes`: only notes and comments. `takeNothing`: nothing. Otherwise the whole write is answered with 403.
   */
  endedCases: Schema.optionalKey(Schema.Literals(["keepState", "takeNotes", "takeNothing"])),
  /** True: a state that the model does not have, or does not allow next, is answered with 403. */
  stateModel: Schema.optionalKey(Schema.Boolean),
  /** References to a missing row: `kept` as sent, stored `empty`, or `refused` with 403. */
  references: Schema.optionalKey(Schema.Literals(["kept", "empty", "refused"])),
  /** Groups (sys_id, or `*`) that do not exist. Every other sys_id is a group. */
  withoutGroups: Schema.optionalKey(Schema.Array(Schema.String)),
  /** The group (sys_id) that an assignment rule gives to every new Case, whatever is sent. `""`: no such rule. */
  assignmentRule: Schema.optionalKey(Schema.String),
  /** True: the priority of a Case is computed from its impact and urgency, whatever is sent. */
  priorityRule: Schema.optionalKey(Schema.Boolean),
  /** True: a change of the group clears `assigned_to`. */
  clearsAssignee: Schema.optionalKey(Schema.Boolean),
  /** What the instance changes on a Case by itself, some time after a write. */
  flows: Schema.optionalKey(Schema.Array(Flow)),
  /** Requests in each window of this many seconds of the clock. Further ones are answered with 429. 0: no limit. */
  rateLimit: Schema.optionalKey(Schema.Struct({ requests: whole(0, 1_000_000), seconds: whole(1, 86_400) })),
  /**
   * True: a query with an unknown field finds nothing (`glide.invalid_query.returns_no_rows`). False: the condition is
   * ignored.
   */
  strictQuery: Schema.optionalKey(Schema.Boolean),
  /** Seconds that a token lives from its issue. */
  tokenLifetime: Schema.optionalKey(whole(1, 31_536_000)),
  /** The number of the next Case: 1005 gives CS0001005. */
  nextCaseNumber: Schema.optionalKey(whole(1, 9_999_999)),
  /** Who signs the journal entries. */
  userName: Schema.optionalKey(Schema.String),
  /** The API user's time zone, an IANA name: what journals and display values are written in. */
  timeZone: Schema.optionalKey(Schema.String.check(Schema.makeFilter((name) => isZone(name) || "an IANA time zone")))
})
export type ServiceNowOptions = typeof ServiceNowOptions.Type

export const decodeServiceNowOptions = decodeOrder(ServiceNowOptions)

/** Which credentials are accepted. Without one of them, any text that is not empty. */
export interface Credentials {
  readonly username?: string
  readonly password?: string
  readonly clientId?: string
  readonly clientSecret?: string
}

export interface ServiceNowSettings extends ServiceNowOptions {
  readonly credentials?: Credentials
  /** Consumers that exist from the start, as `POST /_sim/consumers` takes them. */
  readonly consumers?: ReadonlyArray<Readonly<Record<string, string>>>
  /** Equal seeds give equal sys_ids and tokens. */
  readonly seed?: number
}

export const defaultOptions: Required<ServiceNowOptions> = {
  withoutFields: [],
  extraFields: [],
  columnLengths: {},
  rewrites: [],
  stripFields: [],
  stripOnUpdate: [],
  hiddenRows: [],
  hiddenOnRead: [],
  hiddenOnWrite: [],
  hiddenAs: "empty",
  rangeSearchDenied: [],
  rangeSearchAnswer: "empty",
  dataPolicies: [],
  uniqueFields: [],
  readOnlyTables: [],
  endedCases: "keepState",
  stateModel: false,
  references: "kept",
  withoutGroups: [],
  assignmentRule: "",
  priorityRule: false,
  clearsAssignee: false,
  flows: [],
  rateLimit: { requests: 0, seconds: 3600 },
  strictQuery: false,
  tokenLifetime: 1799,
  nextCaseNumber: 1001,
  userName: "System Administrator",
  timeZone: "America/Sao_Paulo"
}
