import type { Json } from "../../../src/domain/Canal.ts"
import type { Conversation, CustomerEvent } from "./Scenario.ts"

const words = { retorno_sim: "Sim!", retorno_nao: "NÃO, quero remarcar" }

/** The event as it is told. */
export const eventJson = (
  { id, journey }: Pick<Conversation, "id" | "journey">,
  { at, evento, id: messageId }: CustomerEvent
): Json => {
  const told = {
    message_id: messageId,
    timestamp: new Date(at).toISOString(),
    context: { cod_jornada: journey, id_contexto: id }
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
