import { createHash } from "node:crypto"

import type { Json } from "../record/ChannelResult.ts"

/** A field of a Case and its value there, by which the Case of one communication is looked for (SPEC 4.3). */
export interface CaseKey {
  readonly field: string
  readonly value: string
}

/** The Case field that holds the correlation id itself. Every Case is created with it (SPEC 4.1). */
export const idField = "u_id_correlacao"

/**
 * A field of every task table, with 100 characters. Other programs write to it too, so our values say that they are
 * ours.
 */
const sharedField = "correlation_id"

/**
 * The key that a Case of this id carries in `field`: the id itself, or in `correlation_id` a digest of it (SPEC 4.3).
 */
export const caseKey = (field: string, id: string): CaseKey => {
  if (field !== sharedField) return { field, value: id }
  return { field, value: `brom-ctx:${createHash("sha256").update(id).digest("hex").slice(0, 32)}` }
}

/** True if the value can be a key of ours. In a field of our own any text can. */
export const isOwnKey = ({ field, value }: CaseKey): boolean =>
  field === sharedField ? /^brom-ctx:[0-9a-f]{32}$/.test(value) : value !== ""

/** What a create sends in addition to the documented fields. Nothing if the key is the documented one. */
export const keyFields = ({ field, value }: CaseKey): Json => (field === idField ? {} : { [field]: value })

/**
 * The key that a body was sent with. An intent from before a change of `SERVICENOW_KEY_FIELD` has only the documented
 * field, and its Case would never be found by another one.
 */
export const keyOfBody = (body: Json, key: CaseKey, id: string): CaseKey =>
  body[key.field] === key.value ? key : { field: idField, value: id }
