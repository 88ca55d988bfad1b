import { Schema } from "effect"

/** The place of one Kafka record: what `origem` says on the wire. */
export const Origin = Schema.Struct({ topic: Schema.String, partition: Schema.Int, offset: Schema.Int })
export type Origin = typeof Origin.Type

/** `topic/partition/offset`: the `id_resposta` of a refused record (CONTRACT "Records"). */
export const originKey = (origin: Origin): string => `${origin.topic}/${origin.partition}/${origin.offset}`
