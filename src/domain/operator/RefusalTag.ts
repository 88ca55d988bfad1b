import { Schema } from "effect"

/** Why an action of an operator is refused. */
export const ActionTag = Schema.Literals([
  /** Nothing has this name. */
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
  /** A newer version wrote a fact of the communication (SPEC 9.8). */
  "NewerVersion",
  /** The running version does not know the action. */
  "UnknownAction",
  /** A defect of the service. Its log says why. */
  "Defect",
  /** The dead letter was redriven before. */
  "Already",
  /** A redrive of the dead letter began, and its end is unknown. */
  "Begun",
  /** The value of the dead letter was left out. */
  "Truncated",
  /** The dead letter does not name its original. */
  "NoOriginal",
  /** The original of the dead letter is from neither topic of ours. */
  "OtherTopic",
  /** Kafka refused the record. */
  "Refused",
  /** Kafka did not acknowledge the record in time. */
  "Unconfirmed",
  /** Not tried, because Kafka did not acknowledge earlier dead letters. */
  "NotTried",
  /** There is no dead letter at this place. */
  "NotFound",
  /** These offsets have an ending, or nobody has passed them. */
  "NotMissing"
])
export type ActionTag = typeof ActionTag.Type

/**
 * Why a request is refused, for programs: `detail` of a 404 or 409, and `tag` beside the sentence of an item or a failure
 * (CONTRACT "HTTP").
 */
export const RefusalTag = Schema.Literals([
  ...ActionTag.literals,
  /** The communication was deleted after RETENTION, or erased. */
  "Deleted"
])
export type RefusalTag = typeof RefusalTag.Type

/** What an action does to one step of a communication, for programs: `tag` beside the sentence. */
export const StepTag = Schema.Literals([
  "OpensCase",
  /** Looks for the Case, and opens it if there is none. */
  "LooksForCase",
  "Sends",
  /** Sends the message, with the number of the Case if it is open by then. */
  "SendsWithCase",
  /** The check before a dispatch refuses it, with `codigo`. */
  "FailsAgain",
  "Writes",
  /** The step ends as failed. */
  "Ends"
])
export type StepTag = typeof StepTag.Type
