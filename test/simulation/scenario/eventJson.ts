import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import type { Conversation, CustomerEvent } from "./Scenario.ts"

const words = { retorno_sim: "Sim!", retorno_nao: "NÃO, quero remarcar" }

/** The name by which an event finds its conversation. */
export type Naming = "id" | "case"

const names = { id: (id: string) => ({ id_contexto: id }), case: (id: string) => ({ id_case: `@case:${id}` }) }

/** The value with the Case numbers of the run, or with the correlation id if there is no Case yet. */
export const resolved = (value: string, numberOf: (id: string) => string | undefined): string =>
  value.replaceAll(/"id_case":"@case:([^"]+)"/g, (_, id: string) => {
    const number = numberOf(id)
    return number === undefined ? `"id_contexto":"${id}"` : `"id_case":"${number}"`
  })

/** The event as it is in its record. */
export const eventJson = (
  { id, journey }: Pick<Conversation, "id" | "journey">,
  { at, evento, id: messageId }: CustomerEvent,
  naming: Naming = "id"
): Json => {
  const told = {
    message_id: messageId,
    timestamp: new Date(at).toISOString(),
    context: { cod_jornada: journey, ...names[naming](id) }
  }
  switch (evento) {
    case "retorno_outro":
      return { ...told, evento: "resposta", texto: `quando ${messageId}` }
    case "retorno_sim":
    case "retorno_nao":
      return { ...told, evento: "resposta", texto: words[evento] }
    case "falha_envio":
      return { ...told, evento: "falha", code: "131026", message: messageId }
    default:
      return { ...told, evento }
  }
}
