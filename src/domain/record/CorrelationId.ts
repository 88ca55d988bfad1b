import { Schema } from "effect"

/** Names one communication: 1–200 characters, checked where it enters (SPEC 1.1–1.3). */
export const CorrelationId = Schema.String.pipe(Schema.brand("CorrelationId"))
export type CorrelationId = typeof CorrelationId.Type

const maxLength = 200

/** Why this text cannot be an id, in Portuguese, or `undefined` when it can (SPEC 1.3); characters are code points. */
export const correlationIdProblem = (text: string): string | undefined => {
  if (text.trim() === "") return "esperado texto não vazio, veio texto vazio"
  // No text over twice the limit in UTF-16 units has few enough code points: a huge one is not spread to be counted.
  if (text.length > 2 * maxLength || [...text].length > maxLength) return `esperado no máximo ${maxLength} caracteres`
  if (/\p{Cc}/u.test(text)) return "contém caractere de controle"
  if (!text.isWellFormed()) return "contém caractere Unicode inválido"
  if (text.includes("^")) return 'contém "^"'
  if (/javascript:/i.test(text)) return 'contém "javascript:"'
  return undefined
}
