import { Schema } from "effect"

import { Answer, Json } from "../Canal.ts"
import { InboundEvent } from "../inbound/InboundEvent.ts"
import { Origin } from "../Origin.ts"
import { Answered, Evento } from "./Evento.ts"

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
export const Adopted = Schema.TaggedStruct("Adopted", {
  at: Schema.Number,
  ...AdoptedCase.fields,
  /** Our span that adopted it, as a `traceparent`: what later traces of the communication are linked to. */
  span: Schema.optionalKey(Schema.String)
})

/** What an inbound event does, decided once (SPEC 8.4–8.10); durable before any of it is done. */
export const EventPlanned = Schema.TaggedStruct("EventPlanned", {
  at: Schema.Number,
  /** `progressKey` of the event: a duplicate has the same (SPEC 8.4). */
  key: Schema.String,
  origin: Origin,
  /** Of several events in one record, which; not kept by early versions. */
  index: Schema.optionalKey(Schema.Int),
  event: InboundEvent,
  evento: Evento,
  answered: Schema.optionalKey(Answered),
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
export const EventWritten = Schema.TaggedStruct("EventWritten", {
  at: Schema.Number,
  key: Schema.String,
  index: Schema.Int,
  written: Schema.Boolean,
  response: Answer,
  avisos: Schema.Array(Schema.String)
})

/** A scheduled close is due and decided (SPEC 8.8): `patch` closes the Case, or only notes that people have it. */
export const CloseIntended = Schema.TaggedStruct("CloseIntended", {
  at: Schema.Number,
  patch: Json,
  cancelled: Schema.Boolean
})

export const CloseWritten = Schema.TaggedStruct("CloseWritten", {
  at: Schema.Number,
  written: Schema.Boolean,
  response: Answer,
  avisos: Schema.Array(Schema.String)
})
