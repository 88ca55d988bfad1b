import { Clock, Effect } from "effect"

import type { FactOf } from "../../domain/communication/Fact.ts"
import type { State } from "../../domain/communication/State.ts"
import type { Json } from "../../domain/record/ChannelResult.ts"
import type { Origin } from "../../domain/record/Origin.ts"
import type { RecordMark } from "../../domain/record/RecordMark.ts"
import type { Numbered } from "../../domain/responses/eventResponse.ts"
import { published, communicationResponse } from "../../domain/responses/response.ts"
import { isoTime } from "../../domain/values/parseTime.ts"
import { Kafka } from "../../services/Kafka.ts"
import { type RecordEnding, Ledger } from "../../services/Ledger.ts"
import { Settings } from "../../services/Settings.ts"
import { sendSpan } from "../../telemetry/messagingSpan.ts"
import { attribute } from "../../telemetry/names.ts"
import { traced, traceHeaders } from "../../telemetry/traced.ts"
import { Communication } from "./Communication.ts"
import { reportEnd, reportEvent } from "./reportEnd.ts"

const text = (value: unknown) => (typeof value === "string" ? value : "")

const send = Effect.fnUntraced(function* (topic: string, id: string | null, response: Json) {
  const kafka = yield* Kafka
  const trace = yield* traceHeaders
  yield* kafka
    .publish({
      topic,
      key: id,
      value: JSON.stringify(response),
      headers: {
        ...(id !== null && { id_correlacao: id }),
        id_resposta: text(response.id_resposta),
        evento: text(response.evento),
        response_status: text(response.response_status),
        "content-type": "application/json",
        ...(response.duplicado === true && { duplicado: "true" }),
        ...trace
      }
    })
    .pipe(Effect.orDie)
})

/**
 * Publishes one response (CONTRACT "Records") and returns when Kafka has acknowledged it. Its `traceparent` header
 * continues the trace, with the `tracestate` and `baggage` of the record that began it.
 */
export const publish = Effect.fnUntraced(function* (response: Json) {
  const { topics } = yield* Settings
  const id = typeof response.id_correlacao === "string" ? response.id_correlacao : null
  yield* send(topics.response, id, response).pipe(
    sendSpan(topics.response, {
      ...(id !== null && { [attribute.correlationId]: id }),
      [attribute.responseId]: text(response.id_resposta),
      [attribute.event]: text(response.evento),
      [attribute.status]: text(response.response_status)
    })
  )
})

/**
 * Publishes the stored response for the record that caused it. Does nothing once it was acknowledged (SPEC 1.4, 7.3).
 */
export const publishResponse = Effect.fnUntraced(function* (stored: FactOf<"ResponseStored">) {
  const communication = yield* Communication
  const { accepted, unacknowledged } = yield* communication.state
  if (!unacknowledged.has(stored.number)) return
  yield* publish(published(stored.content, stored.origin, false))
  const at = yield* Clock.currentTimeMillis
  const mark = accepted?.mark
  // A record of inbound events ends with its last event, and the intake records that.
  const endings: ReadonlyArray<RecordEnding> =
    stored.origin === undefined || stored.event !== undefined
      ? []
      : [{ origin: stored.origin, ending: "response", id: communication.id, at, ...(mark && { mark }) }]
  yield* communication.record([{ _tag: "ResponseAcknowledged", at, number: stored.number }], endings)
  yield* stored.event === undefined && stored.origin !== undefined
    ? reportEnd(yield* communication.state, stored)
    : reportEvent(yield* communication.state, stored)
})

/** Publishes the stored response again for `origin`, as a duplicate. */
export const publishAgain = ({ content }: Pick<FactOf<"ResponseStored">, "content">, origin: Origin) =>
  publish(published(content, origin, true))

/** Publishes the stored response again for a repeat (SPEC 1.4). Does nothing if this record has already had it. */
export const publishRepeat = Effect.fnUntraced(function* (
  stored: Pick<FactOf<"ResponseStored">, "content">,
  { mark, origin }: { readonly origin: Origin; readonly mark: RecordMark }
) {
  const communication = yield* Communication
  const ledger = yield* Ledger
  if ((yield* ledger.ending(origin)) !== undefined) return
  yield* publishAgain(stored, origin)
  const at = yield* Clock.currentTimeMillis
  yield* ledger.end([{ origin, ending: "repeat", id: communication.id, at, mark }])
}, traced("publishRepeat"))

/**
 * Stores one more response with the next number, durable before anyone can see it (SPEC 7.3). `answers` names what the
 * response answers.
 */
export const storeNumbered = Effect.fnUntraced(function* (
  answers: Pick<FactOf<"ResponseStored">, "origin" | "event">,
  compose: (state: State, numbered: Numbered) => Json
) {
  const communication = yield* Communication
  const state = yield* communication.state
  const at = yield* Clock.currentTimeMillis
  const number = state.responses + 1
  const content = compose(state, { id: communication.id, number, at: isoTime(at) })
  const stored: FactOf<"ResponseStored"> = { _tag: "ResponseStored", at, number, ...answers, content }
  yield* communication.record([stored])
  return stored
})

/** Stores one more response of the whole communication. The latest one counts. */
export const storeNextResponse = ({ order, origin }: FactOf<"Accepted">) =>
  storeNumbered({ origin }, (state, { at, number }) => communicationResponse({ order, state, number, at }))

/** Returns the response of the whole communication, which is stored once. */
export const storeResponse = Effect.fnUntraced(function* (accepted: FactOf<"Accepted">) {
  const communication = yield* Communication
  return (yield* communication.state).response ?? (yield* storeNextResponse(accepted))
})
