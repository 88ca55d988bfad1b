import { Schema } from "effect"

/** Names one communication: 1–200 characters, checked where it enters (SPEC 1.1–1.3). */
export const CorrelationId = Schema.String.pipe(Schema.brand("CorrelationId"))
export type CorrelationId = typeof CorrelationId.Type
