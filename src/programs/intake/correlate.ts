import { Clock, Effect } from "effect"

import type { AdoptedCase } from "../../domain/communication/Fact.ts"
import type { InboundEvent } from "../../domain/inbound/InboundEvent.ts"
import { namesOf } from "../../domain/inbound/namesOf.ts"
import { answerWindow, type Bearer, type Judgement, whose } from "../../domain/inbound/whose.ts"
import { CommunicationIndex } from "../../services/CommunicationIndex.ts"
import { Journeys } from "../../services/Journeys.ts"
import { traced } from "../../telemetry/traced.ts"

/** The communication of an event. */
export interface Correlated {
  readonly id: string
  /** Set if only the Case in ServiceNow names it. */
  readonly adopt?: AdoptedCase
  /** Whether only its sender names it (SPEC 8.2). Absent if that is no longer known. */
  readonly bySender?: boolean
}

/** The journey at the start of a correlation id (SPEC 1.1). */
export const journeyOf = (id: string): string => id.split("|")[0] ?? ""

/** When the oldest message that may still be answered was sent (SPEC 8.2), epoch milliseconds. */
export const answerableSince = Effect.map(Clock.currentTimeMillis, (now) => now - answerWindow)

/**
 * True if our statuses name numbers of ours, but not the one to which this event was sent. Queries the index only if
 * that can matter.
 */
const isToOther = Effect.fnUntraced(function* ({ business }: InboundEvent, bearers: ReadonlyArray<Bearer>) {
  const communicationIndex = yield* CommunicationIndex
  if (business === undefined || bearers.every(({ businesses }) => businesses.length > 0)) return false
  return (yield* communicationIndex.knowsBusiness(business)) === "other"
})

const nobody: Judgement = { _tag: "Nobody" }

/** Judges whose an event is, by what the index knows (SPEC 8.2). */
export const correlate = Effect.fnUntraced(function* (event: InboundEvent) {
  const communicationIndex = yield* CommunicationIndex
  const journeys = yield* Journeys
  const names = namesOf(event)
  if (names.length === 0) return nobody
  const now = yield* Clock.currentTimeMillis
  const bearers = yield* communicationIndex.bearers(names, now - answerWindow)
  const { correlationId } = event
  const isOurs = correlationId !== undefined && journeys.has(journeyOf(correlationId))
  return whose({ event, isOurs, now, toOtherBusiness: yield* isToOther(event, bearers) }, bearers)
}, traced("correlate"))

/** The communication of this verdict. */
export const correlatedBy = ({ by, id }: Extract<Judgement, { readonly _tag: "Communication" }>): Correlated => ({
  id,
  ...(by && { bySender: by === "sender" })
})

/** False if the event names another communication of ours than this Case does. It must not change the Case then. */
export const agrees = Effect.fnUntraced(function* ({ correlationId }: InboundEvent, { id }: Correlated) {
  const journeys = yield* Journeys
  return correlationId === undefined || correlationId === id || !journeys.has(journeyOf(correlationId))
})
