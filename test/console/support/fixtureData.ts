import manifest from "../../../package.json" with { type: "json" }
import type { CommunicationDetails, CommunicationItem } from "../../../src/api/communications.ts"
import type { DeadLetterShown } from "../../../src/api/deadLetters.ts"
import type { Overview } from "../../../src/api/overview.ts"

type Item = typeof CommunicationItem.Type

const minute = 60_000

const journeys = ["pedido_entregue_amanha", "retirada_na_loja"]

/** The kinds of rows that a list shows, over and over. */
const kinds: ReadonlyArray<Pick<Item, "status" | "marks" | "codigos" | "whatsapp" | "lastEvent">> = [
  { status: "partial_success", marks: [], codigos: ["NAO_GRAVADO"], whatsapp: { outcome: "sent", attempts: 1 } },
  { status: "working", marks: ["waiting"], codigos: [] },
  {
    status: "partial_success",
    marks: ["in_doubt"],
    codigos: ["TIMEOUT"],
    whatsapp: { outcome: "in_doubt", attempts: 1 }
  },
  {
    status: "success",
    marks: ["awaiting"],
    codigos: [],
    whatsapp: { outcome: "sent", attempts: 1, messageId: "wamid.A" }
  },
  { status: "success", marks: [], codigos: [], whatsapp: { outcome: "sent", attempts: 2, messageId: "wamid.B" } },
  { status: "failure", marks: [], codigos: ["CASE_NAO_ABERTO"] },
  { status: "success", marks: [], codigos: [], whatsapp: { outcome: "sent", attempts: 1 } }
]

const events = ["entregue", "lida", "retorno_sim", "retorno_nao"]

/** One of a long list, the newest with the index 0. */
export const itemAt = (index: number, now: number): Item => {
  const kind = kinds[Math.abs(index) % kinds.length] ?? { status: "success", marks: [], codigos: [] }
  const order = String(1_234_567_890 - index * 3)
  const journey = journeys[index % 5 === 2 ? 1 : 0] ?? ""
  const createdAt = now - Math.max(0, index * 1.7 + 0.6) * minute - (index < 0 ? index * 100 : 0)
  const evento = events[Math.abs(index) % events.length] ?? "entregue"
  const customer = `c0000000-0000-4000-8000-${String(index + 1000).padStart(12, "0")}`
  // The id of one of them holds personal data.
  const isPersonal = index === 9
  return {
    id: `${journey}|${isPersonal ? "***" : customer}|R${4471 + index}PED-${order}`,
    ...(isPersonal && { ref: "ref-of-9" }),
    journey,
    createdAt,
    updatedAt: createdAt + 20_000,
    order,
    shipment: `R${4471 + index}`,
    customer: {
      id: `c0000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
      name: "***",
      phone: `***${1000 + (index % 9000)}`,
      email: "***"
    },
    ...(kind.status !== "failure" &&
      !(kind.marks.includes("waiting") && index % 2 === 1) && {
        case: { number: `CS00${68_000 + (index % 1000)}`, sysId: "0397c743db43aaaaaaaaaaaaaaaaaaaa" }
      }),
    ...kind,
    ...(kind.whatsapp?.outcome === "sent" && { lastEvent: { evento, at: createdAt + 30_000 } })
  }
}

/** Everything known of one of them: the whole story with a refused close. */
export const detailsOf = (item: Item): typeof CommunicationDetails.Type => {
  const at = item.createdAt
  const answer = (status: number, message?: string) => ({ status, ...(message !== undefined && { message }) })
  const number = item.case?.number ?? "CS0068123"
  const day = 24 * 60 * minute
  const body = {
    short_description: `Confirmação de entrega do pedido ${item.order}`,
    description: `Olá, ***! Informamos que sua entrega do pedido ${item.order} está prevista para amanhã. Responda SIM para confirmar, ou NÃO para remarcar/falar com um atendente.`,
    state: 10,
    assignment_group: "Entregas SP"
  }
  const fact = (offset: number, name: string, text: string, data: Record<string, unknown>) => ({
    at: at + offset,
    fact: name,
    text,
    data: JSON.parse(JSON.stringify(data))
  })
  return {
    ...item,
    status: "partial_success",
    marks: [],
    case: { number, sysId: "0397c743db43aaaaaaaaaaaaaaaaaaaa" },
    whatsapp: { outcome: "sent", attempts: 1, messageId: "wamid.HBgNNTUxMQ" },
    codigos: ["HTTP_403"],
    record: {
      origin: { topic: "comunicacaoTransacional", partition: 3, offset: 88_214 },
      channels: ["whatsapp", "itsm"],
      eventTime: at - 900
    },
    waiting: [],
    events: [
      { evento: "entregue", at: at + 20_000 },
      { evento: "lida", at: at + 6.7 * 60 * minute },
      { evento: "retorno_sim", at: at + 6.71 * 60 * minute, text: "Sim" }
    ],
    responses: [
      {
        id: `${item.id}#1`,
        evento: "comunicacao",
        status: "success",
        at: at + 14_000,
        acknowledged: true,
        content: { evento: "comunicacao", response_status: "success", resultados: { itsm: { request: body } } }
      },
      { id: `${item.id}#2`, evento: "entregue", status: "success", at: at + 20_000, acknowledged: true, content: {} },
      {
        id: `${item.id}#3`,
        evento: "fechamento",
        status: "partial_success",
        at: at + 0.75 * day,
        acknowledged: true,
        content: {}
      }
    ],
    timeline: [
      fact(0, "Accepted", "record accepted", {
        origin: { topic: "comunicacaoTransacional", partition: 3, offset: 88_214 }
      }),
      fact(900, "ConsumerFound", "consumer found", { sysId: "CSCN0010427", origem: "cpf_cnpj", avisos: [] }),
      fact(950, "CaseIntended", "about to open the Case", { body }),
      fact(10_950, "CaseIntended", "about to open the Case", { body }),
      fact(11_500, "CaseOpened", `Case ${number} opened`, {
        number,
        sysId: "0397c743db43aaaaaaaaaaaaaaaaaaaa",
        response: answer(201)
      }),
      fact(11_600, "DispatchIntended", "about to send WhatsApp", {
        attempt: 1,
        request: { contacts: [{ fullNumber: "***" }] }
      }),
      fact(12_000, "DispatchSettled", "WhatsApp sent", {
        attempt: 1,
        outcome: "sent",
        messageId: "wamid.HBgNNTUxMQ",
        response: answer(200, "accepted")
      }),
      fact(12_300, "OutcomeNoted", "note on the Case", {
        written: true,
        request: { work_notes: "WhatsApp enviado com sucesso." },
        response: answer(200)
      }),
      fact(13_000, "ResponseStored", "response stored", {
        number: 1,
        content: { evento: "comunicacao", response_status: "success" }
      }),
      fact(14_000, "ResponseAcknowledged", "acknowledged", { number: 1 }),
      fact(20_000, "EventPlanned", "customer: entregue", { evento: "entregue", event: {} }),
      fact(6.7 * 60 * minute, "EventPlanned", "customer: lida", { evento: "lida", event: {} }),
      fact(6.71 * 60 * minute, "EventPlanned", "customer: retorno_sim", {
        evento: "retorno_sim",
        event: { text: "Sim" },
        closesAt: at + 0.75 * day
      }),
      fact(0.75 * day, "CloseIntended", "scheduled close is due", { cancelled: false, patch: { state: 6 } }),
      fact(0.75 * day + 500, "CloseWritten", "Case not written", {
        written: false,
        response: answer(403, "Data Policy Exception: Resolution code is mandatory")
      })
    ],
    links: { case: "https://example.service-now.com/case", traces: ["https://jaeger.example.com/trace/1"] }
  }
}

export const overviewAt = (now: number, isWell: boolean): typeof Overview.Type => ({
  at: now,
  ok: isWell,
  problems: isWell
    ? []
    : [
        {
          id: "servicenow",
          text: "ServiceNow does not answer",
          count: 38,
          runbook: "docs/operations.md#alert-breakeropen"
        },
        { id: "in_doubt", text: "dispatches in doubt", count: 3, runbook: "docs/operations.md#in-doubt" }
      ],
  kafka: [
    { topic: "comunicacaoTransacional", lag: isWell ? 0 : 214, ...(!isWell && { oldestAt: now - 4 * minute }) },
    { topic: "omnichannelRespostaCampanha", lag: 0 }
  ],
  inFlight: 12,
  breakers: {
    servicenow: isWell
      ? { open: false, detail: "closed" }
      : { open: true, detail: "open: Refused 503 Service Unavailable, a probe in 12345 ms" },
    weni: { open: false, detail: "closed" }
  },
  inDoubt: isWell ? { count: 0 } : { count: 3, oldestAt: now - 41 * minute },
  waiting: isWell ? { count: 0, writes: 0 } : { count: 38, oldestAt: now - 4 * minute, writes: 6 },
  parked: { count: 2, oldestAt: now - 2 * minute },
  deadLetters: { count: 12, oldestAt: now - 300 * minute },
  failures: [
    { codigo: "CASE_NAO_ABERTO", channel: "itsm", journey: "pedido_entregue_amanha", count: 27 },
    { codigo: "TELEFONE_INVALIDO", channel: "whatsapp", journey: "pedido_entregue_amanha", count: 9 },
    { codigo: "EXPIRADA", channel: "whatsapp", journey: "retirada_na_loja", count: 4 },
    { codigo: "MENSAGEM_INVALIDA", channel: "record", journey: "pedido_entregue_amanha", count: 1 }
  ],
  flow: Array.from({ length: 60 }, (_, index) => ({
    at: now - (60 - index) * minute,
    orders: Math.round(!isWell && index > 50 ? 4 : 52 + 18 * Math.sin(index / 9) + ((index * 7) % 5)),
    events: Math.round(30 + 9 * Math.sin(index / 6 + 2)),
    failures: index > 46 && index < 50 ? index - 43 : index % 17 === 0 ? 1 : 0
  })),
  unaccounted: 0,
  stalled: 0,
  overdue: 0,
  processes: ["a", "b", "c"].map((name, index) => ({
    id: `ctx-7f9c-${name}`,
    version: manifest.version,
    startedAt: now - 300 * minute,
    seenAt: now - 1000 * index,
    ready: true,
    partitions: [0, 1, 2, 3].flatMap((partition) => [
      { topic: "comunicacaoTransacional", partition: partition + 4 * index },
      { topic: "omnichannelRespostaCampanha", partition: partition + 4 * index }
    ]),
    inFlight: 5 - index,
    breakers: { servicenow: { open: !isWell, detail: "" }, weni: { open: false, detail: "" } }
  }))
})

export const lettersAt = (now: number): ReadonlyArray<typeof DeadLetterShown.Type> =>
  Array.from({ length: 12 }, (_, index) => ({
    id: encodeURIComponent(`comunicacaoTransacional.dlq/${index % 3}/${40 + index}`),
    at: now - index * 31 * minute,
    ...(index % 4 === 3
      ? { code: "JORNADA_DESCONHECIDA", detail: "retirada_no_posto não está no arquivo" }
      : {
          code: "MENSAGEM_INVALIDA",
          detail: "cliente.num_telefone: esperado texto, veio número; dados_jornada.num_pedido: ausente"
        }),
    original: { topic: "comunicacaoTransacional", partition: index % 3, offset: 812 + index },
    originalAt: now - index * 31 * minute - 40,
    truncated: false,
    ...(index === 4 && { redrivenAt: now - minute }),
    key: `***|${index}`,
    value: JSON.stringify({
      tims_evento: "2026-01-15T15:30:00Z",
      cod_canais: ["whatsapp", "itsm"],
      cod_jornada: index % 4 === 3 ? "retirada_no_posto" : "pedido_entregue_amanha",
      cliente: { id: "***", nome: "***", num_telefone: 11_900_000_000 },
      dados_jornada: { id: `PED${index}`, remessa: "800012" }
    }),
    headers: { "dlq-codigo": "MENSAGEM_INVALIDA", "dlq-topico": "comunicacaoTransacional" }
  }))
