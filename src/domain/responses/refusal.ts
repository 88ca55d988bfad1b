import { Schema } from "effect"

import type { Channel } from "../outbound/Outbound.ts"
import type { Answer, Json } from "../record/ChannelResult.ts"
import { type Origin, originKey } from "../record/Origin.ts"

/** Why a record was refused before it did anything (SPEC 1.5, 2.1, 2.5, 2.6, 9.7), or why a channel was not called. */
export const Refusal = Schema.Struct({
  evento: Schema.Literals([
    "comunicacao",
    "mensagem_invalida",
    "conflito",
    "correlacao_desconhecida",
    "correlacao_ambigua"
  ]),
  codigo: Schema.String,
  status: Schema.Int,
  detalhe: Schema.String,
  /** The record is also sent to the dead-letter topic. */
  deadLetter: Schema.Boolean
})
export type Refusal = typeof Refusal.Type

export const invalid = (detalhe: string): Refusal => ({
  evento: "mensagem_invalida",
  codigo: "MENSAGEM_INVALIDA",
  status: 400,
  detalhe,
  deadLetter: true
})

export const conflict = (paths: ReadonlyArray<string>): Refusal => ({
  evento: "conflito",
  codigo: "CONFLITO",
  status: 409,
  detalhe: `id_correlacao já usado com outro conteúdo: ${paths.join(", ")}`,
  deadLetter: false
})

/**
 * Stands for the paths of a conflict with a communication that was deleted: only a hash of its content is left (SPEC
 * 1.5).
 */
export const deletedContent = "comunicação apagada após RETENTION"

/** `when` and `validity` are in the reader's format: `30/09/2025 12:30:00`, `24 horas`. */
export const expired = (when: string, validity: string): Refusal => ({
  evento: "comunicacao",
  codigo: "EXPIRADA",
  status: 410,
  detalhe: `evento de ${when}, validade de ${validity}`,
  deadLetter: false
})

export const unknownJourney = (journey: string): Refusal => ({
  evento: "comunicacao",
  codigo: "JORNADA_DESCONHECIDA",
  status: 422,
  detalhe: `jornada "${journey}" não está no arquivo de jornadas e não há jornada padrão`,
  deadLetter: true
})

/** `waited` is in the reader's format: `10 minutos` (SPEC 8.3). */
export const unknownCorrelation = (waited: string): Refusal => ({
  evento: "correlacao_desconhecida",
  codigo: "CORRELACAO_DESCONHECIDA",
  status: 404,
  detalhe: `nenhuma comunicação com esse id em ${waited}`,
  deadLetter: true
})

/** A customer's answer or another event that may belong to several communications (SPEC 8.2). */
const ambiguousCorrelation = (detalhe: string): Refusal => ({
  evento: "correlacao_ambigua",
  codigo: "CORRELACAO_AMBIGUA",
  status: 409,
  detalhe,
  deadLetter: true
})

/** For a reply whose sender may mean several communications. The text is the same for every delivery of the record. */
export const ambiguousAnswer = ambiguousCorrelation(
  "a resposta só se conhece pelo remetente e pode ser de mais de uma comunicação; o texto foi anotado em cada caso"
)

/** For an event whose names contradict each other. */
export const contradictoryNames = ambiguousCorrelation("os identificadores do evento são de comunicações diferentes")

/** An internal defect after its last retry (SPEC 9.7). The defect may contain data, so only the log describes it. */
export const internalError = (times: number): Refusal => ({
  evento: "comunicacao",
  codigo: "ERRO_INTERNO",
  status: 500,
  detalhe: `erro interno em ${times} tentativas; o registro está no tópico de mensagens mortas`,
  deadLetter: true
})

/** The stand-in answer of a channel that was not called, or not called again after `attempts`. */
export const notCalled = (
  refusal: Pick<Refusal, "codigo" | "status" | "detalhe">,
  message: string,
  attempts = 0
): Answer => ({
  status: refusal.status,
  message,
  erro: { codigo: refusal.codigo, detalhe: refusal.detalhe, tentativas: attempts }
})

/**
 * The answer of a call that an operator gave up while it waited for its vendor (SPEC 10.2). `reason` is why it waited.
 * `isDoubtful`: an earlier request may have taken effect.
 */
export const endedByOperator = (
  vendor: string,
  reason: string | undefined,
  attempts: number,
  isDoubtful: boolean
): Answer => ({
  ...notCalled(
    {
      codigo: "ENCERRADA",
      status: 503,
      detalhe: `encerrada pelo operador enquanto esperava por ${vendor}${reason === undefined ? "" : `: ${reason}`}`
    },
    "encerrada pelo operador",
    attempts
  ),
  ...(isDoubtful && { resultado: "desconhecido" as const })
})

/** The response to a refused record (CONTRACT "Records"). It is equal for every delivery of that record. */
export const refusalResponse = (input: {
  readonly refusal: Refusal
  readonly origin: Origin
  readonly id: string | undefined
  readonly channels: ReadonlyArray<Channel>
  /** ISO 8601 UTC. */
  readonly at: string
  /** Position of the event in a record that holds several; the first is 0. */
  readonly index?: number
}): Json => ({
  id_correlacao: input.id ?? null,
  id_resposta: `${originKey(input.origin)}${input.index ? `#${input.index}` : ""}`,
  evento: input.refusal.evento,
  cod_canaais: input.channels,
  cod_canais: input.channels,
  response_status: "failure",
  tims_resposta: input.at,
  origem: { topico: input.origin.topic, particao: input.origin.partition, offset: input.origin.offset },
  resultados: {},
  erro: { codigo: input.refusal.codigo, status: input.refusal.status, detalhe: input.refusal.detalhe }
})
