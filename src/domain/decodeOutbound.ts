import { CorrelationId, correlationIdProblem } from "./CorrelationId.ts"
import { decodeJson } from "./decodeJson.ts"
import type { Channel, Outbound } from "./Outbound.ts"
import { maxDepth, toPlainJson } from "./plainJson.ts"
import { expectedType, type Problem, problemsDetail } from "./problem.ts"
import { readChannels, readCliente, readEventTime, readJornada, readWhats } from "./readOutboundFields.ts"
import { type Fields, isFields, RecordReader } from "./RecordReader.ts"

export type DecodedOutbound =
  | { readonly _tag: "Valid"; readonly outbound: Outbound }
  /** None of the channels is ours (SPEC 2.2). */
  | { readonly _tag: "Skipped"; readonly canais: ReadonlyArray<string> }
  | {
      readonly _tag: "Invalid"
      /** Where it could be computed all the same. */
      readonly id?: CorrelationId
      /** Ours, as far as known. */
      readonly channels: ReadonlyArray<Channel>
      readonly problems: ReadonlyArray<Problem>
      /** All problems on one line. */
      readonly detail: string
    }

/** Longer than any name: one that is not in the file is told as it came (SPEC 2.6). */
const longestJourney = 1000

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

/** The id, explicit or of its parts (SPEC 1.1), or `undefined` with the problem recorded. */
const readId = (
  reader: RecordReader,
  explicit: unknown,
  parts: ReadonlyArray<string | undefined>
): CorrelationId | undefined => {
  const given = explicit !== undefined && explicit !== null
  if (given && typeof explicit !== "string") return reader.problem("id_correlacao", expectedType("texto", explicit))
  if (!given && parts.includes(undefined)) return undefined
  const id = given ? explicit : parts.join("|")
  const problem = correlationIdProblem(id)
  return problem === undefined ? CorrelationId.make(id) : reader.problem("id_correlacao", problem)
}

/**
 * What a record of `comunicacaoTransacional` asks for. Total: whatever the bytes, it answers and never throws; an
 * invalid record comes with every problem and its path, in Portuguese, without values of the record (SPEC 1.1–1.3, 2.1, 2.2).
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
  // As it came: an id is refused, not cleaned.
  const explicit = decoded.value["id_correlacao"] ?? record["id_correlacao"]
  const id = readId(reader, explicit, [journey, customer, order])
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
    // Copies: an object that something was taken out of is large, and slow to read, for as long as it lives.
    cliente: Object.assign({}, cliente),
    dados_jornada: Object.assign({}, dados_jornada),
    ...(campaign && { dados_whats }),
    ...(dados_canal_itsm !== undefined && dados_canal_itsm !== null && { dados_canal_itsm }),
    ...(reader.avisos.length > 0 && { avisos: reader.avisos })
  }
  // The reader has checked each known field: a test holds every decoded record against the schema.
  return { _tag: "Valid", outbound: outbound as Outbound }
}
