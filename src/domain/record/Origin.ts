import { Schema } from "effect"

/** The position of one Kafka record, `origem` on the wire. */
export const Origin = Schema.Struct({ topic: Schema.String, partition: Schema.Int, offset: Schema.Int })
export type Origin = typeof Origin.Type

/** `topic/partition/offset`, which is also the `id_resposta` of a refused record (CONTRACT "Records"). */
export const originKey = (origin: Origin): string => `${origin.topic}/${origin.partition}/${origin.offset}`
