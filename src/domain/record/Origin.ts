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

/**
 * The position of one Kafka record, `origem` on the wire. `generation` counts the logs that the partition has had: it
 * is absent in the first one (SPEC 9.10).
 */
export const Origin = Schema.Struct({
  topic: Schema.String,
  partition: Schema.Int,
  offset: Schema.Int,
  generation: Schema.optionalKey(Schema.Int)
})
export type Origin = typeof Origin.Type

const isLater = (generation: number | undefined): generation is number => generation !== undefined && generation > 1

/** The field `generation` of an origin: nothing for the first log of a partition. */
export const inGeneration = (generation: number | undefined): Pick<Origin, "generation"> =>
  isLater(generation) ? { generation } : {}

const suffix = (generation: number | undefined): string => (isLater(generation) ? `~${generation}` : "")

/**
 * `topic/partition/offset`, followed by `~2`, `~3` … in later generations. It is also the `id_resposta` of a refused
 * record (CONTRACT "Records").
 */
export const originKey = ({ generation, offset, partition, topic }: Origin): string =>
  `${topic}/${partition}/${offset}${suffix(generation)}`

/**
 * The name of a log in the database: the topic, followed by `~2`, `~3` … in later generations. No topic contains a `~`.
 */
export const logName = ({ generation, topic }: Pick<Origin, "topic" | "generation">): string =>
  `${topic}${suffix(generation)}`

/** The topic and the generation of a `logName`. */
export const readLogName = (name: string): Pick<Origin, "topic" | "generation"> => {
  const [topic = "", generation] = name.split("~")
  return { topic, ...inGeneration(generation === undefined ? undefined : Number(generation)) }
}
