import { type State, overallOutcomeOf } from "../communication/State.ts"
import type { Outbound } from "../outbound/Outbound.ts"
import type { ChannelResult, Json, Status } from "../record/ChannelResult.ts"
import type { Origin } from "../record/Origin.ts"
import { inOnePiece } from "../values/memo.ts"
import { isoTime } from "../values/parseTime.ts"

/** `success` if every channel is, `failure` if every channel is, else `partial_success` (SPEC 7.2). */
export const responseStatus = (channels: ReadonlyArray<Status>): Status =>
  channels.every((status) => status === "success")
    ? "success"
    : channels.every((status) => status === "failure")
      ? "failure"
      : "partial_success"

/** The answer has `resultado` exactly while the dispatch is in doubt, whatever the answer to the latest attempt was. */
const whatsappResult = (state: State): ChannelResult | undefined => {
  const overall = overallOutcomeOf(state)
  if (overall === undefined) return undefined
  const { attempt, response } = overall.answer
  const { lastIntent } = state.dispatch
  const { resultado: _, ...known } = response
  return {
    status: overall.outcome === "sent" ? "success" : "failure",
    ...(attempt > 0 && lastIntent && { request: lastIntent.request }),
    response: overall.outcome === "in_doubt" ? { ...response, resultado: "desconhecido" } : known
  }
}

/** `partial_success` when the note was not written (SPEC 6.3). */
const itsmStatus = (state: State): Status =>
  state.case?._tag !== "CaseOpened" ? "failure" : state.noted && !state.noted.written ? "partial_success" : "success"

const itsmResult = (state: State): Json | undefined => {
  if (state.case === undefined) return undefined
  const request = state.case._tag === "CaseOpened" ? state.caseIntent?.body : state.case.request
  return {
    status: itsmStatus(state),
    ...(state.consumer && { consumer: { sys_id: state.consumer.sysId, origem: state.consumer.origem } }),
    ...(request && { request }),
    response: state.case.response,
    ...(state.noted && {
      atualizacoes: [
        {
          status: state.noted.written ? "success" : "failure",
          request: state.noted.request,
          response: state.noted.response
        }
      ]
    })
  }
}

/** The response of a communication whose channels have completed, without `origem` (CONTRACT "Records", SPEC 7). */
export const communicationResponse = (input: {
  readonly order: Outbound
  readonly state: State
  readonly number: number
  /** ISO 8601 UTC. */
  readonly at: string
}): Json => {
  const { order, state } = input
  const whatsapp = whatsappResult(state)
  const itsm = itsmResult(state)
  const statuses = [...(whatsapp ? [whatsapp.status] : []), ...(itsm ? [itsmStatus(state)] : [])]
  const avisos = [
    ...(order.avisos ?? []),
    ...(state.consumer?.avisos ?? []),
    ...(state.case?.avisos ?? []),
    ...(state.noted?.avisos ?? [])
  ]
  return {
    id_correlacao: order.id_correlacao,
    id_resposta: inOnePiece(order.id_correlacao, "#", input.number),
    evento: "comunicacao",
    cod_canaais: order.cod_canais,
    cod_canais: order.cod_canais,
    response_status: responseStatus(statuses),
    tims_resposta: input.at,
    resultados: { ...(whatsapp && { whatsapp }), ...(itsm && { itsm }) },
    ...(avisos.length > 0 && { avisos })
  }
}

/** The response to a repeat of a deleted communication (CONTRACT RETENTION): its final status, without its content. */
export const forgottenResponse = (order: Outbound, status: string, number: number): Json => ({
  id_correlacao: order.id_correlacao,
  id_resposta: `${order.id_correlacao}#${number}`,
  evento: "comunicacao",
  cod_canaais: order.cod_canais,
  cod_canais: order.cod_canais,
  response_status: status,
  tims_resposta: isoTime(order.eventTime),
  resultados: {},
  avisos: ["comunicação apagada após RETENTION; só a situação final é conhecida"]
})

/** A stored response as published for one record, with `origem` in its place and `duplicado` on repeats (SPEC 1.4). */
export const published = (content: Json, origin: Origin | undefined, repeated: boolean): Json => {
  const { resultados, avisos, erro, ...head } = content
  return {
    ...head,
    ...(origin && { origem: { topico: origin.topic, particao: origin.partition, offset: origin.offset } }),
    resultados,
    ...(avisos !== undefined && { avisos }),
    ...(erro !== undefined && { erro }),
    ...(repeated && { duplicado: true })
  }
}
