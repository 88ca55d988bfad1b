import type { RefusalTag, StepTag } from "../../../src/domain/operator/RefusalTag.ts"
import { formatNumber } from "./formatNumber.ts"

const many = (count: number, one: string, more: string): string => `${formatNumber(count)} ${count === 1 ? one : more}`

const communications = (count: number): string => many(count, "comunicação", "comunicações")
const letters = (count: number): string => many(count, "carta morta", "cartas mortas")

/** Every text of the console, in Brazilian Portuguese. */
export const pt = {
  name: "brom-ctx",
  title: (page: string) => `${page} · brom-ctx`,

  nav: {
    label: "Páginas",
    skip: "Ir para o conteúdo",
    open: "Menu",
    close: "Fechar menu",
    now: "Agora",
    communications: "Comunicações",
    communication: "Comunicação",
    doubts: "Em dúvida",
    deadLetters: "Cartas mortas",
    simulate: "Simular",
    journeys: "Jornadas",
    operations: "Operações",
    parked: "Eventos à espera",
    audit: "Auditoria",
    privacy: "Privacidade",
    manual: "Manual",
    signOut: "Sair",
    scheme: { auto: "Tema: do sistema", light: "Tema: claro", dark: "Tema: escuro" },
    replicas: (count: number, version: string) => `${version} · ${many(count, "réplica", "réplicas")}`
  },

  roles: { viewer: "leitura", operator: "operação", privacy: "privacidade" } as Readonly<Record<string, string>>,

  time: {
    ago: (span: string) => `há ${span}`,
    later: (span: string) => `${span} depois`,
    zone: "horário de São Paulo · UTC ao passar o mouse"
  },

  search: {
    label: "Buscar",
    placeholder: "Pedido, caso, telefone, e-mail, CPF…",
    private: "Esta busca tem dado pessoal: não aparece no endereço da página.",
    privateChip: "busca por dado pessoal"
  },

  signIn: {
    title: "Entrar",
    token: "Token de operação",
    hint: "O mesmo de OPERATOR_TOKENS. Fica só nesta sessão.",
    submit: "Entrar",
    wrong: "Este token não é conhecido.",
    tooMany: "Muitas tentativas. Espere um minuto.",
    ended: "A sessão terminou. Entre de novo."
  },

  state: {
    loading: "Carregando…",
    retry: "Tentar de novo",
    stale: (span: string) => `Sem resposta agora; isto é de ${span} atrás.`,
    starting: {
      title: "O serviço está iniciando",
      text: "Ele já responde, mas ainda prepara o banco ou entra no grupo do Kafka. Esta página volta sozinha."
    },
    database: {
      title: "O banco de dados não responde",
      text: "O serviço espera por ele e continua sozinho. Nada se perde: os registros ficam no Kafka."
    },
    kafka: {
      title: "O Kafka não responde",
      text: "O serviço espera por ele e continua sozinho."
    },
    unavailable: { title: "Indisponível agora", text: "O serviço não conseguiu responder a isto a tempo." },
    forbidden: {
      title: "Sem permissão",
      text: (roles: string) => `Seu token não tem o papel que isto pede. Você tem: ${roles}.`
    },
    unreachable: {
      title: "O serviço não responde",
      text: "Nem a saúde dele responde: confira se o processo está no ar e se há rede até ele."
    },
    notFound: { title: "Não encontrado", text: "Nada aqui tem este nome." },
    wrong: { title: "O serviço recusou o pedido" },
    tooLarge: "É grande demais: o serviço aceita até 1 MB. Use um filtro em vez de uma lista.",
    failed: { title: "Algo deu errado" }
  },

  page: {
    refreshed: (span: string) => `há ${span} · atualiza sozinho`
  },

  /** `pedido_entregue_amanha` for people. */
  journeyName: (name: string) => {
    const words = name.replaceAll("_", " ").replace(/\bamanha\b/, "amanhã")
    return words.charAt(0).toUpperCase() + words.slice(1)
  },

  keys: {
    title: "Teclado",
    rows: [
      ["/", "buscar"],
      ["j  k", "próxima, anterior"],
      ["Enter", "abrir"],
      ["x", "escolher a linha"],
      ["Esc", "fechar, limpar, voltar"],
      ["g a", "Agora"],
      ["g c", "Comunicações"],
      ["g d", "Em dúvida"],
      ["g m", "Cartas mortas"],
      ["g o", "Operações"],
      ["?", "esta ajuda"]
    ],
    move: "mover",
    choose: "escolher",
    open: "abrir",
    help: "ajuda"
  },

  status: {
    working: "em andamento",
    adopted: "adotada",
    success: "sucesso",
    partial_success: "sucesso parcial",
    failure: "falha",
    in_doubt: "em dúvida",
    waiting: "à espera",
    awaiting: "aguarda o cliente"
  } as Readonly<Record<string, string>>,

  whatsapp: {
    under_way: "enviando",
    sent: "enviado",
    failed: "não enviado",
    in_doubt: "em dúvida"
  } as Readonly<Record<string, string>>,

  evento: {
    comunicacao: "comunicação",
    enviada: "enviada",
    entregue: "entregue",
    lida: "lida",
    falha_envio: "falha de envio",
    retorno_sim: "disse SIM",
    retorno_nao: "disse NÃO",
    retorno_outro: "respondeu",
    fechamento: "fechamento"
  } as Readonly<Record<string, string>>,

  vendor: { servicenow: "ServiceNow", weni: "Weni" },

  /** The meaning of each `codigo`. */
  codigo: {
    TIMEOUT: "o fornecedor não respondeu a tempo",
    SEM_CONEXAO: "não houve conexão com o fornecedor",
    RESPOSTA_INVALIDA: "a resposta do fornecedor não se entende",
    INDETERMINADO: "não se sabe se o caso, ou a mensagem, existe",
    NAO_GRAVADO: "o ServiceNow aceitou e não gravou",
    CASE_NAO_ABERTO: "o caso não foi aberto, então nada foi enviado",
    TELEFONE_INVALIDO: "o telefone não é um número possível",
    TELEFONE_RECUSADO: "a Weni recusou o telefone",
    MENSAGEM_INVALIDA: "o registro tem campos errados",
    CONFLITO: "o mesmo id já veio com outro conteúdo",
    EXPIRADA: "o pedido ficou velho demais para enviar",
    JORNADA_DESCONHECIDA: "a jornada não está no arquivo",
    CORRELACAO_DESCONHECIDA: "o evento não é de nenhuma comunicação",
    CORRELACAO_AMBIGUA: "o evento pode ser de várias comunicações",
    ENCERRADA: "um operador encerrou a espera pelo fornecedor",
    ERRO_INTERNO: "defeito do serviço: relate a causa",
    HTTP_400: "o fornecedor recusou o pedido",
    HTTP_401: "o fornecedor não aceita as credenciais",
    HTTP_403: "o fornecedor nega um direito",
    HTTP_404: "o fornecedor não acha o que se pediu",
    HTTP_429: "o fornecedor limita os pedidos",
    HTTP_500: "o fornecedor falhou"
  } as Readonly<Record<string, string>>,

  now: {
    good: "Tudo certo.",
    goodMore: (inFlight: number, replicas: number) =>
      `${many(inFlight, "comunicação em andamento", "comunicações em andamento")}, ${many(replicas, "réplica no ar", "réplicas no ar")}, nenhum registro sem fim.`,
    whatToDo: "O que fazer",
    see: "Ver",
    inFlight: "Em andamento",
    waiting: "À espera",
    inDoubt: "Em dúvida",
    deadLetters: "Cartas mortas",
    failures: "Falhas · 24 h",
    unaccounted: "Não contabilizados",
    flow: "Comunicações por minuto",
    lastHour: "última hora",
    orders: "pedidos",
    events: "eventos",
    failed: "falhas",
    flowSummary: (orders: number, events: number, failures: number) =>
      `Na última hora: ${many(orders, "pedido", "pedidos")}, ${many(events, "evento", "eventos")}, ${many(failures, "falha", "falhas")}.`,
    flowMinute: (minute: string, orders: number, events: number, failures: number) =>
      `${minute}: ${many(orders, "pedido", "pedidos")}, ${many(events, "evento", "eventos")}, ${many(failures, "falha", "falhas")}`,
    noFlow: "Nada passou na última hora.",
    failuresTitle: "Falhas das últimas 24 h",
    byCode: "por código e jornada",
    noFailures: "Nenhuma falha nas últimas 24 h.",
    code: "código",
    journey: "jornada",
    times: "vezes",
    channel: { whatsapp: "WhatsApp", itsm: "caso", record: "registro" } as Readonly<Record<string, string>>,
    vendors: "Fornecedores",
    probeIn: (span: string) => `próxima prova em ${span}`,
    probing: "prova em curso",
    awaitsProbe: "a próxima chamada é a prova",
    lastAnswer: (words: string) => `última resposta: ${words}`,
    callsAt: (pace: string) => `chamadas limitadas a ${pace} por segundo`,
    vendorGood: "bem",
    vendorWaiting: "esperando",
    tryNow: "Tentar já…",
    kafka: "Kafka",
    lag: (lag: number) => `${formatNumber(lag)} na fila`,
    oldest: (span: string) => `o mais antigo: ${span}`,
    replicas: "Réplicas",
    partitions: (count: number) => many(count, "partição", "partições"),
    process: "processo",
    partition: "partições",
    working: "em and.",
    seen: "visto",
    notReady: "não pronta",
    noProcesses: "Nenhuma réplica se apresentou ainda.",
    more: "Mais",
    parked: "Eventos sem comunicação",
    writes: "Escritas no caso à espera",
    stalled: "Comunicações paradas",
    overdue: "Vencidas e não feitas"
  },

  /** What is wrong, by the problem's id. Without an entry, the service's own words are shown. */
  problems: {
    unaccounted: {
      says: (count: number) =>
        `${many(count, "registro foi passado", "registros foram passados")} sem que se saiba o fim.`,
      do: "Veja na auditoria quais faltam e siga o manual: o Kafka talvez ainda os tenha."
    },
    stalled: {
      says: (count: number) => `${communications(count)} sem progresso há tempo demais.`,
      do: "A auditoria diz quais. Procure o id nos logs; sem outra causa, reinicie o processo e relate."
    },
    overdue: {
      says: (count: number) => `${communications(count)} com algo vencido e não feito.`,
      do: "A auditoria diz quais. O serviço continua tentando: veja se o ServiceNow está fora ou se a jornada saiu do arquivo."
    },
    servicenow: {
      says: () => "O ServiceNow não responde; o que precisa dele espera, nada se perde.",
      do: "Nada a fazer, a não ser que as credenciais estejam erradas: o serviço volta a tentar sozinho. “Tentar já” testa agora."
    },
    weni: {
      says: () => "A Weni não responde; os envios esperam, nada se perde.",
      do: "Nada a fazer, a não ser que as credenciais estejam erradas: o serviço volta a tentar sozinho. “Tentar já” testa agora."
    },
    in_doubt: {
      says: (count: number) =>
        `${many(count, "envio sem confirmação", "envios sem confirmação")}: pergunte à Weni e decida.`,
      do: "Pergunte pelo id_contexto, ou pelo telefone e a hora, e diga o que houve em “Em dúvida”."
    },
    dead_letters: {
      says: (count: number) => `${letters(count)} sem novo envio.`,
      do: "Corrija a causa (o produtor, ou o arquivo de jornadas) e envie de novo."
    },
    lag: {
      says: (count: number) => `A fila do Kafka cresce: ${many(count, "registro espera", "registros esperam")}.`,
      do: "Chega mais do que termina, ou algo está fora: veja os fornecedores e as réplicas."
    },
    parked: {
      says: (count: number) => `${many(count, "evento espera", "eventos esperam")} por uma comunicação.`,
      do: "Um nível que fica é tráfego de outras campanhas; um que só cresce é a varredura falhando."
    },
    not_ready: {
      says: (count: number) => `${many(count, "réplica no ar não está pronta", "réplicas no ar não estão prontas")}.`,
      do: "Veja em /health/ready qual parte falta."
    },
    audit: {
      says: () => "O Kafka ou o banco não responde: não se sabe se todo registro tem fim.",
      do: "Espere: o serviço continua sozinho. Se ficar, veja a saúde e os logs."
    },
    no_replica: {
      says: () => "Nenhuma réplica pronta.",
      do: "Veja os processos e os logs do início."
    }
  } as Readonly<Record<string, { says: (count: number) => string; do: string }>>,

  list: {
    order: "pedido",
    journey: "jornada",
    case: "caso",
    customer: "cliente",
    status: "estado",
    whatsapp: "WhatsApp",
    last: "última etapa",
    age: "há",
    loaded: (count: number, more: boolean) => `${communications(count)} ${more ? "carregadas, há mais" : "ao todo"}`,
    fresh: (count: number) => `${many(count, "nova", "novas")} ↑`,
    chooseAll: "escolher as carregadas",
    chosen: (count: number) => many(count, "escolhida", "escolhidas"),
    chosenAll: "todas as que casam com o filtro",
    chooseMatching: "escolher todas as que casam com o filtro",
    unchoose: "limpar",
    choose: (name: string) => `Escolher ${name}`,
    copyIds: "Copiar ids",
    copied: "Copiado.",
    retry: "Tentar de novo…",
    decide: "Decidir…",
    end: "Encerrar…",
    empty: "Nenhuma comunicação casa com isto.",
    emptyHint: "Tire um filtro, ou busque por outra coisa.",
    none: "Nenhuma comunicação ainda.",
    noneHint: "Aqui aparece cada pedido que chegar pelo Kafka.",
    clear: "limpar",
    end_: "Fim da lista.",
    loadingMore: "Carregando mais…",
    noOrder: "sem pedido"
  },

  filters: {
    status: "estado",
    journey: "jornada",
    codigo: "código",
    case: "caso",
    since: "desde",
    until: "até",
    q: "busca",
    add: (name: string) => `+ ${name}`,
    remove: (name: string) => `Tirar o filtro ${name}`,
    apply: "Aplicar",
    spans: [
      ["1h", "última hora"],
      ["24h", "últimas 24 h"],
      ["7d", "últimos 7 dias"],
      ["30d", "últimos 30 dias"]
    ] as ReadonlyArray<readonly [string, string]>,
    from: "De (São Paulo)",
    to: "Até (São Paulo)",
    codigoHint: "como CASE_NAO_ABERTO ou HTTP_400"
  },

  communication: {
    order: (order: string) => `Pedido ${order}`,
    received: "recebido",
    copy: "Copiar para o chamado",
    trace: "Ver traço",
    traces: (index: number) => `Traço ${index}`,
    retry: "Tentar de novo…",
    decide: "Decidir…",
    end: "Encerrar…",
    story: "História",
    whatsapp: "WhatsApp",
    asSeen: "mensagem ao cliente",
    noMessage: "Nenhuma mensagem foi enviada.",
    template: "O modelo desta mensagem fica na Weni; este é o texto do caso.",
    customer: "Cliente",
    reveal: "revelar…",
    hide: "mascarar",
    name: "nome",
    document: "documento",
    phone: "telefone",
    email: "e-mail",
    customerId: "id",
    case: "Caso",
    noCase: "Sem caso.",
    subject: "assunto",
    messageId: "id da mensagem",
    number: "número",
    group: "grupo ao abrir",
    state: "estado ao abrir",
    sysId: "sys_id",
    responses: "Respostas publicadas",
    noResponses: "Nenhuma resposta ainda.",
    notAcknowledged: "à espera do Kafka",
    waiting: "À espera de",
    until: "até",
    data: "Dados",
    by: (who: string) => `por ${who}`,
    identifiers: "Identificadores",
    id: "id",
    shipment: "remessa",
    origin: "registro",
    channels: "canais",
    eventTime: "hora do evento",
    codes: "códigos",
    several: "Vários têm este nome",
    masked: (what: string) => `${what} (texto mascarado)`,
    read: "lida",
    revealed: "Dados pessoais à mostra. O motivo está na trilha.",
    place: (topic: string, partition: number, offset: number) => `${topic}, partição ${partition}, posição ${offset}`
  },

  /** Titles of the story, by fact. */
  facts: {
    Accepted: "Pedido recebido",
    ConsumerFound: "Cliente encontrado",
    ConsumerCreated: "Cliente criado no ServiceNow",
    ConsumerGuest: "Cliente genérico usado",
    CaseIntended: "Vai abrir o caso",
    CaseOpened: (number: string) => `Caso ${number} aberto`,
    CaseFailed: "Caso não aberto",
    DispatchIntended: (attempt: string) => `Vai enviar o WhatsApp, tentativa ${attempt}`,
    DispatchRefused: "Tentativa de envio recusada",
    DispatchSent: "WhatsApp aceito pela Weni",
    DispatchFailed: "WhatsApp não enviado",
    DispatchInDoubt: "Envio sem confirmação: em dúvida",
    OutcomeNoted: "Nota escrita no caso",
    OutcomeNotNoted: "Nota não escrita no caso",
    Decided: (decision: string) => `Decisão: ${decision}`,
    Adopted: (number: string) => `Caso ${number} adotado`,
    AmbiguityPlanned: "Resposta que pode ser de várias comunicações",
    EventWritten: "Caso atualizado",
    EventNotWritten: "Caso não atualizado",
    CloseIntended: "Fechamento marcado venceu",
    CloseCancelled: "Fechamento cancelado: o caso está com pessoas",
    CloseWritten: "Caso fechado",
    CloseNotWritten: "Caso não fechado",
    WriteIntended: "Vai tentar a escrita de novo",
    WriteCancelled: "Escrita trocada por uma nota",
    WriteRetried: "Escrita feita na nova tentativa",
    WriteNotRetried: "Nova tentativa de escrita falhou",
    Held: (vendor: string) => `Espera ${vendor}`,
    HeldTime: "Espera a próxima tentativa",
    ResponseStored: (status: string) => `Resposta pronta: ${status}`,
    ResponsePublished: (status: string) => `Resposta publicada: ${status}`,
    ResponseAcknowledged: "Resposta no Kafka",
    RetryRequested: "Nova tentativa pedida",
    EndRequested: "Encerrada pela operação",
    EventsReplanned: "O que o cliente fez antes do caso vai para o caso",
    EventPlanned: {
      enviada: "Mensagem enviada",
      entregue: "Mensagem entregue",
      lida: "Mensagem lida",
      falha_envio: "Mensagem não entregue",
      retorno_sim: "Cliente respondeu SIM",
      retorno_nao: "Cliente respondeu NÃO",
      retorno_outro: "Cliente respondeu outra coisa"
    } as Readonly<Record<string, string>>
  },

  /** Steps of a communication. */
  step: {
    case: "caso",
    dispatch: "envio do WhatsApp",
    outcome: "nota do envio",
    "write on the Case": "escrita no caso",
    event: "escrita no caso",
    close: "fechamento"
  } as Readonly<Record<string, string>>,

  /** What a communication waits for, by the service's words. */
  waitsFor: {
    close: () => "fechamento marcado",
    "outcome of the dispatch": () => "resultado do envio",
    write: (of: string) => `escrita no caso: ${of}`,
    "its next attempt": (step: string) => `nova tentativa: ${step}`,
    acknowledgement: (number: string) => `confirmação do Kafka: resposta ${number}`
  } as Readonly<Record<string, (of: string) => string>>,

  factMore: {
    at: (topic: string, partition: string, offset: string) => `${topic}, partição ${partition}, posição ${offset}`,
    foundBy: {
      cpf_cnpj: "pelo CPF/CNPJ",
      email: "pelo e-mail",
      telefone: "pelo telefone",
      criado: "não havia",
      generico: "não havia, e não se cria"
    } as Readonly<Record<string, string>>,
    closesAt: (when: string) => `fora do horário: fechamento marcado para ${when}`,
    message: (id: string) => `mensagem ${id}`,
    attempts: (count: number) => many(count, "tentativa", "tentativas")
  },

  decision: {
    resend: "enviar de novo",
    sent: "foi enviada",
    not_sent: "não foi enviada"
  } as Readonly<Record<string, string>>,

  doubts: {
    intro:
      "Ninguém sabe se o cliente recebeu. Pergunte à Weni pelo id_contexto, ou pelo telefone e a hora; depois diga o que houve.",
    empty: "Nenhum envio em dúvida.",
    emptyHint: "Quando a Weni não confirmar um envio, ele aparece aqui.",
    context: "id_contexto",
    sentAt: "enviado",
    phone: "telefone",
    attempts: "tentativas",
    wasSent: "Foi enviada…",
    wasNotSent: "Não foi…",
    resend: "Enviar de novo…",
    reveal: "telefone inteiro…",
    ask: "Copiar a pergunta para a Weni",
    askMany: "Copiar a lista para a Weni",
    question: (id: string, when: string, phone: string) =>
      `Esta mensagem foi entregue? id_contexto ${id}, enviada em ${when}, telefone ${phone}`,
    chooseAll: "escolher todas"
  },

  paste: {
    open: "Escolher por uma lista…",
    title: "Escolher por uma lista",
    label: "Nomes, um por linha",
    hint: "id_contexto, pedido, remessa ou caso. Vírgula e ponto e vírgula também separam.",
    choose: (count: number) => (count === 0 ? "Escolher" : `Escolher ${formatNumber(count)}`),
    unknown: (names: ReadonlyArray<string>) =>
      `${many(names.length, "nome não tem", "nomes não têm")} envio em dúvida: ${names.slice(0, 5).join(", ")}${
        names.length > 5 ? ` e mais ${names.length - 5}` : ""
      }.`
  },

  letters: {
    byReason: "Por motivo",
    all: "todas",
    noReason: "sem código",
    inTopic: "pedidos",
    inboundTopic: "eventos",
    allTopics: "todos os tópicos",
    empty: "Nenhuma carta morta.",
    emptyHint: "Registros recusados aparecem aqui com o motivo e os bytes.",
    redriven: "enviada de novo",
    redrive: "Enviar de novo…",
    redriveOne: "Enviar de novo…",
    original: "registro de origem",
    key: "chave",
    value: "conteúdo",
    headers: "cabeçalhos",
    truncated: "O conteúdo não coube no tópico e ficou de fora.",
    notJson: "O conteúdo não é JSON.",
    again: "também as que já foram enviadas",
    more: "Carregar mais",
    simulate: "Simular",
    reveal: "revelar…",
    loaded: (count: number, more: boolean) => `${letters(count)}${more ? ", há mais" : ""}`,
    /** `all` of them, of which so many were not sent again. */
    waiting: (count: number, all: number, more: boolean) =>
      `${formatNumber(count)} sem novo envio · ${formatNumber(all)} ao todo${more ? ", há mais" : ""}`,
    journeyKnown: "já está no arquivo",
    journeyUnknown: "ainda não está: voltaria"
  },

  /** Why the API refuses an action, by the tag of its answer. */
  refusals: {
    Unknown: "Nenhuma comunicação tem este nome.",
    NotInDoubt: "O envio não está em dúvida.",
    NewDoubt: "A dúvida é mais nova que esta decisão: olhe de novo e decida.",
    TooEarly: "A última tentativa ainda pode chegar ao cliente.",
    NoReason: "Falta o motivo.",
    NoJourney: "A jornada não está no arquivo de jornadas.",
    UnderWay: "Ainda há trabalho em curso nela: tente daqui a pouco.",
    NothingFailed: "Nada falhou nela que se possa tentar de novo.",
    NothingWaits: "Nada dela espera por um fornecedor.",
    InDoubt: "O envio está em dúvida: decida primeiro em “Em dúvida”.",
    Sent: "O cliente já tem a mensagem.",
    Expired: "O pedido ficou velho demais para enviar.",
    Undispatchable: "A mensagem não pode ser enviada.",
    Blind: "O serviço ainda não consegue ver se o caso existe.",
    Unavailable: "O Kafka, o banco ou um fornecedor não responde agora.",
    NewerVersion: "Uma versão mais nova do serviço já trabalhou nela: termine a atualização.",
    UnknownAction: "A versão no ar não conhece esta ação: termine a atualização.",
    Defect: "O serviço falhou: o log diz por quê.",
    Already: "Já tinha sido enviada de novo.",
    Begun: "Outra execução começou e não disse como terminou.",
    Truncated: "O conteúdo ficou de fora (dlq-truncado): peça ao produtor que envie o original de novo.",
    NoOriginal: "Ela não diz de qual registro é.",
    OtherTopic: "Ela é de um tópico que não é deste serviço.",
    Refused: "O Kafka recusou o registro.",
    Unconfirmed: "O Kafka não confirmou a tempo: confira se chegou antes de enviar mais uma vez.",
    NotTried: "Não foi tentada, porque o Kafka não confirmava.",
    NotFound: "Não há carta morta neste lugar.",
    Deleted: "Já foi apagada, pelo prazo de guarda ou a pedido do cliente. Restam o id e o estado.",
    NotMissing: "Estas posições não estão mais sem fim: veja a lista de novo."
  } satisfies Readonly<Record<RefusalTag, string>> as Readonly<Record<string, string>>,
  refusedFor: (sentence: string, span: string) => `${sentence} Dá para enviar de novo em ${span}.`,

  /** What a dry run says of a step, by its tag. */
  stepEffects: {
    OpensCase: "abre o caso",
    LooksForCase: "procura o caso, e abre se não houver",
    Sends: "envia a mensagem",
    SendsWithCase: "envia a mensagem, com o número do caso se ele abrir",
    FailsAgain: "falharia de novo",
    Writes: "escreve no caso",
    Ends: "termina como falha"
  } satisfies Readonly<Record<StepTag, string>> as Readonly<Record<string, string>>,

  /** What an action does that has no steps. */
  effects: {
    resend: "envia o WhatsApp mais uma vez",
    sent: "fica como enviada",
    not_sent: "fica como não enviada",
    redrive: "volta ao tópico de onde veio"
  } as Readonly<Record<string, string>>,

  /** How calls to a vendor fail, by the service's names for it. */
  vendorReasons: {
    Timeout: "sem resposta a tempo",
    NotConnected: "sem conexão",
    ConnectionLost: "conexão perdida",
    Refused: "recusou com",
    Unreadable: "resposta ilegível",
    TokenUnavailable: "sem token",
    HeldBack: "chamada retida",
    Indeterminate: "resultado desconhecido",
    DispatchRefusal: "recusou com",
    ContactRejected: "não aceitou o telefone",
    backoff: "intervalo entre tentativas"
  } as Readonly<Record<string, string>>,

  /** Where else a customer's data is, by the service's words. */
  outOfReach: {
    "Kafka: the topics of orders, events, responses and dead letters keep their records for as long as their retention says":
      "Kafka: os tópicos de pedidos, eventos, respostas e cartas mortas guardam os registros pelo prazo de retenção deles",
    "ServiceNow: the customer, the Cases and their notes": "ServiceNow: o cliente, os casos e as notas",
    "WhatsApp, Weni and OmniChat: the messages and the conversation":
      "WhatsApp, Weni e OmniChat: as mensagens e a conversa",
    "logs, traces and metrics outside of this service, and backups of its database":
      "logs, traços e métricas fora deste serviço, e cópias de segurança do banco",
    "what begins later: orders that wait in Kafka and have not begun, and records that come from now on":
      "o que começa depois: pedidos que esperam no Kafka, e registros que chegarem de agora em diante",
    "what operators wrote as reasons": "o que operadores escreveram como motivo"
  } as Readonly<Record<string, string>>,

  /** What is wrong with a field of a request, by its name. */
  wrongFields: {
    status: "O estado não é um dos que a lista conhece.",
    journey: "A jornada não serve como filtro: escolha uma da lista.",
    codigo: "O código não tem a forma de um: por exemplo TIMEOUT ou HTTP_500.",
    case: "O caso não serve: espera-se o número dele ou o sys_id.",
    q: "A busca não serve: espera-se um número, um id ou um dado do cliente, inteiro.",
    since: "O início não serve: espera-se uma data com hora, ou um prazo como 24h.",
    until: "O fim não serve: espera-se uma data com hora, ou um prazo como 24h.",
    limit: "O tamanho da página vai de 1 a 200.",
    cursor: "A lista mudou de forma: carregue-a de novo.",
    id: "Este nome tem dado pessoal, que não fica em endereços: use a busca.",
    ids: "Os ids não servem: até 10.000, sem dados pessoais. Para mais, use um filtro.",
    filter: "Escolha ao menos um filtro.",
    topic: "O tópico não é um dos dois deste serviço.",
    customer: "Espera-se cliente.id, documento, e-mail ou telefone.",
    key: "Espera-se cliente.id, documento, e-mail ou telefone.",
    erase: "Para apagar, diga só o cliente.",
    reason: "O motivo tem de 1 a 500 caracteres.",
    decision: "A decisão não é uma das três.",
    action: "Esta ação não existe.",
    vendor: "Este fornecedor não existe.",
    dryRun: "O pedido veio errado.",
    again: "O pedido veio errado.",
    token: "Falta o token.",
    partition: "A partição não existe.",
    generation: "O log da partição não existe.",
    first: "As posições não servem.",
    last: "As posições não servem.",
    record: "O registro não serve.",
    event: "O evento não serve.",
    "the body": "O conteúdo não serve."
  } as Readonly<Record<string, string>>,
  wrongField: (name: string) => `O campo “${name}” não serve.`,

  /** The names by which a parked event looks for its communication. */
  nameKinds: {
    case_number: "número do caso",
    case_sys_id: "sys_id do caso",
    message_id: "mensagem",
    answer: "resposta",
    unclear: "resposta incerta",
    user: "usuário",
    chat: "conversa",
    business: "nosso número",
    id: "id",
    phone: "telefone",
    record: "registro",
    refused: "registro recusado"
  } as Readonly<Record<string, string>>,

  outcomes: {
    Redriven: "enviada",
    WouldRedrive: "seria enviada",
    Already: "já tinha sido enviada",
    Begun: "outra execução começou e não disse como terminou",
    Impossible: "não pode ser enviada",
    Refused: "o Kafka recusou",
    Unconfirmed: "o Kafka não confirmou a tempo",
    NotTried: "não foi tentada",
    NotFound: "não encontrada"
  } as Readonly<Record<string, string>>,

  simulate: {
    intro: "O que o serviço faria com isto. Não chama ninguém e não guarda nada.",
    kind: "O que é",
    record: "pedido",
    event: "evento",
    input: "Registro ou evento (JSON)",
    run: "Simular",
    examples: "Exemplos",
    exampleNames: {
      order: "um pedido",
      bad: "um pedido com erros",
      yes: "cliente responde SIM",
      no: "cliente responde NÃO",
      delivered: "mensagem entregue",
      letter: "a carta morta mais nova"
    },
    file: "Abrir arquivo…",
    verdict: {
      new: "Seria uma comunicação nova",
      repeat: "É uma repetição: nada seria feito de novo",
      conflict: "Conflito: o id já veio com outro conteúdo",
      invalid: "Seria recusado",
      skipped: "Seria ignorado: não é deste serviço",
      expired: "Velho demais: não seria enviado",
      unknown_journey: "A jornada não está no arquivo",
      applied: "O evento seria aplicado",
      parked: "O evento esperaria pela sua comunicação",
      ambiguous: "Pode ser de várias comunicações: só seria anotado",
      duplicate: "O evento já foi aplicado"
    } as Readonly<Record<string, string>>,
    problems: "Problemas",
    warnings: "Avisos",
    decoded: "Campos lidos",
    consumer: "Como o cliente seria procurado",
    case: "Caso que seria aberto",
    message: "Mensagem, como o cliente a veria",
    messageBody: "O que iria à Weni",
    patches: "O que mudaria no caso",
    response: "Resposta que seria publicada",
    events: "Eventos do registro",
    masked: "Este texto está mascarado: o resultado pode ser outro. Revele a carta antes de simular.",
    nothing: "Cole um registro, ou escolha um exemplo, e simule.",
    open: "ver a comunicação",
    id: "id",
    whole: "registro inteiro"
  },

  journeys: {
    intro: "As jornadas em vigor, como o serviço as leu do arquivo.",
    default: "vale para as que não têm a sua",
    empty: "Nenhuma jornada no arquivo.",
    words: "Em palavras",
    caseTexts: "Textos do caso, com um exemplo",
    fields: "Outros campos do caso",
    hours: "Horário do atendimento",
    always: "Sem horário: um SIM fecha o caso na hora.",
    holidays: (count: number) => many(count, "feriado", "feriados"),
    nextHolidays: "Próximos feriados",
    yes: "Contam como SIM",
    no: "Contam como NÃO",
    courtesy: (count: number) => `e ${many(count, "palavra de cortesia", "palavras de cortesia")} ao lado de um SIM`,
    answers: "SIM e NÃO do cliente",
    try: "Experimente uma resposta",
    tryPlaceholder: "sim, pode entregar",
    meaning: {
      sim: "SIM",
      nao: "NÃO",
      outro: "outra coisa: pessoas leem",
      none: "outra coisa: pessoas leem"
    } as Readonly<Record<string, string>>,
    sentences: {
      expires: (text: string) => `Um pedido com mais de ${text} não é mais enviado.`,
      neverExpires: "Um pedido é enviado, por mais velho que seja.",
      delivery: (days: number) => `Sem data no pedido, a entrega é ${many(days, "dia", "dias")} depois do evento.`,
      missingCreate: "Cliente que o ServiceNow não conhece é criado.",
      missingGuest: "Cliente que o ServiceNow não conhece vai com o consumidor genérico.",
      sendWithout: "Sem caso, o WhatsApp é enviado assim mesmo.",
      dontSendWithout: "Sem caso, o WhatsApp não é enviado.",
      resolution: (code: string) => `Um SIM fecha o caso com o código de resolução ${code}.`,
      noResolution: "Um SIM fecha o caso, sem código de resolução.",
      human: (group: string) => `Um NÃO passa o caso ao grupo ${group}.`,
      noHuman: "Um NÃO passa o caso ao grupo de atendimento, se a configuração tiver um.",
      delivered: (field: string) => `A hora da entrega vai ao campo ${field}.`,
      read: (field: string) => `A hora da leitura vai ao campo ${field}.`,
      zone: (zone: string) => `Datas e horários em ${zone}.`
    },
    days: ["dom", "seg", "ter", "qua", "qui", "sex", "sáb"],
    closed: "fechado",
    open: (from: string, to: string) => `${from} às ${to}`
  },

  operations: {
    empty: "Ninguém fez nada ainda.",
    emptyHint: "Cada ação de um operador fica aqui, com quem, quando e por quê.",
    actions: {
      retry: "Tentar de novo",
      end: "Encerrar",
      resend: "Enviar de novo",
      sent: "Decidir: foi enviada",
      not_sent: "Decidir: não foi enviada",
      redrive: "Reenviar cartas mortas",
      erase: "Apagar dados de um cliente",
      reveal: "Revelar dados",
      export: "Exportar dados de um cliente",
      settle: "Dar registros por resolvidos",
      "close servicenow": "Tentar o ServiceNow já",
      "close weni": "Tentar a Weni já",
      stop: "Parar operação"
    } as Readonly<Record<string, string>>,
    state: { running: "em curso", done: "terminada", stopped: "parada" } as Readonly<Record<string, string>>,
    progress: (done: number, total: number) => `${formatNumber(done)} de ${formatNumber(total)}`,
    failures: (count: number) => many(count, "falha", "falhas"),
    stop: "Parar",
    stopping: "Parando…",
    took: (span: string) => `em ${span}`,
    by: (who: string) => `por ${who}`,
    more: "Carregar mais",
    outOfReach: "Fora do alcance"
  },

  action: {
    retry: "Tentar de novo",
    end: "Encerrar como falha",
    resend: "Enviar o WhatsApp de novo",
    sent: "Decidir: foi enviada",
    not_sent: "Decidir: não foi enviada",
    redrive: "Enviar cartas mortas de novo",
    erase: "Apagar os dados do cliente",
    breaker: "Tentar o fornecedor já",
    reveal: "Revelar dados pessoais",
    explain: {
      retry:
        "Os passos que falharam são feitos de novo, com as jornadas como estão agora. Nunca um envio em dúvida, feito ou vencido.",
      end: "O que espera por um fornecedor termina como falha.",
      resend: "O cliente pode receber a mensagem duas vezes se ela tiver chegado.",
      sent: "Fica como enviada: nada é enviado de novo, e o caso ganha a nota.",
      not_sent: "Fica como não enviada: o caso ganha a nota e a resposta diz falha.",
      redrive: "O registro volta ao tópico de onde veio, como chegou.",
      erase: "Ficam só id, hash e estado. Não tem volta. Dúvidas, fechamentos e esperas do cliente terminam.",
      breaker: "Cada processo volta a chamar o fornecedor em até 5 s, com uma chamada de prova.",
      reveal: "Nome, telefone, e-mail e documento aparecem inteiros. Quem revelou e por quê fica na trilha."
    } as Readonly<Record<string, string>>,
    checking: "Vendo o que isto faria…",
    /** What an action does to so many. */
    counted: {
      retry: ["será tentada de novo", "serão tentadas de novo"],
      end: ["será encerrada", "serão encerradas"],
      resend: ["será enviada de novo", "serão enviadas de novo"],
      sent: ["ficará como enviada", "ficarão como enviadas"],
      not_sent: ["ficará como não enviada", "ficarão como não enviadas"],
      redrive: ["será enviada de novo", "serão enviadas de novo"],
      erase: ["será apagada", "serão apagadas"]
    } as Readonly<Record<string, readonly [one: string, more: string]>>,
    nothing: "Nada mudaria.",
    /** What is still to come when an operation has ended. */
    after: {
      retry: "Os pedidos foram feitos. As listas mostram, em segundos, como cada tentativa termina."
    } as Readonly<Record<string, string>>,
    changed: (before: number, now: number) =>
      `O número mudou de ${before} para ${now} desde que foi mostrado. Confira e confirme de novo.`,
    reason: "Motivo",
    reasonHint: "Fica na trilha, com seu nome. Sem dados pessoais.",
    choose: "O que houve?",
    cancel: "Cancelar",
    confirm: (count: number) => (count === 1 ? "Confirmar" : `Confirmar para ${formatNumber(count)}`),
    reveal_: "Revelar",
    running: "Em curso",
    finished: "Terminou",
    stopped: "Foi parada",
    see: "Ver em Operações",
    close: "Fechar",
    refusedHere: "O serviço não faria isto agora",
    looked: (count: number, total: number) =>
      count < total
        ? `Vistas uma a uma: as primeiras ${formatNumber(count)} de ${formatNumber(total)}.`
        : "Vistas uma a uma.",
    times: (count: number) => `${formatNumber(count)} ×`,
    such: (id: string) => `como ${id}`,
    body: "o que seria enviado",
    done: "Feito."
  },

  parked: {
    intro:
      "Eventos que chegaram antes da sua comunicação, ou que não são de nenhuma. Sem dono até ORPHAN_AFTER, viram carta morta ou são contados como alheios.",
    empty: "Nenhum evento à espera.",
    evento: "evento",
    names: "nomes",
    place: "registro",
    age: "há"
  },

  audit: {
    intro: "Cada posição do Kafka abaixo da confirmada tem um fim? Deve ser zero sem fim.",
    good: "Tudo contabilizado.",
    goodOfOthers: "Das outras partições, tudo contabilizado.",
    wrong: (count: number) => `${many(count, "registro sem fim", "registros sem fim")}.`,
    unreached: (places: ReadonlyArray<string>) => `Não auditado, o líder no Kafka não responde: ${places.join(", ")}.`,
    topic: "tópico",
    partition: "part.",
    committed: "confirmado",
    ended: "com fim",
    skipped: "alheios",
    unaccounted: "sem fim",
    log: (generation: number) => `log ${generation}`,
    missingTitle: "Registros sem fim",
    missingHint:
      "O que ainda está no Kafka pode ser lido de novo: o manual diz como. O que já não está, o produtor envia de novo; depois dê por resolvido.",
    place: (topic: string, partition: number, first: number, last: number) =>
      first === last
        ? `${topic}, partição ${partition}, posição ${first}`
        : `${topic}, partição ${partition}, posições ${first} a ${last}`,
    where: {
      kafka: "ainda no Kafka",
      partly: "em parte no Kafka",
      gone: "já não está no Kafka",
      earlier: "de um log que acabou"
    },
    settle: "Dar por resolvido…",
    settleTitle: "Dar registros por resolvidos",
    settleExplain: "O serviço não faz nada com eles: só deixa de contá-los. Diga no motivo o que foi feito.",
    ahead: (count: number) =>
      `${many(count, "deles já tinha sido confirmado", "deles já tinham sido confirmados")} antes que este banco soubesse, como depois de voltar a uma cópia antiga: confira um a um.`,
    stalled: "Comunicações paradas",
    overdue: "Vencidas e não feitas"
  },

  privacy: {
    intro: "Pedidos de um titular (LGPD): o que se guarda dele, e apagar.",
    key: "cliente.id, documento, e-mail ou telefone",
    keyHint: "Não vai ao endereço da página, nem aos logs.",
    export: "Exportar…",
    exportTitle: "Exportar os dados do cliente",
    exportExplain: "Baixa um JSON com tudo, sem máscara. Fica na trilha.",
    download: "Baixar",
    erase: "Apagar…",
    nothing: "Nada guardado deste cliente.",
    found: (communications: number, parked: number) =>
      `${many(communications, "comunicação", "comunicações")} e ${many(parked, "evento à espera", "eventos à espera")}.`,
    outOfReach: "Fora do alcance do serviço"
  },

  common: {
    close: "Fechar",
    copied: "Copiado.",
    unknown: "—"
  }
}
