import { Clock, Effect, Schema } from "effect"

import { ActionTag } from "../../domain/operator/RefusalTag.ts"
import { hidePersonalData, shownId } from "../../domain/personal/personalData.ts"
import type { UnknownFact } from "../../services/Journal.ts"
import type { OperationFailure } from "../../services/Operations.ts"

/** Why an operator's action was not taken. Nothing has changed. */
export class ActionRefused extends Schema.TaggedError<ActionRefused>()("ActionRefused", {
  /** The target of the action. */
  id: Schema.String,
  reason: ActionTag,
  detail: Schema.String,
  /** When it may be taken, epoch milliseconds. Absent if time alone changes nothing. */
  from: Schema.optionalKey(Schema.Number)
}) {
  override get message() {
    return `${shownId(this.id)}: ${hidePersonalData(this.detail)}`
  }
}

export const noSuchCommunication = (id: string): ActionRefused =>
  new ActionRefused({ id, reason: "Unknown", detail: "no such communication" })

/** A newer version wrote a fact of the communication. */
export const writtenByNewer = (id: string, { message }: UnknownFact): ActionRefused =>
  new ActionRefused({ id, reason: "NewerVersion", detail: message })

/** The entry of a refused item in the trail, or in a dry run. */
export const failedItem = (id: string, { detail, reason }: ActionRefused): OperationFailure => ({
  id,
  reason: detail,
  tag: reason
})

export const nothingWaits = (id: string): ActionRefused =>
  new ActionRefused({ id, reason: "NothingWaits", detail: "nothing of it waits for a vendor" })

/** Milliseconds until an item that another process works on is tried again. */
const busyPause = 5000

/** Fails for an item that can be acted on once the current work on it has ended. */
export const underWay = (id: string, detail = "another process works on it") =>
  Effect.flatMap(Clock.currentTimeMillis, (now) =>
    Effect.fail(new ActionRefused({ id, reason: "UnderWay", detail, from: now + busyPause }))
  )

/** Who orders an action, when, and why. */
export interface Ordered {
  /** Epoch milliseconds. A decision is about the doubt that there was then (SPEC 5.3). Now if absent. */
  readonly at?: number
  readonly by?: string
  readonly reason?: string
  /** The id of the operation. It acts on one communication once. */
  readonly operation?: string
}

/** An order that needs a reason. */
export interface OrderedWithReason extends Ordered {
  readonly reason: string
}

/** The fields of the order that a fact takes over, without its reason and time. */
export const orderedFields = ({ by, operation }: Ordered): Pick<Ordered, "by" | "operation"> => ({
  ...(by !== undefined && { by }),
  ...(operation !== undefined && { operation })
})

/**
 * Milliseconds after which another process has surely taken over from a crashed one, whose attempts have all begun by
 * then (SPEC 5.3).
 */
export const takeover = 30_000
