import { Schema } from "effect"

import { CustomerAnswer } from "../inbound/customerAnswer.ts"
import { InboundEvent } from "../inbound/InboundEvent.ts"
import { ResponseEvent } from "../inbound/ResponseEvent.ts"
import { Outbound } from "../outbound/Outbound.ts"
import { Answer, Json } from "../record/ChannelResult.ts"
import { Origin } from "../record/Origin.ts"

/** What an operator says of a dispatch in doubt (SPEC 5.3): send it again, or how it had ended. */
export const Decision = Schema.Literals(["resend", "sent", "not_sent"])
export type Decision = typeof Decision.Type

/** Code points of an operator's reason. */
export const longestReason = 500

/** Makes the doubt a matter of the past; what depends on it (note, response) is then done once more. */
const Decided = Schema.TaggedStruct("Decided", {
  at: Schema.Number,
  decision: Decision,
  /** Why, in the operator's words; kept here and shown nowhere else. */
  reason: Schema.String
})

/** The Case that names a communication which only ServiceNow knows, as it is there (SPEC 8.2). */
export const AdoptedCase = Schema.Struct({
  sysId: Schema.String,
  number: Schema.String,
  journey: Schema.String,
  state: Schema.String,
  assignmentGroup: Schema.String
})
export type AdoptedCase = typeof AdoptedCase.Type

/** A Case that was opened before this service, or under another database, and whose customer answers (SPEC 8.2). */
const Adopted = Schema.TaggedStruct("Adopted", {
  at: Schema.Number,
  ...AdoptedCase.fields,
  /** Our span that adopted it, as a `traceparent`: what later traces of the communication are linked to. */
  span: Schema.optionalKey(Schema.String)
})

/** What an inbound event does, decided once (SPEC 8.4–8.10); durable before any of it is done. */
const EventPlanned = Schema.TaggedStruct("EventPlanned", {
  at: Schema.Number,
  /** `progressKey` of the event: a duplicate has the same (SPEC 8.4). */
  key: Schema.String,
  origin: Origin,
  /** Of several events in one record, which; not kept by early versions. */
  index: Schema.optionalKey(Schema.Int),
  event: InboundEvent,
  evento: ResponseEvent,
  answered: Schema.optionalKey(CustomerAnswer),
  /** Bodies of the PATCHes on the Case, in order. */
  patches: Schema.Array(Json),
  closesAt: Schema.optionalKey(Schema.Number),
  /** As the Case was when its close was scheduled, where it could be read (SPEC 8.8); the group a sys_id, or empty. */
  caseState: Schema.optionalKey(Schema.String),
  assignmentGroup: Schema.optionalKey(Schema.String),
  /** The first event after a doubt: the note that it settles the doubt goes before its own (SPEC 8.6). */
  settles: Schema.optionalKey(Schema.Literals(["sent", "failed"]))
})

/** One PATCH of an event, done or given up; `index` in its plan's `patches`. */
const EventWritten = Schema.TaggedStruct("EventWritten", {
  at: Schema.Number,
  key: Schema.String,
  index: Schema.Int,
  written: Schema.Boolean,
  response: Answer,
  avisos: Schema.Array(Schema.String)
})

/** A scheduled close is due and decided (SPEC 8.8): `patch` closes the Case, or only notes that people have it. */
const CloseIntended = Schema.TaggedStruct("CloseIntended", {
  at: Schema.Number,
  patch: Json,
  cancelled: Schema.Boolean
})

const CloseWritten = Schema.TaggedStruct("CloseWritten", {
  at: Schema.Number,
  written: Schema.Boolean,
  response: Answer,
  avisos: Schema.Array(Schema.String)
})

/**
 * A later try of a write (SPEC 6.4), or the note of an operator's decision, is about to be sent; durable before it, so that the
 * next run knows of one that died.
 */
const WriteIntended = Schema.TaggedStruct("WriteIntended", {
  at: Schema.Number,
  /** `writeName` of the write. */
  write: Schema.String
})

/** People have changed the Case before a write was carried out (SPEC 8.8, 8.9): from now on it is this `patch`, a note. */
const WriteCancelled = Schema.TaggedStruct("WriteCancelled", {
  at: Schema.Number,
  /** `writeName` of the write. */
  write: Schema.String,
  patch: Json
})

/** One more try of a write on the Case that had failed for a passing reason (SPEC 6.4). */
const WriteRetried = Schema.TaggedStruct("WriteRetried", {
  at: Schema.Number,
  /** `writeName` of the write. */
  write: Schema.String,
  written: Schema.Boolean,
  response: Answer,
  avisos: Schema.Array(Schema.String)
})

/**
 * What has happened to one communication: append only, plain JSON, epoch milliseconds. A stored fact stays readable
 * for ever: fields are added as optional, a changed meaning gets a new tag (`test/domain/communication/facts.corpus.json` holds old ones).
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
