import { Schema } from "effect"

/** Identifies one communication: 1–200 characters, validated on input (SPEC 1.1–1.3). */
export const CorrelationId = Schema.String.pipe(Schema.brand("CorrelationId"))
export type CorrelationId = typeof CorrelationId.Type

const maxLength = 200

/** Why this text is not a valid id, in Portuguese, or `undefined` when it is (SPEC 1.3). Characters are code points. */
export const correlationIdProblem = (text: string): string | undefined => {
  if (text.trim() === "") return "esperado texto não vazio, veio texto vazio"
  // A text over twice the limit in UTF-16 units is certainly too long. Checked first, so no huge text is spread.
  if (text.length > 2 * maxLength || [...text].length > maxLength) return `esperado no máximo ${maxLength} caracteres`
  if (/\p{Cc}/u.test(text)) return "contém caractere de controle"
  if (!text.isWellFormed()) return "contém caractere Unicode inválido"
  if (text.includes("^")) return 'contém "^"'
  if (/javascript:/i.test(text)) return 'contém "javascript:"'
  return undefined
}

/** The position of one Kafka record, `origem` on the wire. */
export const Origin = Schema.Struct({ topic: Schema.String, partition: Schema.Int, offset: Schema.Int })
export type Origin = typeof Origin.Type

/** `topic/partition/offset`, which is also the `id_resposta` of a refused record (CONTRACT "Records"). */
export const originKey = (origin: Origin): string => `${origin.topic}/${origin.partition}/${origin.offset}`
