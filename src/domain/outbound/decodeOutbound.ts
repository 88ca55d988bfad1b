import { truncate } from "../journeys/template.ts"
import { decodeJson, maxDepth, toPlainJson } from "../record/json.ts"
import { CorrelationId, correlationIdProblem } from "../record/Origin.ts"
import {
  expectedType,
  type Fields,
  RecordReader,
  type Problem,
  problemsDetail,
  isFields
} from "../record/RecordReader.ts"
import { saoPaulo } from "../values/localTime.ts"
import { parseDateTime } from "../values/parseTime.ts"
import { isUnreadableDate } from "../values/readDate.ts"
import type { Channel, Outbound } from "./Outbound.ts"
import { readChannels } from "./readChannels.ts"

export type DecodedOutbound =
  | { readonly _tag: "Valid"; readonly outbound: Outbound }
  /** None of the record's channels is ours (SPEC 2.2). */
  | { readonly _tag: "Skipped"; readonly canais: ReadonlyArray<string> }
  | {
      readonly _tag: "Invalid"
      /** Set if it could still be computed. */
      readonly id?: CorrelationId
      /** Ours, as far as known. */
      readonly channels: ReadonlyArray<Channel>
      readonly problems: ReadonlyArray<Problem>
      /** All problems on one line. */
      readonly detail: string
    }

/** Longer than any journey's name. A journey that is not in the file is reported as received (SPEC 2.6). */
const longestJourney = 1000

/** `tims_evento` as received and in epoch milliseconds. */
const readEventTime = (reader: RecordReader, record: Fields) => {
  const expected = "data e hora ISO 8601 com fuso (Z ou ±hh:mm)"
  const text = record["tims_evento"]
  if (typeof text !== "string" || text.trim() === "") {
    return reader.problem("tims_evento", expectedType(expected, text))
  }
  const time = parseDateTime(text)
  return time === undefined ? reader.problem("tims_evento", `esperado ${expected}, veio outro texto`) : { text, time }
}

const isBlank = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === "string" && value.trim() === "")

const itsmTexts = ["nome", "sobrenome", "email", "cpf", "cnpj", "cpf_cnpj", "documento"]

/** Fields that a producer may write as JSON numbers. */
const numericFields = ["cpf", "cnpj", "cpf_cnpj", "documento"]

/** Takes the numbers out of the customer's fields, as texts. */
const takeNumbers = (cliente: Fields): Readonly<Record<string, string>> => {
  const numbers: Record<string, string> = {}
  for (const key of numericFields) {
    const value = cliente[key]
    if (typeof value !== "number") continue
    numbers[key] = String(value)
    delete cliente[key]
  }
  return numbers
}

/**
 * The customer's id and numbers. Also checks the customer's fields that the channels use. Without a phone a record that
 * also wants a Case gets it, and the dispatch fails (SPEC 5.1).
 */
const readCliente = (reader: RecordReader, record: Fields, channels: ReadonlyArray<Channel>) => {
  const cliente = reader.object(record, "cliente")
  if (cliente === undefined) return undefined
  const itsm = channels.includes("itsm")
  const id = reader.text(cliente, "id", "cliente.id")
  const isNeeded = channels.includes("whatsapp") && !(itsm && isBlank(cliente["num_telefone"]))
  if (isNeeded) reader.text(cliente, "num_telefone", "cliente.num_telefone")
  else reader.optionalText(cliente, "num_telefone", "cliente.num_telefone", itsm)
  const numbers = takeNumbers(cliente)
  for (const key of itsmTexts) reader.optionalText(cliente, key, `cliente.${key}`, itsm)
  return { id, numbers }
}

/**
 * Checks the date that the Case will show (SPEC 4.2). A text without a readable day is a problem, because any other
 * date would be wrong.
 */
const readDeliveryDate = (reader: RecordReader, jornada: Fields): void => {
  const [path, expected] = ["dados_jornada.dat_entrega", "data em texto, como yyyy-MM-dd ou dd/MM/yyyy"]
  const { dat_entrega: date } = jornada
  if (date === undefined || date === null) return
  if (typeof date !== "string") reader.problem(path, expectedType(expected, date))
  else if (isUnreadableDate(date, saoPaulo)) reader.problem(path, `esperado ${expected}, veio "${truncate(date, 40)}"`)
}

/** The correlation id's `{remessa}{num_pedido}`, or `undefined` when it cannot be determined (SPEC 1.1, 1.2). */
const readJornada = (reader: RecordReader, record: Fields, channels: ReadonlyArray<Channel>): string | undefined => {
  const jornada = reader.object(record, "dados_jornada")
  if (jornada === undefined) return undefined
  const before = reader.problems.length
  const absent = (key: string) => isBlank(jornada[key])
  let order: string | undefined
  if (!absent("num_pedido")) {
    order = reader.text(jornada, "num_pedido", "dados_jornada.num_pedido")
    reader.optionalText(jornada, "id", "dados_jornada.id", false)
  } else if (absent("id")) {
    reader.problem("dados_jornada.num_pedido", "ausente, e dados_jornada.id também")
  } else {
    delete jornada["num_pedido"]
    order = reader.text(jornada, "id", "dados_jornada.id")
  }
  // It is part of the id, so an unusable value is never just left out. An empty one counts as absent (SPEC 1.2).
  const noRemessa = absent("remessa")
  const remessa = noRemessa ? "" : reader.text(jornada, "remessa", "dados_jornada.remessa")
  if (noRemessa) delete jornada["remessa"]
  const known = reader.problems.length === before
  if (channels.includes("itsm")) readDeliveryDate(reader, jornada)
  reader.optionalText(jornada, "dat_entrega", "dados_jornada.dat_entrega", false)
  return known && order !== undefined ? `${remessa}${order}` : undefined
}

/** Checks the campaign (SPEC 5.1). Without the WhatsApp channel it is optional, and an invalid one is dropped. */
const readWhats = (reader: RecordReader, record: Fields, channels: ReadonlyArray<Channel>): void => {
  if (!channels.includes("whatsapp")) return
  const whats = reader.object(record, "dados_whats")
  if (whats === undefined) return
  const campaign = reader.text(whats, "id_campanha", "dados_whats.id_campanha")
  if (campaign !== undefined && !/^[\w-]+$/.test(campaign)) {
    reader.problem("dados_whats.id_campanha", 'esperado letras, dígitos, "-" e "_", veio outro texto')
  }
}

const invalid = (
  problems: ReadonlyArray<Problem>,
  channels: ReadonlyArray<Channel> = [],
  id?: CorrelationId
): DecodedOutbound => ({
  _tag: "Invalid",
  ...(id !== undefined && { id }),
  channels,
  problems,
  detail: problemsDetail(problems)
})

/** The id, explicit or from its parts (SPEC 1.1), or `undefined` with the problem recorded. */
const readId = (
  reader: RecordReader,
  explicit: unknown,
  parts: ReadonlyArray<string | undefined>
): CorrelationId | undefined => {
  const given = isBlank(explicit) ? undefined : explicit
  if (given !== undefined && typeof given !== "string") {
    return reader.problem("id_correlacao", expectedType("texto", given))
  }
  if (given === undefined && parts.includes(undefined)) return undefined
  const id = given ?? parts.join("|")
  const problem = correlationIdProblem(id)
  return problem === undefined ? CorrelationId.make(id) : reader.problem("id_correlacao", problem)
}

/**
 * Decodes a record of `comunicacaoTransacional`. Total: it returns a result for any bytes and never throws. An invalid
 * record has every problem with its path, in Portuguese, without values of the record (SPEC 1.1–1.3, 2.1, 2.2).
 */
export const decodeOutbound = (value: Uint8Array | null): DecodedOutbound => {
  const decoded = decodeJson(value)
  if (decoded._tag === "NotJson") return invalid([{ path: "", problem: decoded.problem }])
  const plain = toPlainJson(decoded.value)
  if (!isFields(plain.value) || !isFields(decoded.value)) {
    return invalid([{ path: "", problem: expectedType("objeto", plain.value) }])
  }
  const record: Fields = plain.value
  const reader = new RecordReader()
  const event = readEventTime(reader, record)
  const channels = readChannels(reader, record["cod_canais"])
  if (channels.valid && channels.ours.length === 0) return { _tag: "Skipped", canais: channels.names }
  const journey = reader.text(record, "cod_jornada", "cod_jornada", longestJourney)
  const customer = readCliente(reader, record, channels.ours)
  const order = readJornada(reader, record, channels.ours)
  readWhats(reader, record, channels.ours)
  // As received: an invalid id is rejected, not cleaned.
  const explicit = decoded.value["id_correlacao"] ?? record["id_correlacao"]
  const id = readId(reader, explicit, [journey, customer?.id, order])
  if (plain.tooDeep) reader.problem("", `mais de ${maxDepth} níveis de objetos e listas`)
  if (reader.problems.length > 0 || id === undefined || event === undefined) {
    return invalid(reader.problems, channels.ours, id)
  }
  const { cod_jornada, cliente, dados_jornada, dados_whats, dados_canal_itsm } = record
  const campaign = isFields(dados_whats) && typeof dados_whats["id_campanha"] === "string"
  const outbound: Record<string, unknown> = {
    id_correlacao: id,
    cod_canais: channels.ours,
    cod_jornada,
    tims_evento: event.text,
    eventTime: event.time,
    // Copied, because an object from which a property was deleted stays large and slow to read.
    cliente: Object.assign({}, cliente),
    ...(customer !== undefined && Object.keys(customer.numbers).length > 0 && { numbers: customer.numbers }),
    dados_jornada: Object.assign({}, dados_jornada),
    ...(campaign && { dados_whats }),
    ...(dados_canal_itsm !== undefined && dados_canal_itsm !== null && { dados_canal_itsm }),
    ...(reader.avisos.length > 0 && { avisos: reader.avisos })
  }
  // The reader has checked every known field. A test checks every decoded record against the schema.
  return { _tag: "Valid", outbound: outbound as Outbound }
}
