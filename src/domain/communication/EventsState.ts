import type { InboundEvent } from "../inbound/InboundEvent.ts"
import type { ResponseEvent } from "../inbound/ResponseEvent.ts"
import { isWhatsappId, type KnownMessage } from "../inbound/whose.ts"
import type { Json } from "../record/ChannelResult.ts"
import { PersistentMap } from "../values/PersistentMap.ts"
import { isPassing } from "../vendor/failure.ts"
import { type CaseStanding, changesStanding, leftBy, standingWith, unreadAfter, untouched } from "./CaseStanding.ts"
import { isStatement, noStatements, type Statements, withStatement } from "./deliveryStatements.ts"
import { type Reported } from "./DispatchState.ts"
import type { FactOf, Fact, RefusedPatch } from "./Fact.ts"
import { noteMark } from "./noteMark.ts"
import { isYesKept } from "./notes.ts"

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
  /** Its patches are the bodies that are written: a note where agents had changed the Case first (`WriteCancelled`). */
  readonly planned: FactOf<"EventPlanned">
  /** A PATCH of it became a note: agents changed the Case before, or ServiceNow refused it (SPEC 8.8, 8.9). */
  readonly cancelled?: true
  /** By index of the plan's patches: what ServiceNow refused. */
  readonly refused?: ReadonlyMap<number, RefusedPatch>
  /** Its writes wait behind a held one (SPEC 9.2). None without an outcome was sent, unless an intent of it says so. */
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
 * What the customer did with one communication, and the results (SPEC 8). A fact changes it in the same time however
 * many events there are, and no rule reads all of them.
 */
export interface EventsState extends CaseStanding {
  readonly byKey: PersistentMap<string, EventProgress>
  /** The keys of the events without a response, in the order of their plans. */
  readonly unanswered: PersistentMap<string, true>
  /** The keys of the events that were planned while the order had no Case, in that order (SPEC 10.1). */
  readonly withoutCase: PersistentMap<string, true>
  /** When an operator had a failed write tried once more, by `writeName`, epoch milliseconds. Until that try has ended. */
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
  /** What they say of a dispatch in doubt (SPEC 8.6): the customer has it, it failed, or it was sent. */
  readonly reported?: Reported
  /** Which of our messages' ids its events have told. */
  readonly knownMessage?: KnownMessage
  /** When the customer last said yes or no, epoch milliseconds. */
  readonly answeredAt?: number
  readonly saidYes: boolean
  readonly saidNo: boolean
  /** NÃO, or an answer that needs people, has taken the Case from what closes it (SPEC 8.9, 8.10). */
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
  /** Retries that have started and have no outcome. A run crashed in them, unless it is the current run. */
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

type EventFact = Extract<
  Fact,
  {
    readonly _tag:
      | "EventPlanned"
      | "AmbiguityPlanned"
      | "EventsReplanned"
      | "EventWritten"
      | "CloseIntended"
      | "CloseWritten"
      | "WriteIntended"
      | "WriteCancelled"
      | "WriteRetried"
      | "Held"
      | "ResponseStored"
  }
>

/** Applies `change` to the event that has this write. `index` is that of its patch. Unchanged where no event has it. */
const changeEvent = (
  state: EventsState,
  write: string,
  change: (progress: EventProgress, index: number) => EventProgress
): EventsState => {
  const patch = eventPatchOf(write)
  const progress = patch && state.byKey.get(patch.key)
  return patch === undefined || progress?.planned.patches[patch.index] === undefined
    ? state
    : { ...state, byKey: state.byKey.with(patch.key, change(progress, patch.index)) }
}

/**
 * A message that the customer received or answered was sent, whatever other events report. A failure follows the `sent`
 * that it overrides.
 */
const reportedAfter = (known: Reported | undefined, { kind }: InboundEvent): Reported => {
  if (known === "received" || kind === "delivered" || kind === "read" || kind === "reply") return "received"
  return known === "failed" || kind === "failed" ? "failed" : "sent"
}

/** The patches of a delivery event without the note that settles a doubt, which no other event repeats (SPEC 8.6). */
export const deliveryPatches = ({ event, patches, settles }: FactOf<"EventPlanned">): ReadonlyArray<Json> =>
  isStatement(event) ? patches.slice(settles === undefined ? 0 : 1) : []

const hasFields = (patch: Json) => Object.keys(patch).some((name) => name !== "work_notes")

/** What a plan adds to the sums over all plans. */
const sumsWith = (state: EventsState, fact: FactOf<"EventPlanned">): Partial<EventsState> => {
  const { key, patches, settles } = fact
  const deliveries = deliveryPatches(fact)
  const [lastDelivery, lastTimes] = [deliveries.at(-1), deliveries.findLast(hasFields)]
  const standing = patches.flatMap((patch, index) => (changesStanding(patch) ? [{ key, index }] : []))
  return {
    unanswered: state.unanswered.with(key, true),
    standing: standing.length === 0 ? state.standing : [...state.standing, ...standing],
    isDoubtNoted: state.isDoubtNoted || settles !== undefined,
    ...(lastDelivery && { lastDelivery }),
    ...(lastTimes && { lastTimes })
  }
}

/** The patches that close the Case or hand it over, and which of them are written. */
export const standingPatches = ({ byKey, standing }: EventsState) =>
  standing.flatMap(({ index, key }) => {
    const progress = byKey.get(key)
    const patch = progress?.planned.patches[index]
    return patch === undefined ? [] : [{ patch, written: progress?.written.get(index)?.written === true }]
  })

/** The state after a note was written outside of an event's plan. The Case was last read, or opened, at `readAt`. */
export const withNote = (state: EventsState, note: unknown, readAt: number, at: number): EventsState => ({
  ...state,
  ...(typeof note === "string" && { lastNote: note }),
  isUnread: unreadAfter(state, readAt, at)
})

/** The state after an outcome of one PATCH of an event. */
const applyWritten = (state: EventsState, fact: FactOf<"EventWritten">): EventsState => {
  const { index, key } = fact
  const progress = state.byKey.get(key)
  if (progress === undefined) return state
  const before = progress.written.get(index)?.written === true
  const patch = progress.planned.patches[index] ?? {}
  const note = noteMark(String(patch.work_notes))
  const count = (state.notes.get(note) ?? 0) + Number(fact.written) - Number(before)
  const name = writeName({ of: "event", key, index })
  const isPending = !fact.written && isPassing(fact.response)
  const next = fact.written ? withNote(state, patch.work_notes, progress.planned.at, fact.at) : state
  return {
    ...next,
    ...(fact.written && changesStanding(patch) && { left: leftBy(state.left, patch) }),
    byKey: state.byKey.with(key, { ...progress, written: new Map(progress.written).set(index, fact) }),
    ...(progress.ambiguous === true && { unanswered: state.unanswered.without(key) }),
    failedWrites: isPending ? state.failedWrites.with(name, { key, index }) : state.failedWrites.without(name),
    notes: before === fact.written ? state.notes : state.notes.with(note, count)
  }
}

const withoutClose = ({ closesAt: _, ...state }: EventsState): EventsState => state

/** True for a plan that gives the Case to people: NÃO, or an answer that they have to read. */
const givesToPeople = ({ answered, patches }: FactOf<"EventPlanned">): boolean =>
  answered === "nao" || (answered === "outro" && patches.some(({ state }) => state !== undefined))

const applyPlan = (state: EventsState, fact: FactOf<"EventPlanned">): EventsState => {
  const withPeople = state.withPeople || givesToPeople(fact)
  const original = fact.event.edits ?? fact.event.revokes
  const { closesAt = state.closesAt } = fact
  const known = knownAfter(state.knownMessage, fact)
  const answeredAt = answeredAfter(state.answeredAt, fact)
  return {
    ...withoutClose(state),
    byKey: state.byKey.with(fact.key, { planned: fact, written: new Map(), ...(state.waits && { waits: true }) }),
    ...sumsWith(state, fact),
    statements: withStatement(state.statements, fact.event),
    reported: reportedAfter(state.reported, fact.event),
    ...(known !== undefined && { knownMessage: known }),
    ...(answeredAt !== undefined && { answeredAt }),
    last: { evento: fact.evento, at: fact.event.at },
    saidYes: state.saidYes || fact.answered === "sim",
    saidNo: state.saidNo || fact.answered === "nao",
    withPeople,
    notedYesKept: state.notedYesKept || fact.patches.some(({ work_notes }) => isYesKept(String(work_notes))),
    withdrawn: original === undefined ? state.withdrawn : state.withdrawn.with(original, true),
    ...(closesAt !== undefined && !withPeople && { closesAt }),
    ...standingWith(fact)
  }
}

/**
 * The ids of our messages after an event that names its communication: that of a status' message, or of the one that a
 * reply answers.
 */
const knownAfter = (
  known: KnownMessage | undefined,
  { bySender, event }: FactOf<"EventPlanned">
): KnownMessage | undefined => {
  const isNamed = event.correlationId !== undefined || event.caseId !== undefined || bySender === false
  const told = event.kind !== "reply" ? event.messageId : isNamed ? event.answersTo : undefined
  if (told === undefined) return known
  return isWhatsappId(told) ? "whatsapp" : (known ?? "vendor")
}

/** When the customer last said yes or no: a time of his own, or that of the plan if his clock is ahead. */
const answeredAfter = (known: number | undefined, { answered, at, event }: FactOf<"EventPlanned">) =>
  answered === "sim" || answered === "nao" ? Math.max(known ?? 0, Math.min(at, event.at)) : known

/** A note beside all rules. It is unanswered until it is written, so that a run after a crash finds it. */
const applyAmbiguity = (state: EventsState, { among: _, ...fact }: FactOf<"AmbiguityPlanned">): EventsState => {
  const planned: FactOf<"EventPlanned"> = { ...fact, _tag: "EventPlanned", evento: "retorno_outro" }
  return {
    ...state,
    byKey: state.byKey.with(fact.key, {
      planned,
      ambiguous: true,
      written: new Map(),
      ...(state.waits && { waits: true })
    }),
    // Its notes are written without a read.
    ...(fact.patches.length > 0 && { unanswered: state.unanswered.with(fact.key, true), isUnread: true })
  }
}

/** Agents had the Case first, or ServiceNow refused: from now on the write is only a note (SPEC 8.8, 8.9). */
const applyCancellation = (state: EventsState, { patch, refused, write }: FactOf<"WriteCancelled">): EventsState => {
  if (write === "close") {
    const { closeIntended } = state
    return closeIntended === undefined
      ? state
      : { ...state, closeIntended: { ...closeIntended, patch, cancelled: true, ...(refused && { refused }) } }
  }
  return changeEvent(state, write, (progress, index) => ({
    ...progress,
    planned: { ...progress.planned, patches: progress.planned.patches.with(index, patch) },
    cancelled: true,
    ...(refused && { refused: new Map(progress.refused).set(index, refused) })
  }))
}

/** One event has its patches now. It is unanswered again until they are written. */
const replan = (
  state: EventsState,
  { key, patches, people }: FactOf<"EventsReplanned">["events"][number]
): EventsState => {
  const progress = state.byKey.get(key)
  if (progress === undefined || patches.length === 0) return state
  const planned = { ...progress.planned, patches }
  return {
    ...state,
    ...sumsWith(state, planned),
    byKey: state.byKey.with(key, { ...progress, planned, replanned: true, waits: true, written: new Map() }),
    withPeople: state.withPeople || people === true,
    notedYesKept: state.notedYesKept || patches.some(({ work_notes }) => isYesKept(String(work_notes)))
  }
}

/**
 * What was said while there was no Case is to be written on it. The writes wait like those that an outage held back, so a
 * sweep goes on with them.
 */
const applyReplan = (state: EventsState, fact: FactOf<"EventsReplanned">): EventsState => {
  const { closesAt, events, ...read } = fact
  const next = events.reduce<EventsState>(replan, { ...state, withoutCase: PersistentMap.empty() })
  const patches = events.flatMap((event) => event.patches)
  return {
    ...withoutClose(next),
    ...(closesAt !== undefined && !next.withPeople && { closesAt }),
    ...(patches.length > 0 && { waits: true, ...standingWith({ ...read, patches }) })
  }
}

/** The state after an attempt of this write has its outcome. */
export const ended = (state: EventsState, write: string): EventsState =>
  state.begun.has(write) ? { ...state, begun: new Set([...state.begun].filter((one) => one !== write)) } : state

/** The state after an outcome of the close. Its Case was read when it was intended. */
const applyClose = (state: EventsState, closeWritten: FactOf<"CloseWritten">): EventsState => {
  const { closeIntended } = state
  if (!closeWritten.written || closeIntended === undefined) return { ...state, closeWritten }
  const { at, patch } = closeIntended
  return { ...withNote(state, patch.work_notes, at, closeWritten.at), closeWritten, left: leftBy(state.left, patch) }
}

/** The state in which this try's outcome replaces that of the write's first attempt. */
const withOutcome = (state: EventsState, fact: FactOf<"WriteRetried">): EventsState => {
  const { at, avisos, response, write, written } = fact
  if (write === "close" && state.closeWritten !== undefined) {
    return applyClose(state, { ...state.closeWritten, at, avisos, response, written })
  }
  const patch = eventPatchOf(write)
  const failed = patch && state.byKey.get(patch.key)?.written.get(patch.index)
  return failed === undefined ? state : applyWritten(state, { ...failed, at, avisos, response, written })
}

/**
 * The state after the first try of a write that ServiceNow has answered since the write was held. It takes the place of
 * the write's first attempt, so the retries begin again (SPEC 6.4, 9.2).
 */
export const afterHeldTry = (state: EventsState, fact: FactOf<"WriteRetried">): EventsState => {
  const retryAsked = state.retryAsked.without(fact.write)
  return withOutcome({ ...ended(state, fact.write), retryAsked, retries: state.retries.without(fact.write) }, fact)
}

/** The state after an operator had failed writes of events, or the close, tried once more (SPEC 10.1). */
export const withRetries = (state: EventsState, writes: ReadonlyArray<string>, at: number): EventsState => {
  let { failedWrites, retryAsked } = state
  for (const write of writes) {
    const patch = eventPatchOf(write)
    retryAsked = retryAsked.with(write, at)
    if (patch !== undefined) failedWrites = failedWrites.with(write, patch)
  }
  return { ...state, failedWrites, retryAsked }
}

/** The state after an event was planned although its order has no Case to write on (SPEC 10.1). */
export const withoutCaseFor = (state: EventsState, key: string): EventsState =>
  state.withoutCase.has(key) ? state : { ...state, withoutCase: state.withoutCase.with(key, true) }

/** The result of a successful retry replaces that of the write (SPEC 6.4). */
const applyRetry = (state: EventsState, fact: FactOf<"WriteRetried">): EventsState => {
  const tries = [...(state.retries.get(fact.write) ?? []), fact]
  const retryAsked = state.retryAsked.without(fact.write)
  const next = { ...ended(state, fact.write), retryAsked, retries: state.retries.with(fact.write, tries) }
  return fact.written ? withOutcome(next, fact) : next
}

/**
 * The write is held: it has not begun, or is in doubt as the fact says. The events behind an event have not begun either.
 * What is held besides says nothing of them: a crashed run may have begun the first one.
 */
const applyHeld = (state: EventsState, { step }: FactOf<"Held">): EventsState => {
  const next = ended(state, step)
  if (step === "outcome") return next
  const held = eventPatchOf(step)?.key
  if (held === undefined || !next.unanswered.has(held)) return { ...next, waits: true }
  let { byKey } = next
  for (const key of next.unanswered.keys()) {
    const progress = byKey.get(key)
    if (progress !== undefined && progress.waits !== true) byKey = byKey.with(key, { ...progress, waits: true })
  }
  return { ...next, byKey, waits: true }
}

/** True while an event has no response, or a close that was decided has none. */
const isUnfinished = ({ closeIntended, closeResponse, unanswered }: EventsState): boolean =>
  (closeIntended !== undefined && closeResponse === undefined) || unanswered.size > 0

const withoutWaits = (state: EventsState): EventsState =>
  state.waits && !isUnfinished(state) ? { ...state, waits: false } : state

const applyResponse = (state: EventsState, fact: FactOf<"ResponseStored">): EventsState => {
  if (fact.event === undefined) return { ...state, closeResponse: fact }
  const progress = state.byKey.get(fact.event)
  if (progress === undefined) return state
  const byKey = state.byKey.with(fact.event, { ...progress, response: fact })
  return { ...state, byKey, unanswered: state.unanswered.without(fact.event) }
}

export const evolveEvents = (state: EventsState, fact: EventFact): EventsState => {
  switch (fact._tag) {
    case "EventPlanned":
      return state.byKey.has(fact.key) ? state : applyPlan(state, fact)
    case "AmbiguityPlanned":
      return state.byKey.has(fact.key) ? state : applyAmbiguity(state, fact)
    case "EventsReplanned":
      return applyReplan(state, fact)
    case "EventWritten":
      return withoutWaits(
        applyWritten(ended(state, writeName({ of: "event", key: fact.key, index: fact.index })), fact)
      )
    case "CloseIntended":
      return { ...state, closeIntended: state.closeIntended ?? fact }
    case "CloseWritten":
      return applyClose(ended(state, "close"), fact)
    case "WriteIntended":
      return { ...state, begun: new Set(state.begun).add(fact.write) }
    case "WriteCancelled":
      return applyCancellation(state, fact)
    case "WriteRetried":
      return applyRetry(state, fact)
    case "Held":
      return applyHeld(state, fact)
    case "ResponseStored":
      return withoutWaits(applyResponse(state, fact))
  }
}
