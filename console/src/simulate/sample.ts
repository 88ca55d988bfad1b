let sample: string | undefined

/** Hands a record's text to the page that simulates it. It stays in memory. */
export const setSample = (text: string): void => {
  sample = text
}

export const takeSample = (): string | undefined => {
  const taken = sample
  sample = undefined
  return taken
}

const customer = {
  id: "00000000-0000-4000-8000-000000000001",
  nome: "Maria",
  sobrenome: "Exemplo",
  email: "maria@example.com",
  num_telefone: "+5511999990001"
}

const order = (journey: string, now: number) => ({
  tims_evento: new Date(now).toISOString(),
  cod_canais: ["whatsapp", "itsm"],
  cod_jornada: journey,
  cliente: customer,
  dados_jornada: { id: "PED0001", num_pedido: "PED0001", remessa: "800001" },
  dados_whats: { id_campanha: "xpro" },
  dados_canal_itsm: {}
})

const event = (journey: string, now: number, evento: string, texto?: string) => ({
  message_id: "exemplo-1",
  evento,
  timestamp: new Date(now).toISOString(),
  context: { cod_jornada: journey, id_contexto: `${journey}|${customer.id}|800001PED0001` },
  ...(texto !== undefined && { texto })
})

export interface Example {
  readonly name: "order" | "bad" | "yes" | "no" | "delivered"
  readonly kind: "record" | "event"
  readonly value: object
}

/** Example records and events, of a journey that is in force. */
export const examplesOf = (journey: string, now: number): ReadonlyArray<Example> => [
  { name: "order", kind: "record", value: order(journey, now) },
  {
    name: "bad",
    kind: "record",
    value: {
      ...order(journey, now),
      cod_canais: "whatsapp",
      cliente: { ...customer, num_telefone: 11_999_990_001 },
      dados_jornada: {}
    }
  },
  { name: "delivered", kind: "event", value: event(journey, now, "entregue") },
  { name: "yes", kind: "event", value: event(journey, now, "resposta", "Sim, confirmo!") },
  { name: "no", kind: "event", value: event(journey, now, "resposta", "não, quero remarcar") }
]

/** An order names its customer, and an event says what happened. */
export const kindOf = (value: unknown): "record" | "event" =>
  typeof value === "object" && value !== null && ("cliente" in value || "cod_canais" in value) ? "record" : "event"
