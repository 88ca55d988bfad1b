import { readAnswered, readCaseId, readCorrelationId, readJourney, readPhone } from "./eventNames.ts"
import { readFailure } from "./failureReason.ts"
import type { EventKind, InboundEvent } from "./InboundEvent.ts"
import { readReplyText } from "./replyText.ts"
import { firstName, type Scopes } from "./scopes.ts"

/** What a shape knows of one event. */
export interface EventSource {
  readonly kind: EventKind
  /** Epoch milliseconds. */
  readonly at: number
  /** Where the id of its message may stand. */
  readonly messageIds: ReadonlyArray<unknown>
  /** The objects that speak of this event alone. */
  readonly near: Scopes
  /** Those that it shares with others of its record: only names are read there. */
  readonly around: Scopes
}

/** The event with everything that its objects say of it. */
export const buildEvent = ({ kind, at, messageIds, near, around }: EventSource): InboundEvent => {
  const scopes = [...near, ...around]
  const messageId = firstName(messageIds)
  const answersTo = kind === "reply" ? readAnswered(near) : undefined
  const correlationId = readCorrelationId(scopes)
  const journey = readJourney(scopes)
  const caseId = readCaseId(scopes)
  const phone = readPhone(scopes, kind)
  return {
    kind,
    at,
    ...(messageId !== undefined && { messageId }),
    ...(answersTo !== undefined && { answersTo }),
    ...(correlationId !== undefined && { correlationId }),
    ...(journey !== undefined && { journey }),
    ...(caseId !== undefined && { caseId }),
    ...(phone !== undefined && { phone }),
    ...(kind === "reply" && readReplyText(near)),
    ...(kind === "failed" && readFailure(near))
  }
}
