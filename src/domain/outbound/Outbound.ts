import { Schema } from "effect"

import { CorrelationId } from "../record/Origin.ts"

/** The two channels that this service handles, as `cod_canais` names them (SPEC 2.2). */
export const Channel = Schema.Literals(["whatsapp", "itsm"])
export type Channel = typeof Channel.Type

/** An object of the wire. Its other fields are kept unchanged. */
const open = <Fields extends Schema.Struct.Fields>(fields: Fields) =>
  Schema.StructWithRest(Schema.Struct(fields), [Schema.Record(Schema.String, Schema.Unknown)])

export const Cliente = open({
  id: Schema.String,
  nome: Schema.optionalKey(Schema.String),
  sobrenome: Schema.optionalKey(Schema.String),
  email: Schema.optionalKey(Schema.String),
  num_telefone: Schema.optionalKey(Schema.String),
  cpf: Schema.optionalKey(Schema.String),
  cnpj: Schema.optionalKey(Schema.String),
  cpf_cnpj: Schema.optionalKey(Schema.String),
  documento: Schema.optionalKey(Schema.String)
})
export type Cliente = typeof Cliente.Type

const DadosJornada = open({
  id: Schema.optionalKey(Schema.String),
  num_pedido: Schema.optionalKey(Schema.String),
  remessa: Schema.optionalKey(Schema.String),
  dat_entrega: Schema.optionalKey(Schema.String)
})
const DadosWhats = open({ id_campanha: Schema.String })

/** A valid record of `comunicacaoTransacional` (SPEC 2.1), plain JSON. `cod_canais` holds only ours, each once. */
export const Outbound = Schema.Struct({
  id_correlacao: CorrelationId,
  cod_canais: Schema.Array(Channel),
  cod_jornada: Schema.String,
  /** As received. */
  tims_evento: Schema.String,
  /** `tims_evento` in epoch milliseconds. */
  eventTime: Schema.Number,
  cliente: Cliente,
  /**
   * Fields of the customer that the record has as numbers, as text. They are not in `cliente`, because earlier versions
   * omit them there, and compare the rest (SPEC 1.4).
   */
  numbers: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
  dados_jornada: DadosJornada,
  dados_whats: Schema.optionalKey(DadosWhats),
  dados_canal_itsm: Schema.optionalKey(Schema.Unknown),
  /** For the response: warnings about what was left out because it was unusable. */
  avisos: Schema.optionalKey(Schema.Array(Schema.String))
})
export type Outbound = typeof Outbound.Type

/** The customer with all fields, numbers as text (SPEC 3.1). */
export const customerOf = ({ cliente, numbers }: Outbound): Cliente =>
  numbers === undefined ? cliente : { ...cliente, ...numbers }

/** `num_pedido`, or the journey's own `id` if that is absent (SPEC 1.2). */
export const orderNumber = (outbound: Outbound): string =>
  outbound.dados_jornada.num_pedido ?? outbound.dados_jornada.id ?? ""

/** True when the record requests this channel. */
export const wants = (outbound: Outbound, channel: Channel): boolean => outbound.cod_canais.includes(channel)
