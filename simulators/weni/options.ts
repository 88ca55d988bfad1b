import { Schema } from "effect"

import { decodeOrder } from "../core/decode.ts"

/** What can be changed while it runs; what is not given stays. */
export const WeniOptions = Schema.Struct({
  /** True: an accepted dispatch answers the id of each message (SPEC 5.2). */
  messageIds: Schema.optionalKey(Schema.Boolean),
  /** Numbers (E.164) that Weni does not take: the answer is 200, and its body lists the contact as invalid. */
  invalidNumbers: Schema.optionalKey(
    Schema.Array(Schema.String.check(Schema.isPattern(/^\+[1-9]\d{7,14}$/, { message: "numbers in E.164" })))
  )
})
export type WeniOptions = typeof WeniOptions.Type

export const decodeWeniOptions = decodeOrder(WeniOptions)

export interface WeniSettings extends WeniOptions {
  /** The key and the secret accepted; without one of them, any that is not empty. */
  readonly credentials?: { readonly apiKey?: string; readonly apiSecret?: string }
  /** Equal seeds give equal message ids. */
  readonly seed?: number
}
