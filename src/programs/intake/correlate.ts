import { Clock, Effect } from "effect"

import type { AdoptedCase } from "../../domain/communication/Fact.ts"
import type { InboundEvent } from "../../domain/inbound/InboundEvent.ts"
import { idsOf, phonesOf } from "../../domain/inbound/namesOf.ts"
import { CommunicationIndex } from "../../services/CommunicationIndex.ts"
import { traced } from "../../telemetry/traced.ts"

/** The communication of an event. `adopt` is set where only the Case in ServiceNow names it. */
export interface Correlated {
  readonly id: string
  readonly adopt?: AdoptedCase
}

const answerWindow = 72 * 3_600_000

/** The journey at the start of a correlation id (SPEC 1.1). */
export const journeyOf = (id: string): string => id.split("|")[0] ?? ""

const byName = Effect.fnUntraced(function* (event: InboundEvent) {
  const communicationIndex = yield* CommunicationIndex
  for (const name of idsOf(event)) {
    const id =
      name.kind === "id"
        ? (yield* communicationIndex.knows(name.value))
          ? name.value
          : undefined
        : yield* communicationIndex.find({ kind: name.kind, value: name.value })
    if (id !== undefined) return { id }
  }
  return undefined
})

/** When the oldest message was sent that may still be answered (SPEC 8.2), epoch milliseconds. */
export const answerableSince = Effect.map(Clock.currentTimeMillis, (now) => now - answerWindow)

/** Finds the communication of an answer without any id: the only one that awaits an answer from this phone. */
const byPhone = Effect.fnUntraced(function* (event: InboundEvent) {
  const communicationIndex = yield* CommunicationIndex
  const phones = phonesOf(event)
  if (phones.length === 0) return undefined
  const [only, ...others] = yield* communicationIndex.awaitingBy(phones, yield* answerableSince)
  return only !== undefined && others.length === 0 ? { id: only } : undefined
})

/**
 * Finds the communication of an event, by the first name that the index knows (SPEC 8.2). Returns `undefined` if the
 * communication does not exist, or not yet.
 */
export const correlate = Effect.fnUntraced(function* (event: InboundEvent) {
  const known: Correlated | undefined = (yield* byName(event)) ?? (yield* byPhone(event))
  return known
}, traced("correlate"))
