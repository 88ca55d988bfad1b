import type { Fact, FactOf, FactTag } from "../../../src/domain/communication/Fact.ts"
import type { CorrelationId } from "../../../src/domain/record/Origin.ts"

const at = 1_763_866_000_123
const origin = { topic: "comunicacaoTransacional", partition: 3, offset: 9_007_199_254_740 }
const answer = { status: 200, message: "Não há açúcar: 🚚 ok", corpo: { nested: [1, null, { deep: '\u0000\\"' }] } }

/** One of each fact: a new type of fact has to be added here, or the project does not compile. */
const examples: { readonly [Tag in FactTag]: FactOf<Tag> } = {
  Accepted: {
    _tag: "Accepted",
    at,
    origin,
    order: {
      id_correlacao: "pedido_entregue_amanha|cli-1|R1PED-1" as CorrelationId,
      cod_canais: ["whatsapp", "itsm"],
      cod_jornada: "pedido_entregue_amanha",
      tims_evento: "2025-11-22T23:46:40.123-03:00",
      eventTime: at,
      cliente: { id: "cli-1", nome: "Conceição", outro: { campo: [true] } },
      dados_jornada: { num_pedido: "PED-1", remessa: "R1", itens: [{ sku: "1" }] },
      dados_whats: { id_campanha: "camp-1", vars: { a: 1.5 } },
      dados_canal_itsm: "a definir"
    },
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
  },
  ConsumerFound: { _tag: "ConsumerFound", at: 3, sysId: "c0ffee", origem: "criado", avisos: ["dois consumidores"] },
  CaseIntended: { _tag: "CaseIntended", at, body: { short_description: "Pedido", priority: 3, active: true } },
  CaseOpened: {
    _tag: "CaseOpened",
    at,
    sysId: "ca5e",
    number: "CS0000001",
    response: answer,
    avisos: [],
    state: "10",
    assignmentGroup: ""
  },
  CaseFailed: { _tag: "CaseFailed", at, request: { a: 1 }, response: answer, avisos: ["x"], mayExist: true },
  DispatchIntended: {
    _tag: "DispatchIntended",
    at,
    attempt: 1,
    request: { fullNumber: "+5511999990000" },
    timeout: 15_000,
    sendsFor: 105_000
  },
  DispatchRefused: { _tag: "DispatchRefused", at, attempt: 1, response: answer },
  DispatchSettled: {
    _tag: "DispatchSettled",
    at,
    attempt: 2,
    outcome: "in_doubt",
    response: { status: 504, resultado: "desconhecido", erro: { codigo: "TIMEOUT", detalhe: "", tentativas: 2 } },
    messageId: "wamid.1"
  },
  RetryRequested: {
    _tag: "RetryRequested",
    at,
    steps: ["case", "dispatch", "outcome"],
    reason: "campo criado",
    by: "ana",
    operation: "01J",
    appearsUntil: at + 1
  },
  EndRequested: {
    _tag: "EndRequested",
    at,
    steps: ["dispatch"],
    reason: "campanha cancelada",
    by: "ana",
    operation: "01K"
  },
  EventsReplanned: {
    _tag: "EventsReplanned",
    at,
    events: [{ key: "k", patches: [{ work_notes: "nota" }], people: true }],
    closesAt: at + 2,
    caseState: "10",
    assignmentGroup: "",
    caseBy: "instance"
  },
  OutcomeNoted: {
    _tag: "OutcomeNoted",
    at,
    request: { work_notes: "nota" },
    written: true,
    response: answer,
    avisos: []
  },
  Decided: { _tag: "Decided", at, decision: "resend", reason: "Weni: não recebido" },
  Adopted: {
    _tag: "Adopted",
    at,
    sysId: "ca5e",
    number: "CS0000001",
    journey: "pedido_entregue_amanha",
    state: "10",
    assignmentGroup: ""
  },
  EventPlanned: {
    _tag: "EventPlanned",
    at,
    key: '["id","wamid.2","reply","Sim!"]',
    origin,
    event: { kind: "reply", at, messageId: "wamid.2", answersTo: "wamid.1", text: "Sim!" },
    evento: "retorno_sim",
    answered: "sim",
    patches: [{ work_notes: "Confirmação recebida do cliente: SIM." }],
    closesAt: at,
    caseState: "10",
    assignmentGroup: "",
    settles: "sent"
  },
  AmbiguityPlanned: {
    _tag: "AmbiguityPlanned",
    at,
    key: '["ambiguous","[\\"id\\",\\"wamid.3\\",\\"reply\\",\\"Não\\"]"]',
    origin,
    index: 0,
    event: { kind: "reply", at, messageId: "wamid.3", phone: "5511999990000", text: "Não" },
    among: ["pedido_entregue_amanha|cli-1|R1PED-1", "pedido_entregue_amanha|cli-1|R1PED-2"],
    patches: [{ work_notes: "Resposta do cliente que pode ser sobre outro pedido: Não" }]
  },
  EventWritten: {
    _tag: "EventWritten",
    at,
    key: '["id","wamid.2","reply","Sim!"]',
    index: 0,
    written: true,
    response: answer,
    avisos: []
  },
  CloseIntended: { _tag: "CloseIntended", at, patch: { state: 6 }, cancelled: false },
  CloseWritten: { _tag: "CloseWritten", at, written: false, response: answer, avisos: ["x"] },
  WriteIntended: { _tag: "WriteIntended", at, write: "close" },
  WriteCancelled: { _tag: "WriteCancelled", at, write: '["k",0]', patch: { work_notes: "nota" } },
  WriteRetried: { _tag: "WriteRetried", at, write: "outcome", written: true, response: answer, avisos: [] },
  Held: {
    _tag: "Held",
    at,
    step: "case",
    vendor: "servicenow",
    reason: "Timeout",
    attempts: 3,
    appearsUntil: at + 60_000,
    until: at + 86_400_000,
    exhausted: true
  },
  ResponseStored: { _tag: "ResponseStored", at, number: 1, origin, content: { id_resposta: "r-1", resultados: {} } },
  ResponseAcknowledged: { _tag: "ResponseAcknowledged", at, number: 1 }
}

export const everyFact: ReadonlyArray<Fact> = Object.values(examples)
