import type { InboundEvent } from "../inbound/InboundEvent.ts"
import { isWhatsappId, type KnownMessage } from "../inbound/whose.ts"
import type { Json } from "../record/ChannelResult.ts"
import { PersistentMap } from "../values/PersistentMap.ts"
import { changesStanding, standingRead, standingWith } from "./CaseStanding.ts"
import { withStatement } from "./deliveryStatements.ts"
import type { Reported } from "./DispatchState.ts"
import { deliveryPatches, eventPatchOf, type EventProgress, type EventsState, writeName } from "./EventsState.ts"
import type { Fact, FactOf } from "./Fact.ts"
import { isYesKept } from "./notes.ts"
import { applyClose, applyRetry, applyWritten, ended } from "./writeOutcomes.ts"

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

/** Applies `change` to the event that has this write. `index` is that of its patch. Unchanged if no event has it. */
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
 * Which ids of our messages are known after an event that names its communication. A status shows the id of its
 * message, and a reply that of the message that it answers.
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

/** When the customer last said yes or no: the event's own time, or that of the plan if the event's clock is ahead. */
const answeredAfter = (known: number | undefined, { answered, at, event }: FactOf<"EventPlanned">) =>
  answered === "sim" || answered === "nao" ? Math.max(known ?? 0, Math.min(at, event.at)) : known

/**
 * The state after an event that is only noted, and to which no rule applies. It is unanswered until its note is
 * written, so that a run after a crash finds it.
 */
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
    // It is planned without a read.
    ...(fact.patches.length > 0 && { unanswered: state.unanswered.with(fact.key, true), isReadMissing: true })
  }
}

/** From now on the write is only a note, because agents had the Case first or ServiceNow refused it (SPEC 8.8, 8.9). */
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
 * Events that came while there was no Case are to be written on it. Their writes wait like those that an outage held
 * back, so a sweep continues them.
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

/** The state after an event was planned although its order has no Case to write on (SPEC 10.1). */
export const withoutCaseFor = (state: EventsState, key: string): EventsState =>
  state.withoutCase.has(key) ? state : { ...state, withoutCase: state.withoutCase.with(key, true) }

/**
 * The write is held. It has not begun, or is in doubt as the fact says. The events behind a held event have not begun
 * either. Any other held write says nothing about them, because a crashed run may have begun the first one.
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
      return { ...state, ...standingRead(fact), begun: new Set(state.begun).add(fact.write) }
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
