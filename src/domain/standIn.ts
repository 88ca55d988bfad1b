import { Duration } from "effect"

import type { Answer } from "./Canal.ts"
import { cutText } from "./cutAnswer.ts"
import { durationText } from "./durationText.ts"

/** Bytes of JSON that a message, and a detail, of an API's refusal may have in an answer. */
const maxText = 8 * 1024

/** What stands in for an answer, or says no, in the words of the response (CONTRACT "Records"). */
export interface Said {
  readonly status: number
  readonly message: string
  readonly codigo: string
  readonly detalhe: string
}

/** The stand-in as an `Answer`, cut where it is long; `unknown`: nobody knows whether the call took effect. */
export const standIn = (said: Said, tentativas: number, unknown: boolean): Answer => {
  const message = cutText(said.message, maxText)
  const detalhe = cutText(said.detalhe, maxText)
  return {
    status: said.status,
    message,
    ...(unknown && { resultado: "desconhecido" }),
    erro: { codigo: said.codigo, detalhe, tentativas },
    ...((message !== said.message || detalhe !== said.detalhe) && { truncado: true })
  }
}

export const timeout = (after: Duration.Duration): Said => ({
  status: 504,
  message: "timeout",
  codigo: "TIMEOUT",
  detalhe: `sem resposta em ${durationText(Duration.toMillis(after))}`
})

export const notConnected = (detail: string): Said => ({
  status: 503,
  message: "sem conexão",
  codigo: "SEM_CONEXAO",
  detalhe: `conexão não estabelecida: ${detail}`
})

export const unreadable = (message: string, detalhe: string): Said => ({
  status: 502,
  message,
  codigo: "RESPOSTA_INVALIDA",
  detalhe
})
