import { create, dispatch, findConsumer, updateCase } from "./requests.ts"

export interface BareResponse {
  readonly key: string
  readonly evento: string
  readonly value: string
}

/** The Cases opened so far, for the events. The service keeps them in its journal. */
export const casesById = new Map<string, string>()

const format = new Intl.DateTimeFormat("pt-BR", {
  timeZone: "America/Sao_Paulo",
  dateStyle: "short",
  timeStyle: "medium"
})
const day = new Intl.DateTimeFormat("pt-BR", { timeZone: "America/Sao_Paulo", dateStyle: "short" })
export const localTime = (at: number | Date) => format.format(at).replace(",", "")

export const respond = (id: string, evento: string, results: object): BareResponse => ({
  key: id,
  evento,
  value: JSON.stringify({
    id_correlacao: id,
    id_resposta: `${id}#1`,
    evento,
    cod_canaais: ["whatsapp", "itsm"],
    cod_canais: ["whatsapp", "itsm"],
    response_status: "success",
    tims_resposta: new Date().toISOString(),
    resultados: results
  })
})

/** Makes one request of a communication. A subject that makes each request durable does it here. */
export type Step = <A>(name: string, request: () => Promise<A>) => Promise<A>

const atOnce: Step = (_, request) => request()

/** Processes one record from end to end: the requests that the service makes for it, in its order, and nothing else. */
export const communicate = async (value: string, step = atOnce): Promise<BareResponse> => {
  const { cliente, cod_jornada, dados_jornada, dados_whats, tims_evento } = JSON.parse(value)
  const id = `${cod_jornada}|${cliente.id}|${dados_jornada.remessa ?? ""}${dados_jornada.num_pedido}`
  const { email, id: _, nome, num_telefone: phone, sobrenome } = cliente

  const known = await step("find the customer", () => findConsumer(email, phone))
  const person = { first_name: nome, last_name: sobrenome, email, mobile_phone: phone }
  const consumer = known ?? (await step("create the customer", () => create("csm_consumer", person))).sys_id

  const delivery = day.format(Date.parse(tims_evento) + 86_400_000)
  const newCase = {
    consumer,
    short_description: `Confirmação de entrega do pedido ${dados_jornada.num_pedido} para ${delivery}`,
    description: `Olá, ${nome}! Informamos que sua entrega está prevista para ${delivery}. Responda SIM para confirmar, ou NÃO para remarcar/falar com um atendente.`,
    contact_type: "phone",
    category: 0,
    subcategory: 0,
    priority: 3,
    impact: 3,
    urgency: 3,
    state: 10,
    u_id_correlacao: id,
    u_num_pedido: dados_jornada.num_pedido,
    u_msisdn: phone
  }
  const opened = await step("open the Case", () => create("sn_customerservice_case", newCase))
  casesById.set(id, opened.sys_id)

  const message = {
    contacts: [
      {
        context: { cod_jornada, id_contexto: id, id_case: opened.number },
        fullNumber: phone,
        num_pedido: dados_jornada.num_pedido
      }
    ]
  }
  const sent = await step("send the message", () => dispatch(dados_whats.id_campanha, message))
  const note = { work_notes: `WhatsApp enviado com sucesso ${localTime(Date.now())}` }
  const noted = await step("write the note", () => updateCase(opened.sys_id, note))
  return respond(id, "comunicacao", {
    whatsapp: { status: "success", request: message, response: { status: sent.status, ...sent.body } },
    itsm: {
      status: "success",
      consumer: { sys_id: consumer, origem: known === undefined ? "criado" : "email" },
      request: newCase,
      response: { status: 201, sys_id: opened.sys_id, number: opened.number },
      atualizacoes: [{ status: "success", request: note, response: { status: noted.status } }]
    }
  })
}
