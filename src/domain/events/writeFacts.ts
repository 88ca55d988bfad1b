import { Schema } from "effect"

import { Answer, Json } from "../Canal.ts"

/**
 * A later try of a write (SPEC 6.4), or the note of an operator's decision, is about to be sent; durable before it, so that the
 * next run knows of one that died.
 */
export const WriteIntended = Schema.TaggedStruct("WriteIntended", {
  at: Schema.Number,
  /** `writeName` of the write. */
  write: Schema.String
})

/** People have changed the Case before a write was carried out (SPEC 8.8, 8.9): from now on it is this `patch`, a note. */
export const WriteCancelled = Schema.TaggedStruct("WriteCancelled", {
  at: Schema.Number,
  /** `writeName` of the write. */
  write: Schema.String,
  patch: Json
})

/** One more try of a write on the Case that had failed for a passing reason (SPEC 6.4). */
export const WriteRetried = Schema.TaggedStruct("WriteRetried", {
  at: Schema.Number,
  /** `writeName` of the write. */
  write: Schema.String,
  written: Schema.Boolean,
  response: Answer,
  avisos: Schema.Array(Schema.String)
})
