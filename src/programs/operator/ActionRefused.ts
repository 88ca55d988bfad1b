import { Clock, Effect, Schema } from "effect"

/** Why an operator's action was not taken. Nothing has changed. */
export class ActionRefused extends Schema.TaggedError<ActionRefused>()("ActionRefused", {
  /** What was to be acted on. */
  id: Schema.String,
  reason: Schema.Literals([
    "Unknown",
    "NotInDoubt",
    /** The doubt came after the decision was ordered. */
    "NewDoubt",
    "TooEarly",
    "NoReason",
    "NoJourney",
    "UnderWay",
    "NothingFailed",
    "NothingWaits",
    "InDoubt",
    "Sent",
    "Expired",
    "Undispatchable",
    /** A look does not show whether the Case exists. */
    "Blind",
    /** A vendor, Kafka or the database does not answer. */
    "Unavailable",
    /** It cannot be done to this one, ever. */
    "Impossible"
  ]),
  detail: Schema.String,
  /** When it may be taken, epoch milliseconds. Absent if time alone changes nothing. */
  from: Schema.optionalKey(Schema.Number)
}) {
  override get message() {
    return `${this.id}: ${this.detail}`
  }
}

export const noSuchCommunication = (id: string): ActionRefused =>
  new ActionRefused({ id, reason: "Unknown", detail: "no such communication" })

export const nothingWaits = (id: string): ActionRefused =>
  new ActionRefused({ id, reason: "NothingWaits", detail: "nothing of it waits for a vendor" })

/** Milliseconds until an item that somebody works on is tried again. */
const busyPause = 5000

/** Fails for an item that may be acted on once somebody's work on it is over. */
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

/** The order as a fact tells of it, without the reason and its time. */
export const orderedFields = ({ by, operation }: Ordered): Pick<Ordered, "by" | "operation"> => ({
  ...(by !== undefined && { by }),
  ...(operation !== undefined && { operation })
})

/**
 * Milliseconds after which another process has surely taken over from a crashed one, which begins no attempt any more
 * (SPEC 5.3).
 */
export const takeover = 30_000
