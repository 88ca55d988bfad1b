import { Schema } from "effect"

import { CustomerAnswer } from "../inbound/customerAnswer.ts"
import { InboundEvent } from "../inbound/InboundEvent.ts"
import { ResponseEvent } from "../inbound/ResponseEvent.ts"
import { Outbound } from "../outbound/Outbound.ts"
import { Answer, Json } from "../record/ChannelResult.ts"
import { Origin } from "../record/Origin.ts"
import { RecordMark } from "../record/RecordMark.ts"
import { Decision } from "./Decision.ts"

/** The record that started the communication (SPEC 1.6: a refused record leaves no fact). */
const Accepted = Schema.TaggedStruct("Accepted", {
  at: Schema.Number,
  origin: Origin,
  /** Identifies the record. Its ending in the ledger keeps it (SPEC 9.10). */
  mark: Schema.optionalKey(RecordMark),
  order: Outbound,
  /** When its record was first held back, because its first vendor was unavailable (SPEC 9.2). */
  waitsSince: Schema.optionalKey(Schema.Number),
  /** The producer's. */
  traceparent: Schema.optionalKey(Schema.String),
  /** Our own span, as a `traceparent`. Later traces of the communication link to it. */
  span: Schema.optionalKey(Schema.String)
})

export const ConsumerOrigin = Schema.Literals(["cpf_cnpj", "email", "telefone", "criado", "generico"])
export type ConsumerOrigin = typeof ConsumerOrigin.Type

/** SPEC 3. `avisos` are in Portuguese, for the response. */
const ConsumerFound = Schema.TaggedStruct("ConsumerFound", {
  at: Schema.Number,
  sysId: Schema.String,
  origem: ConsumerOrigin,
  avisos: Schema.Array(Schema.String)
})

/** Durable before each POST of the Case (SPEC 4.3). `body` is sent as it is, the same each time. */
const CaseIntended = Schema.TaggedStruct("CaseIntended", { at: Schema.Number, body: Json })

const CaseOpened = Schema.TaggedStruct("CaseOpened", {
  at: Schema.Number,
  sysId: Schema.String,
  number: Schema.String,
  response: Answer,
  avisos: Schema.Array(Schema.String),
  /** From the instance's answer, if it has them: its own rules may have changed what was sent (SPEC 8.8). */
  state: Schema.optionalKey(Schema.String),
  assignmentGroup: Schema.optionalKey(Schema.String)
})

/** There is no Case, and this program does not try again. */
const CaseFailed = Schema.TaggedStruct("CaseFailed", {
  at: Schema.Number,
  request: Schema.optionalKey(Json),
  response: Answer,
  avisos: Schema.Array(Schema.String),
  /** Whether one of its POSTs may have been carried out after all. Early versions did not store it. */
  mayExist: Schema.optionalKey(Schema.Boolean)
})

/** Durable before each attempt of the dispatch (SPEC 5.3). */
const DispatchIntended = Schema.TaggedStruct("DispatchIntended", {
  at: Schema.Number,
  attempt: Schema.Int,
  request: Json,
  /** WENI_TIMEOUT of the process that makes the attempt, milliseconds. */
  timeout: Schema.optionalKey(Schema.Number),
  /** Milliseconds after the first byte within which the last one is sent, whatever becomes of that process. */
  sendsFor: Schema.optionalKey(Schema.Number)
})

/** Weni certainly did not accept this attempt, and another one is worthwhile. Durable before the backoff (SPEC 5.3). */
const DispatchRefused = Schema.TaggedStruct("DispatchRefused", {
  at: Schema.Number,
  attempt: Schema.Int,
  response: Answer,
  /** Milliseconds that Weni requested to wait. */
  retryAfter: Schema.optionalKey(Schema.Number),
  /** The attempt was a failed probe of the circuit breaker. It does not count against RETRY_ATTEMPTS (SPEC 9.2). */
  probe: Schema.optionalKey(Schema.Literal(true))
})

/** `sent`: accepted. `failed`: certainly not accepted. `in_doubt`: unknown (SPEC 5.3). */
const DispatchOutcome = Schema.Literals(["sent", "failed", "in_doubt"])

const DispatchSettled = Schema.TaggedStruct("DispatchSettled", {
  at: Schema.Number,
  attempt: Schema.Int,
  outcome: DispatchOutcome,
  response: Answer,
  messageId: Schema.optionalKey(Schema.String),
  /** The process that made the attempt saw it end at `at`. Nothing of it was sent later. */
  ended: Schema.optionalKey(Schema.Literal(true))
})

/** The note of the outcome on the Case, written or abandoned (SPEC 6). */
const OutcomeNoted = Schema.TaggedStruct("OutcomeNoted", {
  at: Schema.Number,
  request: Json,
  written: Schema.Boolean,
  response: Answer,
  avisos: Schema.Array(Schema.String)
})

/** What a fact says about the operator who caused it. Early versions stored only the reason. */
const byOperator = {
  /** The operator's name. */
  by: Schema.optionalKey(Schema.String),
  /** The id of the operation, which acts on one communication once. */
  operation: Schema.optionalKey(Schema.String)
}

/** Resolves the doubt. The steps that depend on it (note, response) are then done once more. */
const Decided = Schema.TaggedStruct("Decided", {
  at: Schema.Number,
  decision: Decision,
  reason: Schema.String,
  ...byOperator
})

/** An operator requests that failed steps are done once more (SPEC 10.1). The steps that depend on them follow. */
const RetryRequested = Schema.TaggedStruct("RetryRequested", {
  at: Schema.Number,
  /** `case`, `dispatch`, or the `writeName` of a write that failed. */
  steps: Schema.Array(Schema.String),
  reason: Schema.optionalKey(Schema.String),
  ...byOperator,
  /**
   * Until when an earlier POST of the Case may still take effect. Absent if none was carried out. The Case is then
   * opened from the beginning.
   */
  appearsUntil: Schema.optionalKey(Schema.Number)
})

/**
 * An operator has ended the steps that wait for a vendor (SPEC 10.2). The outcomes of these steps follow in the same
 * commit.
 */
const EndRequested = Schema.TaggedStruct("EndRequested", {
  at: Schema.Number,
  /** As in `RetryRequested`. */
  steps: Schema.Array(Schema.String),
  reason: Schema.String,
  ...byOperator
})

/** A Case that names a communication which only ServiceNow knows, as read from ServiceNow (SPEC 8.2). */
export const AdoptedCase = Schema.Struct({
  sysId: Schema.String,
  number: Schema.String,
  journey: Schema.String,
  state: Schema.String,
  assignmentGroup: Schema.String
})
export type AdoptedCase = typeof AdoptedCase.Type

/** The customer answers a Case that was opened before this service, or under another database (SPEC 8.2). */
const Adopted = Schema.TaggedStruct("Adopted", {
  at: Schema.Number,
  ...AdoptedCase.fields,
  /** Our span that adopted the Case, as a `traceparent`. Later traces of the communication link to it. */
  span: Schema.optionalKey(Schema.String)
})

/** The Case when an event was planned or a write was about to be sent, if it was read (SPEC 8.8). */
const readOfCase = {
  caseState: Schema.optionalKey(Schema.String),
  /** A sys_id, or empty. */
  assignmentGroup: Schema.optionalKey(Schema.String),
  /**
   * Who had changed the Case by then: the instance and we, or people. `unknown` if it may not be read. Early versions
   * did not store it.
   */
  caseBy: Schema.optionalKey(Schema.Literals(["instance", "people", "unknown"]))
}

/** The effect of an inbound event, decided once (SPEC 8.4–8.10). Durable before any of it is carried out. */
const EventPlanned = Schema.TaggedStruct("EventPlanned", {
  at: Schema.Number,
  /** `progressKey` of the event. A duplicate has the same key (SPEC 8.4). */
  key: Schema.String,
  origin: Origin,
  /** Position of the event in a record that holds several. Early versions did not store it. */
  index: Schema.optionalKey(Schema.Int),
  event: InboundEvent,
  evento: ResponseEvent,
  answered: Schema.optionalKey(CustomerAnswer),
  /** What the customer said beyond the word itself, for the notes that may replace those of `patches` (SPEC 8.10). */
  words: Schema.optionalKey(Schema.String),
  /** Bodies of the PATCHes on the Case, in order. */
  patches: Schema.Array(Json),
  closesAt: Schema.optionalKey(Schema.Number),
  ...readOfCase,
  /** Set on the first event after a doubt. The note that settles the doubt precedes the event's own (SPEC 8.6). */
  settles: Schema.optionalKey(Schema.Literals(["sent", "failed"])),
  /** Of a reply without a correlation id or Case: whether only its sender names the communication (SPEC 8.2). */
  bySender: Schema.optionalKey(Schema.Boolean)
})

/** A reply that several communications may have caused (SPEC 8.2). It is only noted on the Case of each. */
const AmbiguityPlanned = Schema.TaggedStruct("AmbiguityPlanned", {
  at: Schema.Number,
  /** `ambiguityKey` of the event. */
  key: Schema.String,
  origin: Origin,
  index: Schema.Int,
  event: InboundEvent,
  /** All these communications, this one among them. */
  among: Schema.Array(Schema.String),
  /** The note, or nothing without a Case. */
  patches: Schema.Array(Json)
})

/**
 * The patches for events that came while there was no Case, decided once there is one (SPEC 10.1). Each event has one
 * more response when its patches are written.
 */
const EventsReplanned = Schema.TaggedStruct("EventsReplanned", {
  at: Schema.Number,
  events: Schema.Array(
    Schema.Struct({
      /** As in `EventPlanned`. */
      key: Schema.String,
      patches: Schema.Array(Json),
      /** The event gives the Case to people. */
      people: Schema.optionalKey(Schema.Literal(true))
    })
  ),
  /** When to close the Case, epoch milliseconds. */
  closesAt: Schema.optionalKey(Schema.Number),
  ...readOfCase
})

/** One PATCH of an event, written or abandoned. `index` is its position in the plan's `patches`. */
const EventWritten = Schema.TaggedStruct("EventWritten", {
  at: Schema.Number,
  key: Schema.String,
  index: Schema.Int,
  written: Schema.Boolean,
  response: Answer,
  avisos: Schema.Array(Schema.String)
})

/** A PATCH that ServiceNow did not carry out, and its answer (SPEC 8.8, 8.9). */
export const RefusedPatch = Schema.Struct({
  request: Json,
  response: Answer,
  /** The Case could not be read, so the PATCH was not sent. */
  unread: Schema.optionalKey(Schema.Literal(true))
})
export type RefusedPatch = typeof RefusedPatch.Type

/**
 * A scheduled close is due and decided (SPEC 8.8). `patch` closes the Case, or only notes that agents have it, or that
 * it could not be closed (`refused`).
 */
const CloseIntended = Schema.TaggedStruct("CloseIntended", {
  at: Schema.Number,
  patch: Json,
  cancelled: Schema.Boolean,
  refused: Schema.optionalKey(RefusedPatch)
})

const CloseWritten = Schema.TaggedStruct("CloseWritten", {
  at: Schema.Number,
  written: Schema.Boolean,
  response: Answer,
  avisos: Schema.Array(Schema.String)
})

/**
 * A retry of a write (SPEC 6.4), or the note of an operator's decision, is about to be sent, or the Case was read for
 * the write. Durable before the request is sent, so that the next run recognizes that this one crashed.
 */
const WriteIntended = Schema.TaggedStruct("WriteIntended", {
  at: Schema.Number,
  /** `writeName` of the write. */
  write: Schema.String,
  ...readOfCase
})

/**
 * A write will not be carried out: agents changed the Case before, or ServiceNow refused it (SPEC 8.8, 8.9). `patch`, a
 * note, replaces it from now on.
 */
const WriteCancelled = Schema.TaggedStruct("WriteCancelled", {
  at: Schema.Number,
  /** `writeName` of the write. */
  write: Schema.String,
  patch: Json,
  /** What ServiceNow refused. Absent if agents changed the Case. */
  refused: Schema.optionalKey(RefusedPatch)
})

/** One retry of a write on the Case that had failed for a transient reason (SPEC 6.4). */
const WriteRetried = Schema.TaggedStruct("WriteRetried", {
  at: Schema.Number,
  /** `writeName` of the write. */
  write: Schema.String,
  written: Schema.Boolean,
  response: Answer,
  avisos: Schema.Array(Schema.String)
})

/** A vendor by the name that metrics and logs use. */
export const Vendor = Schema.Literals(["servicenow", "weni"])
export type Vendor = typeof Vendor.Type

/**
 * A run has ended at a step that has to wait, and nothing runs until then (SPEC 9.2, DESIGN "Waiting"). It ends an
 * intent that was surely not carried out.
 */
const Held = Schema.TaggedStruct("Held", {
  at: Schema.Number,
  /** `case`, `dispatch`, or the `writeName` of a write. */
  step: Schema.String,
  /** The unavailable vendor. Absent if the step only waits until `until`. */
  vendor: Schema.optionalKey(Vendor),
  /** Why, in English and without the vendor's own words. */
  reason: Schema.String,
  /** Attempts of the step that were made so far, in all runs. */
  attempts: Schema.Int,
  /** Until when a request that was sent may still take effect. Absent if none was sent, or if all have ended. */
  appearsUntil: Schema.optionalKey(Schema.Number),
  /**
   * When the step continues, or is given up, whatever the vendor does. Absent if it waits for the vendor without limit.
   */
  until: Schema.optionalKey(Schema.Number),
  /** RETRY_ATTEMPTS were used up while the vendor answered no request. The step gets as many once more. */
  exhausted: Schema.optionalKey(Schema.Literal(true))
})

/**
 * A response, stored before it is published (SPEC 7.3). `content` is the response without `origem`. `origin` is the
 * record that caused it; a scheduled close has none. `event` is the key of the inbound event that it answers.
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

/**
 * What has happened to one communication: append only, plain JSON, epoch milliseconds. A stored fact stays readable
 * indefinitely: new fields are optional, and a changed meaning gets a new tag.
 * `test/domain/communication/facts.corpus.json` holds old facts.
 */
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
  RetryRequested,
  EndRequested,
  Adopted,
  EventPlanned,
  EventsReplanned,
  AmbiguityPlanned,
  EventWritten,
  CloseIntended,
  CloseWritten,
  WriteIntended,
  WriteCancelled,
  WriteRetried,
  Held,
  ResponseStored,
  ResponseAcknowledged
])
export type Fact = typeof Fact.Type
export type FactTag = Fact["_tag"]
export type FactOf<Tag extends FactTag> = Extract<Fact, { readonly _tag: Tag }>

const tags: ReadonlySet<string> = new Set(Fact.members.map(({ fields }) => fields._tag.schema.literal))

/** False for a tag that this version does not know. */
export const isKnownTag = (tag: string): boolean => tags.has(tag)

export const decodeFacts = Schema.decodeUnknownEffect(Schema.fromJsonString(Schema.Array(Fact)))
