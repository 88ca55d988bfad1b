import { Clock, Context, Effect, Layer, Option } from "effect"
import { Headers, HttpTraceContext } from "effect/http"

import { type DecodedOutbound, decodeOutbound } from "../domain/decodeOutbound.ts"
import type { Outbound } from "../domain/Outbound.ts"
import { internalError, invalid } from "../domain/refusal.ts"
import { Journal } from "../services/Journal.ts"
import { Journeys } from "../services/Journeys.ts"
import { Kafka, type KafkaRecord, type KafkaStatus, type Work } from "../services/Kafka.ts"
import { Settings } from "../services/Settings.ts"
import { countSkipped } from "../telemetry/metrics.ts"
import { attribute, recordAttributes } from "../telemetry/names.ts"
import { Communications } from "./CommunicationEntity.ts"
import { type Named, originOf, refuse } from "./refuse.ts"
import { maxTries, untilEnded } from "./untilEnded.ts"

const skip = Effect.fnUntraced(function* (record: KafkaRecord) {
  const journal = yield* Journal
  yield* journal.end([{ origin: originOf(record), ending: "skipped", at: yield* Clock.currentTimeMillis }])
  yield* countSkipped(record.topic, "outro_canal")
})

const traceparentOf = (record: KafkaRecord) => {
  const header = record.headers["traceparent"]
  return header === undefined ? undefined : new TextDecoder().decode(header)
}

const namedBy = ({ cod_canais, cod_jornada, id_correlacao }: Outbound): Named => ({
  id: id_correlacao,
  channels: cod_canais,
  journey: cod_jornada
})

const handOver = Effect.fnUntraced(function* (record: KafkaRecord, order: Outbound) {
  const communications = yield* Communications
  const traceparent = traceparentOf(record)
  const refusal = yield* communications.receive({
    origin: originOf(record),
    order,
    ...(traceparent !== undefined && { traceparent })
  })
  if (refusal !== undefined) yield* refuse(record, refusal, namedBy(order))
})

const end = (record: KafkaRecord, decoded: DecodedOutbound, named: Named) => {
  switch (decoded._tag) {
    case "Valid":
      return handOver(record, decoded.outbound)
    case "Invalid":
      return refuse(record, invalid(decoded.detail), named)
    case "Skipped":
      return skip(record)
  }
}

const nameOf = (decoded: DecodedOutbound): Named =>
  decoded._tag === "Valid"
    ? namedBy(decoded.outbound)
    : { id: undefined, channels: [], ...(decoded._tag === "Invalid" && { id: decoded.id, channels: decoded.channels }) }

/** One record of `comunicacaoTransacional`: decode → ask the actor → end (SPEC 2). */
const receive = (record: KafkaRecord, group: string) => {
  const decoded = decodeOutbound(record.value)
  const named = nameOf(decoded)
  const { id } = named
  const parent = HttpTraceContext.w3c(Headers.fromInput({ traceparent: traceparentOf(record) ?? "" }))
  const run = untilEnded(end(record, decoded, named), refuse(record, internalError(maxTries), named)).pipe(
    Effect.withSpan(`process ${record.topic}`, {
      kind: "consumer",
      ...(Option.isSome(parent) && { parent: parent.value }),
      attributes: { ...recordAttributes(record, group), ...(id !== undefined && { [attribute.correlationId]: id }) }
    }),
    Effect.annotateLogs({ ...originOf(record), ...(id !== undefined && { [attribute.correlationId]: id }) })
  )
  return { key: id, run }
}

/** The consumption of our topics; its layer runs it. */
export class Intake extends Context.Service<Intake, { readonly status: Effect.Effect<KafkaStatus> }>()(
  "brom-ctx/programs/Intake"
) {
  static readonly layer = Layer.effect(
    Intake,
    Effect.gen(function* () {
      const kafka = yield* Kafka
      const {
        kafka: { groupId },
        maxInFlight,
        shutdownGrace,
        topics,
        weni
      } = yield* Settings
      const context = yield* Effect.context<Communications | Journal | Journeys | Kafka | Settings>()
      const consumer = yield* kafka.consume({
        topics: [topics.in],
        maxInFlight,
        // What is left of the grace belongs to the attempts that are then under way (SPEC 9.4).
        drain: shutdownGrace - weni.timeout - 5000,
        receive: (record): Work => {
          const work = receive(record, groupId)
          return { key: work.key, run: Effect.provideContext(work.run, context) }
        }
      })
      return Intake.of({ status: consumer.status })
    })
  )
}
