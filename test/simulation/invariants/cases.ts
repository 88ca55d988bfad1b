import type { StoredCase } from "../../../simulators/servicenow/inspect.ts"
import { storedText } from "../../../simulators/servicenow/storedText.ts"
import type { Fact } from "../../../src/domain/communication/Fact.ts"
import { cancelledNote, decisionNote, deliveryNote, outcomeNote } from "../../../src/domain/communication/notes.ts"
import { fold } from "../../../src/domain/communication/State.ts"
import { orderNumberOf } from "../scenario/conversations.ts"
import type { Conversation, Peculiarity } from "../scenario/Scenario.ts"
import { ownResponses } from "./conversations.ts"
import type { Observed } from "./Observed.ts"

const zone = "America/Sao_Paulo"

/** A note as the instance stores it. */
const asStoredBy =
  (peculiarity: Peculiarity | undefined) =>
  (note: string): string =>
    storedText({ rewrites: peculiarity?.serviceNow?.rewrites ?? [] }, { kind: "journal" }, note)

const count = (texts: ReadonlyArray<string>, text: string) => texts.filter((other) => other === text).length

/** Every `work_notes` that a fact plans to write. */
const intended = (value: unknown): ReadonlyArray<string> => {
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) =>
    name === "work_notes" && typeof inner === "string" ? [inner] : name === "content" ? [] : intended(inner)
  )
}

/** The notes that one fact of the dispatch may cause: that of its own attempt, and that of the whole dispatch. */
const dispatchNotes = (fact: Fact): ReadonlyArray<string> => {
  if (fact._tag === "Decided") return [decisionNote(fact) ?? []].flat()
  if (fact._tag !== "DispatchSettled" && fact._tag !== "DispatchRefused") return []
  const { at, attempt, response } = fact
  const outcomes = ["sent", "failed", "in_doubt"] as const
  return outcomes.map((outcome) => outcomeNote({ _tag: "DispatchSettled", at, attempt, outcome, response }, zone))
}

/** True if an operator ended waiting steps, so some writes are missing (SPEC 10.2). */
const wasEnded = (observed: Observed, id: string): boolean =>
  observed.facts(id).some(({ _tag }) => _tag === "EndRequested")

/** SPEC 6.2, 9.3: no note is there more often than planned, and every promised note is there. */
const notesOf = (
  observed: Observed,
  { events, id, people }: Conversation,
  { notes }: StoredCase
): ReadonlyArray<string> => {
  const facts = observed.facts(id)
  const asStored = asStoredBy(observed.peculiarity)
  const meant = [
    ...facts.filter(({ _tag }) => _tag !== "OutcomeNoted").flatMap(intended),
    // A noted doubt that the answer to another process settled later has two notes (SPEC 5.3).
    ...facts.flatMap(dispatchNotes)
  ].map(asStored)
  const outcome = fold(facts).noted?.request.work_notes
  const isExcused = observed.peculiarity?.excuses?.includes("notes") === true
  // A Case that was opened later has only the last state of the delivery.
  const isReplanned = facts.some(({ _tag }) => _tag === "EventsReplanned")
  const isEnded = wasEnded(observed, id)
  const promised =
    isExcused || isReplanned || isEnded
      ? []
      : events.flatMap(({ note }) => (note === undefined ? [] : [asStored(note)]))
  return [
    ...[...new Set(notes)]
      .filter((note) => count(notes, note) > count(meant, note))
      .map((note) => `${id}: ${count(notes, note)} times the note "${note}", meant ${count(meant, note)} times`),
    // Here only the service changes a Case (SPEC 8.8).
    ...(people === undefined && notes.some((note) => note.includes(cancelledNote))
      ? [`${id}: a close was cancelled for people who are not there`]
      : []),
    ...promised
      .filter((note) => count(notes, note) !== 1)
      .map((note) => `${id}: ${count(notes, note)} times the note "${note}"`),
    ...(typeof outcome === "string" && !isExcused && !isEnded && count(notes, asStored(outcome)) === 0
      ? [`${id}: the note "${outcome}" is not there`]
      : [])
  ]
}

/** SPEC 8.7: the last delivery note by the times of all events, in any order. */
const lastDeliveryNote = ({ events }: Conversation): string | undefined => {
  const earliest = (evento: string) =>
    events.reduce((first, event) => (event.evento === evento ? Math.min(first, event.at) : first), Infinity)
  const [deliveredAt, readAt] = [earliest("entregue"), earliest("lida")]
  return deliveryNote({ ...(deliveredAt < Infinity && { deliveredAt }), ...(readAt < Infinity && { readAt }) }, zone)
}

/** SPEC 8.5, 8.8, 8.9: the fields of the Case that the set of its customer's events demands. */
const standingOf = (conversation: Conversation, humanGroup: string) => {
  const said = (evento: string) => conversation.events.some((event) => event.evento === evento)
  if (said("retorno_nao")) return { state: "10", priority: "2", assignment_group: humanGroup, close_notes: "" }
  const resolved = said("retorno_sim")
  return { state: resolved ? "6" : "10", priority: "3", assignment_group: "", close_notes: resolved ? "Cliente" : "" }
}

/** Whether the instance may change a resolved Case to this state after a time. */
const mayBecome = ({ peculiarity }: Observed, state: string): boolean =>
  peculiarity?.serviceNow?.flows?.some(
    ({ on, set, when }) => on === "update" && when === "state=6" && set.state === state
  ) === true

/** The fields of a Case that the instance's flows may change, except those that an answer of its customer sets for good. */
const flowing = ({ peculiarity }: Observed, { events }: Conversation): ReadonlySet<string> => {
  const said = (evento: string) => events.some((event) => event.evento === evento)
  const answered = said("retorno_nao") ? ["state", "assignment_group"] : said("retorno_sim") ? ["state"] : []
  const changed = peculiarity?.serviceNow?.flows?.flatMap(({ on, set }) => (on === "update" ? [] : Object.keys(set)))
  return new Set(changed?.filter((name) => !answered.includes(name)))
}

const stateOf = (
  observed: Observed,
  conversation: Conversation,
  theCase: StoredCase,
  humanGroup: string
): ReadonlyArray<string> => {
  const { fields, notes } = theCase
  const expected = standingOf(conversation, humanGroup)
  const free = flowing(observed, conversation)
  const wrong = Object.entries(expected).flatMap(([name, value]) => {
    if (free.has(name)) return []
    const actual = fields[name] ?? ""
    if (name === "state" && value === "6" && mayBecome(observed, actual)) return []
    const same = name === "close_notes" && value !== "" ? actual.startsWith(value) : actual === value
    return same ? [] : [`${conversation.id}: ${name} is "${actual}", not "${value}"`]
  })
  const failed = conversation.events.some(({ evento }) => evento === "falha_envio")
  const told = notes.findLast((note) => note.startsWith("Mensagem "))
  const delivery = lastDeliveryNote(conversation)
  return failed || told === delivery
    ? wrong
    : [...wrong, `${conversation.id}: the last delivery note is "${told}", not "${delivery}"`]
}

/** The Cases of a conversation, by its order's number if the instance may not keep its id. */
export const casesOf = ({ cases, peculiarity }: Observed, id: string): ReadonlyArray<StoredCase> =>
  cases.filter(({ fields }) =>
    peculiarity === undefined ? fields.u_id_correlacao === id : fields.u_num_pedido === orderNumberOf(id)
  )

/** SPEC 8.8: no response reports a resolved Case on an instance that cannot resolve one. */
const resolvedOf = ({ peculiarity, responses }: Observed, id: string): ReadonlyArray<string> =>
  responses.flatMap(({ evento, id_correlacao, resultados: { itsm } }) =>
    id_correlacao === id &&
    peculiarity?.unresolvable === true &&
    itsm?.status === "success" &&
    itsm.request?.state === 6
      ? [`${id}: ${evento} was told as resolved`]
      : []
  )

/** SPEC 8.8: a SIM is noted on its Case, even if the Case cannot be resolved. */
const confirmationOf = (
  { peculiarity }: Observed,
  { events, id }: Conversation,
  { notes }: StoredCase
): ReadonlyArray<string> => {
  const said = (evento: string) => events.some((event) => event.evento === evento)
  const isDue = peculiarity?.unresolvable === true && said("retorno_sim") && !said("retorno_nao")
  return !isDue || notes.some((note) => note.startsWith("Confirmação recebida do cliente: SIM"))
    ? []
    : [`${id}: no note of a SIM`]
}

/** SPEC 4.3, 2.3: there is one Case if one was opened, and none if none was wanted. */
export const caseViolations = (
  observed: Observed,
  conversation: Conversation,
  humanGroup: string
): ReadonlyArray<string> => {
  const { channels, id } = conversation
  const own = casesOf(observed, id)
  const isEnded = wasEnded(observed, id)
  const [theCase] = own
  if (own.length > 1) return [`${id}: ${own.length} Cases: ${own.map(({ number }) => number).join(", ")}`]
  if (!channels.includes("itsm")) return own.length === 0 ? [] : [`${id}: a Case that nobody asked for`]
  const told = ownResponses(observed, id).at(-1)?.resultados.itsm
  const number = told?.response.number
  if (theCase === undefined) return number === undefined ? [] : [`${id}: no Case, told as ${String(number)}`]
  // A Case that no look could find may exist. The response reported a failure, and nothing follows.
  if (number === undefined) return []
  const sent = observed.accepted.filter(({ idCase, idContexto }) => idContexto === id && idCase !== theCase.number)
  return [
    ...(number === theCase.number ? [] : [`${id}: Case ${theCase.number} was told as ${String(number)}`]),
    ...sent.map(({ idCase }) => `${id}: the message names Case ${idCase}, not ${theCase.number}`),
    ...notesOf(observed, conversation, theCase),
    ...resolvedOf(observed, id),
    ...(conversation.people === undefined && !isEnded ? confirmationOf(observed, conversation, theCase) : []),
    ...(conversation.people === undefined && !isEnded && observed.peculiarity?.excuses?.includes("fields") !== true
      ? stateOf(observed, conversation, theCase, humanGroup)
      : [])
  ]
}
