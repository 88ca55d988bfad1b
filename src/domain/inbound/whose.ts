import type { InboundEvent } from "./InboundEvent.ts"
import { caseName, earlierNames, type EventName, messagesOf, senderNames } from "./namesOf.ts"

/**
 * Which of our messages' ids are known: ids of WhatsApp itself, or only ids of the vendor, which replies do not
 * contain.
 */
export type KnownMessage = "whatsapp" | "vendor"

export const isWhatsappId = (messageId: string): boolean => messageId.startsWith("wamid.")

/** A communication that bears some name of an event. Times are epoch milliseconds. */
export interface Bearer {
  readonly id: string
  /** The names of the event that lead to it. */
  readonly names: ReadonlyArray<EventName>
  readonly caseNumber?: string
  readonly caseSysId?: string
  /** The phone (E.164) to which its message was sent, or may have been. */
  readonly phone?: string
  readonly sentAt?: number
  /** When the customer last said yes or no. Absent while the communication awaits an answer. */
  readonly answeredAt?: number
  readonly knownMessage?: KnownMessage
  /** Its events say that the message was not delivered. */
  readonly undelivered?: true
  /** Our own numbers, as far as its statuses have shown them. */
  readonly businesses: ReadonlyArray<string>
}

/** What is known of an event besides its bearers. */
export interface Question {
  readonly event: InboundEvent
  /** Its correlation id begins with a journey of the file. */
  readonly isOurs: boolean
  /** Epoch milliseconds. */
  readonly now: number
  /** No status of ours names the number to which the event was sent, but statuses of ours name others. */
  readonly toOtherBusiness: boolean
}

/** Whose an event is (SPEC 8.2). */
export type Judgement =
  /** `by`: whether its own names or only its sender led to it. Absent if that is no longer known. */
  | { readonly _tag: "Communication"; readonly id: string; readonly by?: "name" | "sender" }
  /** The sender may mean any of these. `untilNamed`: the message that it answers may still show which one. */
  | { readonly _tag: "Ambiguous"; readonly among: ReadonlyArray<string>; readonly untilNamed?: true }
  /** Its names contradict each other. Later events may settle that. */
  | { readonly _tag: "Contradictory" }
  /** No name leads to a communication, or not yet. */
  | { readonly _tag: "Nobody" }

/** How many communications are considered for one name, the latest first. */
export const mostBearers = 20

/** Milliseconds for which a reply that only its sender matches can answer a communication. */
export const answerWindow = 72 * 3_600_000

/** Seconds by which others' clocks may be wrong. */
const slack = 5

type Bearers = ReadonlyArray<Bearer>
type Rule = (question: Question, bearers: Bearers) => Judgement | undefined

const nobody: Judgement = { _tag: "Nobody" }
const contradictory: Judgement = { _tag: "Contradictory" }
const named = ({ id }: Bearer): Judgement => ({ _tag: "Communication", id, by: "name" })
const bySender = ({ id }: Bearer): Judgement => ({ _tag: "Communication", id, by: "sender" })
const ambiguous = (bearers: Bearers, untilNamed = false): Judgement => ({
  _tag: "Ambiguous",
  among: bearers.map(({ id }) => id).toSorted(),
  ...(untilNamed && { untilNamed })
})

const bearing = (bearers: Bearers, kind: EventName["kind"], value: string | undefined): Bearers =>
  bearers.filter(({ names }) => names.some((name) => name.kind === kind && name.value === value))

const byCaseOf = (bearers: Bearers, { caseId }: InboundEvent): Bearers => {
  if (caseId === undefined) return []
  const { kind, value } = caseName(caseId)
  return bearing(bearers, kind, value)
}

const isOther = (known: string | undefined, told: string) =>
  known !== undefined && known.toLowerCase() !== told.toLowerCase()

/** True if the event names a Case other than this communication's, or one that only others have. */
const hasOtherCase = (bearer: Bearer, bearers: Bearers, event: InboundEvent): boolean => {
  if (event.caseId === undefined) return false
  const { kind, value } = caseName(event.caseId)
  const own = kind === "case_sys_id" ? bearer.caseSysId : bearer.caseNumber
  const others = byCaseOf(bearers, event)
  return isOther(own, value) || (others.length > 0 && !others.includes(bearer))
}

/** The bearers of each message that the event is about, as far as there are any. */
const ownersOf = (bearers: Bearers, messages: ReadonlyArray<string>): ReadonlyArray<Bearers> =>
  messages.map((message) => bearing(bearers, "message_id", message)).filter(({ length }) => length > 0)

/** True if the event is about a known message that is not this communication's. */
const isAboutOther = (bearer: Bearer, bearers: Bearers, event: InboundEvent): boolean =>
  ownersOf(bearers, messagesOf(event)).some((owners) => !owners.includes(bearer))

/**
 * A reply that was matched before, or an edit of it, belongs to the same communication, or to the same several ones.
 */
const remembered: Rule = ({ event }, bearers) => {
  const earlier = (kind: "answer" | "unclear") =>
    earlierNames(event)
      .map((name) => bearing(bearers, kind, name))
      .find(({ length }) => length > 0)
  const [only, ...others] = earlier("answer") ?? []
  if (only !== undefined) return others.length === 0 ? bySender(only) : ambiguous([only, ...others])
  const unclear = earlier("unclear")
  return unclear && ambiguous(unclear)
}

/** Decides by the correlation id. Somebody else's id names nothing. */
const byId: Rule = ({ event, isOurs }, bearers) => {
  if (event.correlationId === undefined) return undefined
  const own = bearers.find(({ id }) => id === event.correlationId)
  if (own !== undefined) {
    return hasOtherCase(own, bearers, event) || isAboutOther(own, bearers, event) ? contradictory : named(own)
  }
  if (!isOurs) return undefined
  const others = [...byCaseOf(bearers, event), ...ownersOf(bearers, messagesOf(event))]
  return others.length > 0 ? contradictory : nobody
}

/** Decides by the Case, by number or sys_id. */
const byCase: Rule = ({ event }, bearers) => {
  const owners = byCaseOf(bearers, event)
  if (owners.length === 0) return undefined
  const [only, ...others] = owners.filter((owner) => !isAboutOther(owner, bearers, event))
  return only !== undefined && others.length === 0 ? named(only) : contradictory
}

/**
 * True if the phone of the event is not the communication's. A phone that no communication has counts only if the event
 * is about no message of ours (`isLoose`), since vendors may number the messages of each chat.
 */
const hasOtherPhone = ({ phone }: Bearer, bearers: Bearers, event: InboundEvent, isLoose: boolean): boolean => {
  const phones = senderNames(event).filter(({ kind }) => kind === "phone")
  const counts = isLoose || phones.some(({ value }) => bearing(bearers, "phone", value).length > 0)
  return counts && phone !== undefined && phones.length > 0 && phones.every(({ value }) => value !== phone)
}

/** Decides by the messages that the event is about, and by its own one. */
const byMessage: Rule = ({ event }, bearers) => {
  const { messageId } = event
  const about = ownersOf(bearers, messagesOf(event))
  const owners = [...about, ...ownersOf(bearers, messageId === undefined ? [] : [messageId])]
  if (owners.length === 0) return undefined
  const [only, ...others] = bearers.filter(
    (one) =>
      owners.every((own) => own.includes(one)) &&
      !hasOtherCase(one, bearers, event) &&
      !hasOtherPhone(one, bearers, event, about.length === 0)
  )
  return only !== undefined && others.length === 0 ? named(only) : contradictory
}

/** True if the event answers somebody else's message, because this communication's messages are known. */
const isForeign = ({ answersTo }: InboundEvent, { knownMessage }: Bearer): boolean =>
  answersTo !== undefined && knownMessage !== undefined && (knownMessage === "whatsapp" || !isWhatsappId(answersTo))

const seconds = (millis: number) => Math.floor(millis / 1000)

/** True if the sender may have meant this communication. */
const mayBeMeant = (question: Question, bearer: Bearer): boolean => {
  const { event, now, toOtherBusiness } = question
  const { answeredAt, businesses, sentAt } = bearer
  if (sentAt === undefined || (answeredAt ?? sentAt) < now - answerWindow) return false
  if (seconds(event.at) + slack < seconds(sentAt)) return false
  if (event.business !== undefined && (businesses.length > 0 ? !businesses.includes(event.business) : toOtherBusiness))
    return false
  return !isForeign(event, bearer)
}

/**
 * Decides by the sender alone: the phone, the customer's ids in WhatsApp, the chat. A communication has one phone, but
 * its ids and chats may not be known yet.
 */
const fromSender: Rule = (question, bearers) => {
  const meant = bearers.filter((bearer) => mayBeMeant(question, bearer))
  const names = senderNames(question.event)
  const by = (kind: EventName["kind"]) =>
    meant.filter((one) => names.some((name) => name.kind === kind && bearing([one], kind, name.value).length > 0))
  const [phone, user, chat] = [by("phone"), by("user"), by("chat")]
  const isOther = (other: Bearers) => other.length > 0 && !other.some((one) => phone.includes(one))
  if (phone.length > 0 && (isOther(user) || isOther(chat))) return contradictory
  const own = phone.length > 0 ? phone : meant.filter((one) => user.includes(one) || chat.includes(one))
  const delivered = own.filter(({ undelivered }) => undelivered !== true)
  const all = delivered.length > 0 ? delivered : own
  const awaiting = all.filter(({ answeredAt }) => answeredAt === undefined)
  const [only, ...others] = awaiting
  if (only !== undefined)
    return others.length === 0 ? bySender(only) : ambiguous(awaiting, question.event.answersTo !== undefined)
  const [last] = all.toSorted(
    (one, other) => (other.answeredAt ?? 0) - (one.answeredAt ?? 0) || (one.id < other.id ? 1 : -1)
  )
  return last && bySender(last)
}

/** The rules in their order: the first that gives a verdict decides (SPEC 8.2). */
const rules: Readonly<Record<string, Rule>> = { remembered, byId, byCase, byMessage, fromSender }

/**
 * Judges whose an event is, from all communications that bear one of its names (SPEC 8.2). Names that contradict each
 * other never decide.
 */
export const whose = (question: Question, bearers: Bearers): Judgement => {
  for (const rule of Object.values(rules)) {
    const verdict = rule(question, bearers)
    if (verdict !== undefined) return verdict
  }
  return nobody
}
