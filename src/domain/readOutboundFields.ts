import type { Channel } from "./Outbound.ts"
import { parseDateTime } from "./parseTime.ts"
import { expectedType } from "./problem.ts"
import type { Fields, RecordReader } from "./RecordReader.ts"

/** Every problem of a longer list would only make a longer message. */
const maxItemProblems = 10

const isChannel = (name: unknown): name is Channel => name === "whatsapp" || name === "itsm"

export interface Channels {
  /** All names, also other services'. */
  readonly names: ReadonlyArray<string>
  /** Ours, in the record's order, each once (SPEC 2.2). */
  readonly ours: ReadonlyArray<Channel>
  readonly valid: boolean
}

export const readChannels = (reader: RecordReader, value: unknown): Channels => {
  if (!Array.isArray(value)) {
    reader.problem("cod_canais", expectedType("lista de textos", value))
    return { names: [], ours: [], valid: false }
  }
  const items: ReadonlyArray<unknown> = value
  const wrong = items.flatMap((item, index) => (typeof item === "string" ? [] : [{ item, index }]))
  for (const { item, index } of wrong.slice(0, maxItemProblems)) {
    reader.problem(`cod_canais[${index}]`, expectedType("texto", item))
  }
  if (wrong.length > maxItemProblems) {
    reader.problem("cod_canais", `mais ${wrong.length - maxItemProblems} itens que não são texto`)
  }
  const names = items.filter((item) => typeof item === "string")
  return { names, ours: [...new Set(names.filter(isChannel))], valid: wrong.length === 0 }
}

/** `tims_evento` as it came and in epoch milliseconds. */
export const readEventTime = (reader: RecordReader, record: Fields) => {
  const expected = "data e hora ISO 8601 com fuso (Z ou ±hh:mm)"
  const text = record["tims_evento"]
  if (typeof text !== "string" || text.trim() === "") {
    return reader.problem("tims_evento", expectedType(expected, text))
  }
  const time = parseDateTime(text)
  return time === undefined ? reader.problem("tims_evento", `esperado ${expected}, veio outro texto`) : { text, time }
}

const itsmTexts = ["nome", "sobrenome", "email", "cpf", "cnpj", "cpf_cnpj", "documento"]

/** The customer's id, after checking what the channels use of the customer. */
export const readCliente = (reader: RecordReader, record: Fields, channels: ReadonlyArray<Channel>) => {
  const cliente = reader.object(record, "cliente")
  if (cliente === undefined) return undefined
  const itsm = channels.includes("itsm")
  const id = reader.text(cliente, "id", "cliente.id")
  if (channels.includes("whatsapp")) reader.text(cliente, "num_telefone", "cliente.num_telefone")
  else reader.optionalText(cliente, "num_telefone", "cliente.num_telefone", itsm)
  for (const key of itsmTexts) reader.optionalText(cliente, key, `cliente.${key}`, itsm)
  return id
}

/** `{remessa}{num_pedido}` of the correlation id, or `undefined` when it cannot be known (SPEC 1.1, 1.2). */
export const readJornada = (
  reader: RecordReader,
  record: Fields,
  channels: ReadonlyArray<Channel>
): string | undefined => {
  const jornada = reader.object(record, "dados_jornada")
  if (jornada === undefined) return undefined
  const before = reader.problems.length
  const absent = (key: string) => jornada[key] === undefined || jornada[key] === null
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
  // Part of the id, so never just left out; an empty one is none (SPEC 1.2).
  const noRemessa = absent("remessa") || jornada["remessa"] === ""
  const remessa = noRemessa ? "" : reader.text(jornada, "remessa", "dados_jornada.remessa")
  if (noRemessa) delete jornada["remessa"]
  const known = reader.problems.length === before
  reader.optionalText(jornada, "dat_entrega", "dados_jornada.dat_entrega", channels.includes("itsm"))
  return known && order !== undefined ? `${remessa}${order}` : undefined
}

/** Checks the campaign; a record without the channel needs none, and loses what is no campaign (SPEC 5.1). */
export const readWhats = (reader: RecordReader, record: Fields, channels: ReadonlyArray<Channel>): void => {
  if (!channels.includes("whatsapp")) return
  const whats = reader.object(record, "dados_whats")
  if (whats === undefined) return
  const campaign = reader.text(whats, "id_campanha", "dados_whats.id_campanha")
  if (campaign !== undefined && !/^[\w-]+$/.test(campaign)) {
    reader.problem("dados_whats.id_campanha", 'esperado letras, dígitos, "-" e "_", veio outro texto')
  }
}
