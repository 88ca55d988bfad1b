import { Schema } from "effect"

import { decodeOrder } from "../core/decode.ts"

const fields = Schema.Array(Schema.String.check(Schema.isPattern(/^[a-z][a-z0-9_]*$/, { message: "names of fields" })))

/** What can be changed while it runs; what is not given stays. */
export const ServiceNowOptions = Schema.Struct({
  /** Fields that this instance does not have: dropped on write, absent in answers, ignored in queries. */
  withoutFields: Schema.optionalKey(fields),
  /** Further fields of both tables, beside the known ones. */
  extraFields: Schema.optionalKey(fields),
  /** Fields that an ACL strips from writes: the write succeeds and does not store them (SPEC 4.5). */
  stripFields: Schema.optionalKey(fields),
  /** The group (sys_id) that an assignment rule gives to every new Case, whatever is sent; `""`: no such rule. */
  assignmentRule: Schema.optionalKey(Schema.String),
  /** True: a query with an unknown field finds nothing (`glide.invalid_query.returns_no_rows`); false: the condition is ignored. */
  strictQuery: Schema.optionalKey(Schema.Boolean),
  /** Seconds that a token lives from its issue. */
  tokenLifetime: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 31_536_000 }))),
  /** The number of the next Case: 1005 gives CS0001005. */
  nextCaseNumber: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9_999_999 }))),
  /** Who signs the journal entries. */
  userName: Schema.optionalKey(Schema.String)
})
export type ServiceNowOptions = typeof ServiceNowOptions.Type

export const decodeServiceNowOptions = decodeOrder(ServiceNowOptions)

/** Which credentials are accepted; without one of them, any that is not empty. */
export interface Credentials {
  readonly username?: string
  readonly password?: string
  readonly clientId?: string
  readonly clientSecret?: string
}

export interface ServiceNowSettings extends ServiceNowOptions {
  readonly credentials?: Credentials
  /** Equal seeds give equal sys_ids and tokens. */
  readonly seed?: number
}

export const defaultOptions: Required<ServiceNowOptions> = {
  withoutFields: [],
  extraFields: [],
  stripFields: [],
  assignmentRule: "",
  strictQuery: false,
  tokenLifetime: 1799,
  nextCaseNumber: 1001,
  userName: "System Administrator"
}
