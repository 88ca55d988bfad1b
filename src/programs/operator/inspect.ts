import { Effect, Schema } from "effect"

import { summaryOf } from "../../domain/views/summary.ts"
import { CommunicationIndex } from "../../services/CommunicationIndex.ts"
import { Journal } from "../../services/Journal.ts"

/** No communication has this name, or has it any more. */
class UnknownCommunication extends Schema.TaggedError<UnknownCommunication>()("UnknownCommunication", {
  name: Schema.String,
  /** Its status when it was deleted, where it was. */
  deletedStatus: Schema.optionalKey(Schema.String)
}) {
  override get message() {
    return this.deletedStatus === undefined
      ? `${this.name}: no communication has this id_correlacao, Case number, sys_id or message id`
      : `${this.name}: deleted after RETENTION; its status was ${this.deletedStatus}`
  }
}

const names = ["case_number", "case_sys_id", "message_id"] as const

/** Of a deleted communication only its id is left, and how it had ended. */
const missing = Effect.fnUntraced(function* (name: string) {
  const journal = yield* Journal
  const left = yield* journal.forgotten(name)
  return yield* new UnknownCommunication({ name, ...(left !== undefined && { deletedStatus: left.status }) })
})

/** The communication of this `id_correlacao`, Case number, sys_id or message id: the first that answers. */
export const resolveId = Effect.fn("resolveId")(function* (name: string) {
  const communicationIndex = yield* CommunicationIndex
  if (yield* communicationIndex.knows(name)) return name
  for (const kind of names) {
    const id = yield* communicationIndex.find({ kind, value: name })
    if (id !== undefined) return id
  }
  return yield* missing(name)
})

/** Everything that is known of one communication, by any of its names. */
export const inspect = Effect.fn("inspect")(function* (name: string) {
  const journal = yield* Journal
  const id = yield* resolveId(name)
  const facts = yield* journal.load(id)
  return facts.length === 0 ? yield* missing(id) : summaryOf(id, facts)
})
