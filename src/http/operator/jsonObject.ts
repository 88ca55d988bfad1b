import { Schema } from "effect"

import type { Json } from "../../domain/record/ChannelResult.ts"

const isJsonObject = Schema.is(Schema.JsonObject)

/** Plain JSON as the contract has it. What is not JSON, which no stored value is, becomes an empty object. */
export const jsonObject = (value: Json): Schema.JsonObject => (isJsonObject(value) ? value : {})
