import type { EventProgress } from "../communication/EventsState.ts"
import type { FactOf, RefusedPatch } from "../communication/Fact.ts"
import type { State } from "../communication/State.ts"
import { shownText } from "../inbound/customerAnswer.ts"
import type { ChannelResult, Json, Status } from "../record/ChannelResult.ts"
import { inOnePiece } from "../values/memo.ts"
import { isoTime } from "../values/parseTime.ts"
import { responseStatus } from "./response.ts"

/** The values that differ between any two responses. */
export interface Numbered {
  readonly id: string
  readonly number: number
  /** ISO 8601 UTC. */
  readonly at: string
}

/** Index of the event's own patch in the plan. The note that settles a doubt precedes it (SPEC 8.6). */
const ownIndex = ({ patches, settles }: Pick<FactOf<"EventPlanned">, "patches" | "settles">): number =>
  Math.min(settles === undefined ? 0 : 1, patches.length - 1)

/** The event in the words of the response (CONTRACT "Event responses"). */
const whatsappResult = ({ planned: { event, evento } }: EventProgress): Json => ({
  status: evento === "falha_envio" ? "failure" : "success",
  response: {
    evento,
    ...(event.messageId !== undefined && { message_id: event.messageId }),
    timestamp: isoTime(event.at),
    ...(event.kind === "reply" && { texto: shownText(event) }),
    ...(event.kind === "failed" && {
      ...(event.code !== undefined && { codigo: event.code }),
      ...(event.message !== undefined && { message: event.message })
    })
  }
})

interface Written {
  readonly written: boolean
  readonly response: ChannelResult["response"]
  readonly avisos: ReadonlyArray<string>
}

const result = (request: Json, { response, written }: Written): ChannelResult => ({
  status: written ? "success" : "failure",
  request,
  response
})

/** The requested write, and the note that replaced it if ServiceNow refused it. */
interface Update {
  readonly own: ChannelResult
  readonly note?: ChannelResult
}

const updateOf = (request: Json, outcome: Written, refused: RefusedPatch | undefined): Update => {
  const written = result(request, outcome)
  if (refused === undefined) return { own: written }
  const status = outcome.written && refused.unread === undefined ? "partial_success" : "failure"
  return { own: { status, request: refused.request, response: refused.response }, note: written }
}

/**
 * The result of the event's own PATCH. The PATCHes before it (a doubt settled) and after it (a newer failure's note
 * again, the note of a refusal) are its `atualizacoes`.
 */
const itsmResult = ({
  planned,
  refused,
  written
}: EventProgress): { readonly result: Json; readonly status: Status } | undefined => {
  const updates = planned.patches.flatMap((request, index) => {
    const outcome = written.get(index)
    return outcome === undefined ? [] : [updateOf(request, outcome, refused?.get(index))]
  })
  const own = updates[ownIndex(planned)]?.own
  if (own === undefined) return undefined
  const status = responseStatus(updates.map((update) => update.own.status))
  const others = updates.flatMap((update) => [update.own, update.note ?? []].flat()).filter((other) => other !== own)
  return { status, result: { ...own, status, ...(others.length > 0 && { atualizacoes: others }) } }
}

interface Head {
  readonly id: string
  readonly number: number
  readonly evento: string
  readonly channels: ReadonlyArray<string>
  /** ISO 8601 UTC. */
  readonly at: string
}

const head = ({ at, channels, evento, id, number }: Head, status: Status): Json => ({
  id_correlacao: id,
  id_resposta: inOnePiece(id, "#", number),
  evento,
  cod_canaais: channels,
  cod_canais: channels,
  response_status: status,
  tims_resposta: at
})

const channelsOf = ({ accepted }: State): ReadonlyArray<string> => accepted?.order.cod_canais ?? []

/** SPEC 8.1. */
const timeUnreadAviso = "o horário do evento não pôde ser lido: vale o do registro no Kafka"

/** The response to one inbound event, without `origem` (CONTRACT "Records", SPEC 8.11). */
export const eventResponse = (state: State, progress: EventProgress, numbered: Numbered): Json => {
  const whatsapp = whatsappResult(progress)
  const itsm = itsmResult(progress)
  const avisos = [
    ...(progress.planned.event.timeUnread ? [timeUnreadAviso] : []),
    ...[...progress.written.values()].flatMap((outcome) => outcome.avisos)
  ]
  const statuses: ReadonlyArray<Status> = [
    progress.planned.evento === "falha_envio" ? "failure" : "success",
    ...(itsm ? [itsm.status] : [])
  ]
  return {
    ...head({ ...numbered, evento: progress.planned.evento, channels: channelsOf(state) }, responseStatus(statuses)),
    resultados: { whatsapp, ...(itsm && { itsm: itsm.result }) },
    ...(avisos.length > 0 && { avisos })
  }
}

/** The response to a scheduled close, which has no record as its cause (SPEC 8.11). */
export const closeResponse = (
  state: State,
  intended: Pick<FactOf<"CloseIntended">, "patch" | "refused"> | undefined,
  outcome: Written,
  numbered: Numbered
): Json => {
  const { note, own } = updateOf(intended?.patch ?? {}, outcome, intended?.refused)
  const itsm = { ...own, ...(note && { atualizacoes: [note] }) }
  return {
    ...head({ ...numbered, evento: "fechamento", channels: channelsOf(state) }, itsm.status),
    resultados: { itsm },
    ...(outcome.avisos.length > 0 && { avisos: outcome.avisos })
  }
}
