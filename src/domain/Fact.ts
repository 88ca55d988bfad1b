import { Schema } from "effect"

import { Answer, Json } from "./Canal.ts"
import { Decided } from "./decision.ts"
import { Adopted, CloseIntended, CloseWritten, EventPlanned, EventWritten } from "./events/eventFacts.ts"
import { WriteIntended, WriteCancelled, WriteRetried } from "./events/writeFacts.ts"
import { Origin } from "./Origin.ts"
import { Outbound } from "./Outbound.ts"

/**
 * What has happened to one communication: append only, plain JSON, epoch milliseconds. A stored fact stays readable
 * for ever: fields are added as optional, a changed meaning gets a new tag (`test/domain/facts.corpus.json` holds old ones).
 */

/** The record that started the communication (SPEC 1.6: a refused one leaves no fact). */
const Accepted = Schema.TaggedStruct("Accepted", {
  at: Schema.Number,
  origin: Origin,
  order: Outbound,
  /** The producer's. */
  traceparent: Schema.optionalKey(Schema.String),
  /** Our own span's, as a `traceparent`: what later traces of the communication are linked to. */
  span: Schema.optionalKey(Schema.String)
})

export const ConsumerOrigin = Schema.Literals(["cpf_cnpj", "email", "telefone", "criado", "generico"])
export type ConsumerOrigin = typeof ConsumerOrigin.Type

/** SPEC 3. `avisos` in Portuguese, for the response. */
const ConsumerFound = Schema.TaggedStruct("ConsumerFound", {
  at: Schema.Number,
  sysId: Schema.String,
  origem: ConsumerOrigin,
  avisos: Schema.Array(Schema.String)
})

/** Durable before each POST of the Case (SPEC 4.3); `body` as it is sent, the same each time. */
const CaseIntended = Schema.TaggedStruct("CaseIntended", { at: Schema.Number, body: Json })

const CaseOpened = Schema.TaggedStruct("CaseOpened", {
  at: Schema.Number,
  sysId: Schema.String,
  number: Schema.String,
  response: Answer,
  avisos: Schema.Array(Schema.String),
  /** As the instance answered them, where it did: its own rules may have changed what was sent (SPEC 8.8). */
  state: Schema.optionalKey(Schema.String),
  assignmentGroup: Schema.optionalKey(Schema.String)
})

/** There is no Case and this program will not try again. */
const CaseFailed = Schema.TaggedStruct("CaseFailed", {
  at: Schema.Number,
  request: Schema.optionalKey(Json),
  response: Answer,
  avisos: Schema.Array(Schema.String)
})

/** Durable before each attempt of the dispatch (SPEC 5.3). */
const DispatchIntended = Schema.TaggedStruct("DispatchIntended", {
  at: Schema.Number,
  attempt: Schema.Int,
  request: Json
})

/** An attempt that Weni surely did not accept and that is worth another one; durable before the backoff (SPEC 5.3). */
const DispatchRefused = Schema.TaggedStruct("DispatchRefused", {
  at: Schema.Number,
  attempt: Schema.Int,
  response: Answer,
  /** Milliseconds that Weni asked to wait. */
  retryAfter: Schema.optionalKey(Schema.Number),
  /** The circuit breaker's probe, which failed: none of RETRY_ATTEMPTS (SPEC 9.2). */
  probe: Schema.optionalKey(Schema.Literal(true))
})

/** `sent` accepted; `failed` surely not; `in_doubt` nobody knows (SPEC 5.3). */
const DispatchOutcome = Schema.Literals(["sent", "failed", "in_doubt"])

const DispatchSettled = Schema.TaggedStruct("DispatchSettled", {
  at: Schema.Number,
  attempt: Schema.Int,
  outcome: DispatchOutcome,
  response: Answer,
  messageId: Schema.optionalKey(Schema.String)
})

/** The outcome's note on the Case, written or given up (SPEC 6). */
const OutcomeNoted = Schema.TaggedStruct("OutcomeNoted", {
  at: Schema.Number,
  request: Json,
  written: Schema.Boolean,
  response: Answer,
  avisos: Schema.Array(Schema.String)
})

/**
 * Stored before it is published (SPEC 7.3); `content` is the response without `origem`, `origin` its record (a scheduled
 * close has none), `event` the key of the inbound event that it answers.
 */
const ResponseStored = Schema.TaggedStruct("ResponseStored", {
  at: Schema.Number,
  number: Schema.Int,
  origin: Schema.optionalKey(Origin),
  event: Schema.optionalKey(Schema.String),
  content: Json
})

/** Kafka has acknowledged response `number`. */
const ResponseAcknowledged = Schema.TaggedStruct("ResponseAcknowledged", {
  at: Schema.Number,
  number: Schema.Int
})

export const Fact = Schema.Union([
  Accepted,
  ConsumerFound,
  CaseIntended,
  CaseOpened,
  CaseFailed,
  DispatchIntended,
  DispatchRefused,
  DispatchSettled,
  OutcomeNoted,
  Decided,
  Adopted,
  EventPlanned,
  EventWritten,
  CloseIntended,
  CloseWritten,
  WriteIntended,
  WriteCancelled,
  WriteRetried,
  ResponseStored,
  ResponseAcknowledged
])
export type Fact = typeof Fact.Type
export type FactTag = Fact["_tag"]
export type FactOf<Tag extends FactTag> = Extract<Fact, { readonly _tag: Tag }>

export const decodeFacts = Schema.decodeUnknownEffect(Schema.fromJsonString(Schema.Array(Fact)))
