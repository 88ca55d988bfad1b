import { truncate } from "../template.ts"
import type { InboundEvent } from "./InboundEvent.ts"

/** What one object of a record turned out to be: an event, or something of a kind that is not ours (SPEC 8.1). */
export type Reading =
  | { readonly _tag: "Event"; readonly event: InboundEvent }
  | { readonly _tag: "Unknown"; readonly kind: string }

const maxKind = 64
/** An e-mail, a phone, a document: nobody's kind of event. */
const personal = /@|(?:\d[\s().-]*){8}/

/** A kind that is not ours, fit for logs: at most 64 characters, nothing that looks like a personal datum (SPEC 9.6). */
export const unknownKind = (text: string): Reading => ({
  _tag: "Unknown",
  kind: personal.test(text) ? "(oculto)" : truncate(text, maxKind)
})

/** Stands for something in a batch that has no kind at all. */
export const withoutKind: Reading = { _tag: "Unknown", kind: "(sem tipo)" }
