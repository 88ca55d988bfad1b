import { Effect, Schema } from "effect"

import { shownId } from "../../domain/personal/personalData.ts"
import { Journal } from "../../services/Journal.ts"

/** No communication has this name, or it has been deleted. */
export class UnknownCommunication extends Schema.TaggedError<UnknownCommunication>()("UnknownCommunication", {
  name: Schema.String,
  /** Its status when it was deleted. Absent if it was not. */
  deletedStatus: Schema.optionalKey(Schema.String)
}) {
  override get message() {
    const name = shownId(this.name)
    return this.deletedStatus === undefined
      ? `${name}: no communication has this id_correlacao, Case number, sys_id or message id`
      : `${name}: deleted after RETENTION; its status was ${this.deletedStatus}`
  }
}

/** Fails because nothing has this name. Only the id and the final status of a deleted communication are left. */
export const missingCommunication = Effect.fnUntraced(function* (name: string) {
  const journal = yield* Journal
  const forgotten = yield* journal.forgotten(name)
  return yield* new UnknownCommunication({ name, ...(forgotten !== undefined && { deletedStatus: forgotten.status }) })
})
