import { Effect } from "effect"

import { isOrderUnderWay, type State } from "../../domain/communication/State.ts"
import { contentHash } from "../../domain/outbound/repeat.ts"
import { type Forgotten, Journal } from "../../services/Journal.ts"
import { CurrentLease } from "../../services/Ownership.ts"
import { traced } from "../../telemetry/traced.ts"
import { Communication } from "./Communication.ts"

/** The status of the last response. A communication that never ended has failed. */
const lastStatus = (status: unknown): string => (typeof status === "string" ? status : "failure")

/** What remains of a communication in this state (CONTRACT RETENTION). */
export const forgottenOf = (id: string, { accepted, outdated, response, responses }: State): Forgotten => ({
  id,
  ...(accepted && { hash: contentHash(accepted.order) }),
  status: lastStatus((response ?? outdated)?.content.response_status),
  number: (response ?? outdated)?.number ?? responses
})

/**
 * Erases the communication for good (SPEC 10.4). `unfinished`: a record of it has not ended, or a response of it is not
 * in Kafka, so the caller must try again. The caller must have the communication's turn and lock. Idempotent.
 */
export const eraseCommunication = Effect.fnUntraced(function* () {
  const communication = yield* Communication
  const journal = yield* Journal
  const { id } = communication
  const state = yield* communication.state
  if (state.seq === 0)
    return (yield* journal.forgotten(id))?.erased === true ? ("erased" as const) : ("unknown" as const)
  if (isOrderUnderWay(state) || state.unacknowledged.size > 0 || state.events.unanswered.size > 0)
    return "unfinished" as const
  const lease = yield* CurrentLease
  yield* lease.awaitValid
  const count = yield* journal.forget([{ ...forgottenOf(id, state), seq: state.seq, erased: true }])
  return count === 1 ? ("erased" as const) : ("unfinished" as const)
}, traced("eraseCommunication"))
