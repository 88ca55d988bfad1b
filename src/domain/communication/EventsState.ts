import type { ResponseEvent } from "../inbound/ResponseEvent.ts"
import type { KnownMessage } from "../inbound/whose.ts"
import type { Json } from "../record/ChannelResult.ts"
import { PersistentMap } from "../values/PersistentMap.ts"
import { type CaseStanding, untouched } from "./CaseStanding.ts"
import { isStatement, noStatements, type Statements } from "./deliveryStatements.ts"
import { type Reported } from "./DispatchState.ts"
import type { FactOf, RefusedPatch } from "./Fact.ts"

/** One PATCH on the Case. Its retries carry the same name (SPEC 6.4). */
export type Write =
  | { readonly of: "outcome" }
  | { readonly of: "event"; readonly key: string; readonly index: number }
  | { readonly of: "close" }

export const writeName = (write: Write): string =>
  write.of === "event" ? JSON.stringify([write.key, write.index]) : write.of

/** One PATCH of an event's plan: the key of the event, and the position among the plan's patches. */
interface EventPatch {
  readonly key: string
  readonly index: number
}

/** The event's patch with this `writeName`. `undefined` for another write. */
export const eventPatchOf = (write: string): EventPatch | undefined => {
  if (!write.startsWith("[")) return undefined
  const [key, index] = JSON.parse(write)
  return { key, index }
}

/** One inbound event: its plan, the writes of the plan that are done, and the latest response to it. */
export interface EventProgress {
  /** Its patches are the bodies that are written. A cancelled one is replaced by a note (`WriteCancelled`). */
  readonly planned: FactOf<"EventPlanned">
  /** A PATCH of it became a note: agents changed the Case before, or ServiceNow refused it (SPEC 8.8, 8.9). */
  readonly cancelled?: true
  /** What ServiceNow refused, by index of the plan's patches. */
  readonly refused?: ReadonlyMap<number, RefusedPatch>
  /** Its writes wait behind a held one (SPEC 9.2). A write without an outcome was not sent, unless it has an intent. */
  readonly waits?: true
  /** Several communications may have caused it: it is only noted, and has no response of this one (SPEC 8.2). */
  readonly ambiguous?: true
  /** Its patches were decided after its first response, when there was a Case at last (SPEC 10.1). */
  readonly replanned?: true
  /** By index of the plan's patches. */
  readonly written: ReadonlyMap<number, FactOf<"EventWritten">>
  readonly response?: FactOf<"ResponseStored">
}

/**
 * What the customer did with one communication, and the results (SPEC 8). A fact changes it in constant time, however
 * many events there are, and no rule reads all of them.
 */
export interface EventsState extends CaseStanding {
  readonly byKey: PersistentMap<string, EventProgress>
  /** The keys of the events without a response, in the order of their plans. */
  readonly unanswered: PersistentMap<string, true>
  /** The keys of the events that were planned while the order had no Case, in that order (SPEC 10.1). */
  readonly withoutCase: PersistentMap<string, true>
  /**
   * When an operator requested one more try of a failed write, by `writeName`, epoch milliseconds. Kept until that try
   * ends.
   */
  readonly retryAsked: PersistentMap<string, number>
  /** Writes that failed for a transient reason, or are tried once more, and are not yet written, by `writeName`. */
  readonly failedWrites: PersistentMap<string, EventPatch>
  /** How often events are known to have written a note, by its `noteMark`. */
  readonly notes: PersistentMap<string, number>
  /** The latest note that is known to be on the Case. */
  readonly lastNote?: string
  /** Patches that close the Case or hand it over. There is seldom more than one of each (SPEC 8.8, 8.9). */
  readonly standing: ReadonlyArray<EventPatch>
  /** The latest planned patch about delivery, and the latest one with fields for its times. */
  readonly lastDelivery?: Json
  readonly lastTimes?: Json
  /** An event has the note that settles a doubt (SPEC 8.6). */
  readonly isDoubtNoted: boolean
  readonly statements: Statements
  /** What the events report about a dispatch in doubt (SPEC 8.6): the customer has it, it failed, or it was sent. */
  readonly reported?: Reported
  /** Which ids of our messages the events have shown. */
  readonly knownMessage?: KnownMessage
  /** When the customer last said yes or no, epoch milliseconds. */
  readonly answeredAt?: number
  readonly saidYes: boolean
  readonly saidNo: boolean
  /** NÃO, or an answer that needs people, keeps the Case from being closed (SPEC 8.9, 8.10). */
  readonly withPeople: boolean
  /** The note of a SIM that closes nothing, because people have the Case, is planned (SPEC 8.9). */
  readonly notedYesKept: boolean
  /** The ids of the messages that the customer has edited or taken back (SPEC 8.10). */
  readonly withdrawn: PersistentMap<string, true>
  /** The event that was planned last. */
  readonly last?: { readonly evento: ResponseEvent; readonly at: number }
  /** When to close, epoch milliseconds: a SIM outside business hours sets it, `withPeople` removes it (SPEC 8.9). */
  readonly closesAt?: number
  readonly closeIntended?: FactOf<"CloseIntended">
  readonly closeWritten?: FactOf<"CloseWritten">
  readonly closeResponse?: FactOf<"ResponseStored">
  /** Retries of failed writes, by the write's name (SPEC 6.4). */
  readonly retries: PersistentMap<string, ReadonlyArray<FactOf<"WriteRetried">>>
  /** Retries that have begun and have no outcome. If the current run did not begin them, a run crashed in them. */
  readonly begun: ReadonlySet<string>
  /** An event's write, or the close, is held. Events that are planned meanwhile are written after it. */
  readonly waits: boolean
}

export const noEvents: EventsState = {
  byKey: PersistentMap.empty(),
  unanswered: PersistentMap.empty(),
  withoutCase: PersistentMap.empty(),
  retryAsked: PersistentMap.empty(),
  failedWrites: PersistentMap.empty(),
  notes: PersistentMap.empty(),
  standing: [],
  ...untouched,
  isDoubtNoted: false,
  statements: noStatements,
  saidYes: false,
  saidNo: false,
  withPeople: false,
  notedYesKept: false,
  withdrawn: PersistentMap.empty(),
  retries: PersistentMap.empty(),
  begun: new Set(),
  waits: false
}

/** The patches of a delivery event without the note that settles a doubt, which no other event repeats (SPEC 8.6). */
export const deliveryPatches = ({ event, patches, settles }: FactOf<"EventPlanned">): ReadonlyArray<Json> =>
  isStatement(event) ? patches.slice(settles === undefined ? 0 : 1) : []

/** The patches that close the Case or hand it over, and which of them are written. */
export const standingPatches = ({ byKey, standing }: EventsState) =>
  standing.flatMap(({ index, key }) => {
    const progress = byKey.get(key)
    const patch = progress?.planned.patches[index]
    return patch === undefined ? [] : [{ patch, written: progress?.written.get(index)?.written === true }]
  })
