import { Schema } from "effect"

import { decodeOrder } from "../core/decode.ts"

/** Options that can be changed while it runs. An option that is not given stays. */
export const WeniOptions = Schema.Struct({
  /** True: the answer to an accepted dispatch has the id of each message (SPEC 5.2). */
  messageIds: Schema.optionalKey(Schema.Boolean),
  /** Numbers (E.164) that Weni rejects: the answer is 200, and its body lists the contact as invalid. */
  invalidNumbers: Schema.optionalKey(
    Schema.Array(Schema.String.check(Schema.isPattern(/^\+[1-9]\d{7,14}$/, { message: "numbers in E.164" })))
  )
})
export type WeniOptions = typeof WeniOptions.Type

export const decodeWeniOptions = decodeOrder(WeniOptions)

export interface WeniSettings extends WeniOptions {
  /** The accepted key and secret. Without one of them, any text that is not empty. */
  readonly credentials?: { readonly apiKey?: string; readonly apiSecret?: string }
  /** Equal seeds give equal message ids. */
  readonly seed?: number
}
