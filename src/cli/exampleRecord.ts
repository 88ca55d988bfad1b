import { decodeOutbound } from "../domain/outbound/decodeOutbound.ts"
import type { Outbound } from "../domain/outbound/Outbound.ts"
import { isoTime } from "../domain/values/parseTime.ts"

const encoder = new TextEncoder()

/** The record for rendering the texts of a journey: every documented field, with invented data. */
const example = (journey: string, now: number) => ({
  tims_evento: isoTime(now),
  cod_canais: ["whatsapp", "itsm"],
  cod_jornada: journey,
  cliente: {
    id: "cliente-exemplo",
    nome: "Maria",
    sobrenome: "Exemplo",
    email: "maria@example.com",
    num_telefone: "+5511999999999"
  },
  dados_jornada: {
    id: "PEDIDO-1",
    num_pedido: "PEDIDO-1",
    num_nota: 12_345,
    remessa: "1000",
    dat_emissao: "2026-01-31",
    url_nota: "https://example.com/nota/12345"
  },
  dados_whats: { id_campanha: "exemplo" },
  dados_canal_itsm: {}
})

/**
 * The order of the example, or of a record that the operator gives, as one of this journey. `undefined` if that is not
 * a valid record.
 */
export const exampleOrder = (journey: string, now: number, record?: object): Outbound | undefined => {
  const value = record === undefined ? example(journey, now) : { ...record, cod_jornada: journey }
  const decoded = decodeOutbound(encoder.encode(JSON.stringify(value)))
  return decoded._tag === "Valid" ? decoded.outbound : undefined
}
