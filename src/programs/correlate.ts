import { Clock, Effect } from "effect"

import { correlationIdProblem } from "../domain/CorrelationId.ts"
import type { InboundEvent } from "../domain/inbound/InboundEvent.ts"
import { namesOf } from "../domain/inbound/namesOf.ts"
import { phoneSpellings } from "../domain/phoneSpellings.ts"
import { Journal } from "../services/Journal.ts"
import { Journeys } from "../services/Journeys.ts"
import { ServiceNow } from "../services/ServiceNow.ts"
import type { AdoptedCase } from "./adopt.ts"

/** Whose event it is; `adopt` where only the Case in ServiceNow says so. */
export interface Correlated {
  readonly id: string
  readonly adopt?: AdoptedCase
}

const answerWindow = 72 * 3_600_000

/** The journey that a correlation id begins with (SPEC 1.1). */
export const journeyOf = (id: string): string => id.split("|")[0] ?? ""

const byName = Effect.fnUntraced(function* (event: InboundEvent) {
  const journal = yield* Journal
  for (const name of namesOf(event)) {
    const id =
      name.kind === "id"
        ? (yield* journal.knows(name.value))
          ? name.value
          : undefined
        : yield* journal.find({ kind: name.kind, value: name.value })
    if (id !== undefined) return { id }
  }
  return undefined
})

/** A Case that carries the id of a journey of the file was opened before this service, or under another database. */
const byCase = Effect.fnUntraced(function* ({ caseId }: InboundEvent) {
  const serviceNow = yield* ServiceNow
  const journeys = yield* Journeys
  if (caseId === undefined) return undefined
  const found = yield* serviceNow.readCase(caseId)
  if (found === undefined || correlationIdProblem(found.correlationId) !== undefined) return undefined
  const { assignmentGroup, correlationId, number, state, sysId } = found
  const journey = journeyOf(correlationId)
  return journeys.has(journey)
    ? { id: correlationId, adopt: { sysId, number, journey, state, assignmentGroup } }
    : undefined
})

/** An answer without any id: the only communication that awaits one from this phone. */
const byPhone = Effect.fnUntraced(function* ({ caseId, correlationId, kind, phone }: InboundEvent) {
  const journal = yield* Journal
  // One that names its communication waits for that one (SPEC 8.3): the same customer may have two.
  if (kind !== "reply" || phone === undefined || correlationId !== undefined || caseId !== undefined) return undefined
  const since = (yield* Clock.currentTimeMillis) - answerWindow
  const [only, ...others] = yield* journal.awaitingBy(phoneSpellings(phone), since)
  return only !== undefined && others.length === 0 ? { id: only } : undefined
})

/**
 * The communication of an event, by the first that answers (SPEC 8.2); `undefined`: it is not there, or not yet. Fails when
 * only ServiceNow could tell and does not answer.
 */
export const correlate = Effect.fn("correlate")(function* (event: InboundEvent) {
  const known: Correlated | undefined = (yield* byName(event)) ?? (yield* byCase(event)) ?? (yield* byPhone(event))
  return known
})
