import type { Fields } from "../RecordReader.ts"
import { buildEvent } from "./buildEvent.ts"
import { readKind } from "./eventKind.ts"
import { firstTime, timeFields } from "./eventTime.ts"
import { type Reading, unknownKind } from "./Reading.ts"
import { valuesOf } from "./scopes.ts"

/**
 * One object that is one event: canonical (our names in `context`) and flat (at the top level) differ only in where the
 * names stand. `undefined` when it says no kind (fixtures/README).
 */
export const readPlain = (object: Fields, receivedAt: number): ReadonlyArray<Reading> | undefined => {
  const said = readKind([object])
  if (said === undefined) return undefined
  if (said.kind === undefined) return [unknownKind(said.name)]
  const event = buildEvent({
    kind: said.kind,
    at: firstTime(valuesOf([object], timeFields)) ?? receivedAt,
    messageIds: valuesOf([object], ["message_id", "messageId", "wamid", "id", "objectId"]),
    near: [object],
    around: []
  })
  return [{ _tag: "Event", event }]
}
