import { fold, overallOutcomeOf } from "../../../src/domain/communication/State.ts"
import { operators } from "../operators.ts"
import type { Conversation } from "../scenario/Scenario.ts"
import type { Observed, Response } from "./Observed.ts"
import { resendsOf } from "./operations.ts"

/** SPEC 1.4, 1.5: one content of an id is accepted, and all other contents are conflicts. */
const contentsOf = ({ arrived }: Observed, id: string): ReadonlyArray<string> => {
  const orders = arrived.flatMap(({ expected, responses }) =>
    expected.kind === "order" && expected.id === id ? [{ content: expected.content, evento: responses[0]?.evento }] : []
  )
  const accepted = new Set(orders.flatMap(({ content, evento }) => (evento === "comunicacao" ? [content] : [])))
  const refused = orders.filter(({ content, evento }) => evento === "conflito" && accepted.has(content))
  return [
    ...(accepted.size === 1 ? [] : [`${id}: ${accepted.size} contents were accepted`]),
    ...refused.map(({ content }) => `${id}: content ${content} was accepted and is a conflict`)
  ]
}

const inNumber = (one: Response, other: Response) =>
  Number(one.id_resposta.split("#")[1]) - Number(other.id_resposta.split("#")[1])

/** The responses of the communication itself, the latest last, each once. */
export const ownResponses = ({ responses }: Observed, id: string): ReadonlyArray<Response> => {
  const own = responses.filter(
    ({ erro, evento, id_correlacao }) => id_correlacao === id && evento === "comunicacao" && erro === undefined
  )
  return [...new Map(own.map((response) => [response.id_resposta, response])).values()].sort(inNumber)
}

const writeFailed = ({ resultados: { itsm } }: Response) =>
  itsm !== undefined && (itsm.status !== "success" || itsm.atualizacoes !== undefined)

const inDoubt = ({ resultados: { whatsapp } }: Response) => whatsapp?.response.resultado === "desconhecido"

/** SPEC 5.3, 6.4: there is more than one response only if a write on the Case or a doubt was settled later. */
const numbersOf = (what: string, responses: ReadonlyArray<Response>, wasInDoubt = false): ReadonlyArray<string> => {
  const [first] = responses
  const ids = new Set(responses.map(({ id_resposta }) => id_resposta))
  return ids.size < 2 || wasInDoubt || (first !== undefined && (writeFailed(first) || inDoubt(first)))
    ? []
    : [`${what}: ${ids.size} responses`]
}

const eventNumbers = ({ responses }: Observed, { events, id }: Conversation): ReadonlyArray<string> =>
  events.flatMap((event) =>
    numbersOf(
      `${id} ${event.id}`,
      responses.filter(({ resultados }) => resultados.whatsapp?.response.message_id === event.id).toSorted(inNumber)
    )
  )

/** SPEC 5.3: the latest response reports the dispatch correctly, including a known answer. */
const toldOf = (observed: Observed, id: string, accepted: number): ReadonlyArray<string> => {
  const { response, status } = ownResponses(observed, id).at(-1)?.resultados.whatsapp ?? {}
  if (response === undefined) return [`${id}: no word of the dispatch`]
  const facts = observed.facts(id)
  const standing = overallOutcomeOf(fold(facts))
  const told = response.resultado === "desconhecido" ? "in_doubt" : status === "success" ? "sent" : "failed"
  if (told !== standing?.outcome) return [`${id}: ${standing?.outcome} by ${standing?.by}, told as ${told}`]
  // Here events also come for messages that were never accepted, and some operators do not ask Weni.
  const decided = facts.findLast((fact) => fact._tag === "Decided")
  const isWild = standing.by === "operator" && decided?.by === operators.bulk
  if (told === "in_doubt" || standing.by === "events" || isWild) return []
  const answered = standing.answer.response.status
  if (standing.by === "weni" && response.status !== answered) {
    return [`${id}: Weni answered ${answered}, told as ${response.status}`]
  }
  return (told === "sent") === accepted > 0 ? [] : [`${id}: ${accepted} accepted dispatches, told as ${status}`]
}

/** SPEC 5.3: there is at most one accepted dispatch, and the response reports it correctly. */
const dispatchOf = (observed: Observed, conversation: Conversation): ReadonlyArray<string> => {
  const { channels, id } = conversation
  const accepted = observed.accepted.filter(({ idContexto }) => idContexto === id).length
  if (accepted > 1 + resendsOf(observed.facts(id), conversation)) return [`${id}: ${accepted} accepted dispatches`]
  if (channels.includes("whatsapp")) return toldOf(observed, id, accepted)
  return accepted === 0 ? [] : [`${id}: a dispatch that nobody asked for`]
}

/** SPEC 5.3, 8.6: no attempt starts while one has no answer, after an accepted one, or after an event settled the doubt. */
const attemptsOf = (observed: Observed, { id }: Conversation): ReadonlyArray<string> => {
  const open = new Set<number>()
  const doubts = new Set<number>()
  let [attempts, earlier, accepted, isResent, isReported] = [0, 0, 0, false, false]
  return observed.facts(id).flatMap((fact) => {
    switch (fact._tag) {
      case "DispatchIntended": {
        const isAllowed = doubts.size === 0 || (isResent && !isReported)
        const wrong = accepted > 0 || open.size > 0 || !isAllowed
        attempts = fact.attempt
        open.add(attempts)
        return wrong ? [`${id}: attempt ${attempts} began, and it was not to`] : []
      }
      case "DispatchRefused":
      case "DispatchSettled":
        open.delete(fact.attempt)
        doubts.delete(fact.attempt)
        if (fact._tag === "DispatchRefused") return []
        if (fact.outcome === "in_doubt") doubts.add(fact.attempt)
        if (fact.outcome === "sent") accepted++
        if (fact.attempt > earlier || fact.attempt === 0) isResent = false
        return []
      case "Decided":
        isResent = fact.decision === "resend"
        earlier = attempts
        return []
      case "EventPlanned":
        isReported = true
        return []
      default:
        return []
    }
  })
}

/** True if an operator retried or ended it, which causes one more response for the order and for events (SPEC 10.1, 10.2). */
const wasRetried = (observed: Observed, id: string): boolean =>
  observed.facts(id).some(({ _tag }) => _tag === "RetryRequested" || _tag === "EndRequested")

/** Events before the attempt may have settled its doubt before the response, and a late answer then overrides them. */
const wasInDoubt = (observed: Observed, id: string): boolean =>
  observed.facts(id).some((fact) => fact._tag === "DispatchSettled" && fact.outcome === "in_doubt")

/** One communication has its correct responses, once. */
export const conversationViolations = (observed: Observed, conversation: Conversation): ReadonlyArray<string> => [
  ...contentsOf(observed, conversation.id),
  ...numbersOf(
    conversation.id,
    ownResponses(observed, conversation.id),
    wasInDoubt(observed, conversation.id) || wasRetried(observed, conversation.id)
  ),
  ...(wasRetried(observed, conversation.id) ? [] : eventNumbers(observed, conversation)),
  ...dispatchOf(observed, conversation),
  ...attemptsOf(observed, conversation)
]
