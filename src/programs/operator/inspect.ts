import { Effect, Schema } from "effect"

import { summaryOf } from "../../domain/views/summary.ts"
import { CommunicationIndex } from "../../services/CommunicationIndex.ts"
import { Journal } from "../../services/Journal.ts"

/** No communication has this name, or it has been deleted. */
export class UnknownCommunication extends Schema.TaggedError<UnknownCommunication>()("UnknownCommunication", {
  name: Schema.String,
  /** Its status when it was deleted. Absent if it was not. */
  deletedStatus: Schema.optionalKey(Schema.String)
}) {
  override get message() {
    return this.deletedStatus === undefined
      ? `${this.name}: no communication has this id_correlacao, Case number, sys_id or message id`
      : `${this.name}: deleted after RETENTION; its status was ${this.deletedStatus}`
  }
}

const nameKinds = ["case_number", "case_sys_id", "message_id"] as const

/** Fails because nothing has this name. Only the id and the final status of a deleted communication are left. */
export const missingCommunication = Effect.fnUntraced(function* (name: string) {
  const journal = yield* Journal
  const forgotten = yield* journal.forgotten(name)
  return yield* new UnknownCommunication({ name, ...(forgotten !== undefined && { deletedStatus: forgotten.status }) })
})

/**
 * Returns the id of the communication with this `id_correlacao`, Case number, sys_id or message id. The first match
 * wins.
 */
export const resolveId = Effect.fn("resolveId")(function* (name: string) {
  const communicationIndex = yield* CommunicationIndex
  if (yield* communicationIndex.knows(name)) return name
  for (const kind of nameKinds) {
    const id = yield* communicationIndex.find({ kind, value: name })
    if (id !== undefined) return id
  }
  return yield* missingCommunication(name)
})

/** Returns everything that is known of one communication, found by any of its names. */
export const inspect = Effect.fn("inspect")(function* (name: string) {
  const journal = yield* Journal
  const id = yield* resolveId(name)
  const facts = yield* journal.load(id)
  return facts.length === 0 ? yield* missingCommunication(id) : summaryOf(id, facts)
})
