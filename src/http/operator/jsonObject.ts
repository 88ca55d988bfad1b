import { Schema } from "effect"

import type { Json } from "../../domain/record/ChannelResult.ts"

const isJsonObject = Schema.is(Schema.JsonObject)

/**
 * Plain JSON as the contract has it. A value that is not JSON becomes an empty object. No stored value is of that kind.
 */
export const jsonObject = (value: Json): Schema.JsonObject => (isJsonObject(value) ? value : {})
