import { Effect } from "effect"
import kafkajs from "kafkajs"

import type { Admin } from "./Admin.ts"

/** `max.message.bytes` of one topic, asked for once, and again before anything is refused because of it. */
export interface TopicLimit {
  /** `undefined` where the brokers do not say: not allowed to, or away. */
  readonly known: Effect.Effect<number | undefined>
  /** The limit where `size` is more than it, as it is now; else `undefined`. */
  unless(size: number): Effect.Effect<number | undefined>
}

export const maxMessageBytes = (admin: Admin, topic: string): TopicLimit => {
  let asked = false
  let limit: number | undefined

  const ask = Effect.suspend(() => {
    const resources = [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: ["max.message.bytes"] }]
    return admin.use((it) => it.describeConfigs({ resources, includeSynonyms: false }))
  }).pipe(
    Effect.map((answer) => {
      const value = Number(answer.resources[0]?.configEntries[0]?.configValue)
      asked = true
      limit = Number.isSafeInteger(value) && value > 0 ? value : undefined
    }),
    Effect.catch((failure) => {
      // A protocol error is the brokers' answer; anything else is asked again.
      asked = /^[A-Z_]+$/.test(failure.code) && !failure.code.startsWith("E")
      return Effect.logDebug(`max.message.bytes of ${topic} is not known: ${failure.message}`)
    })
  )
  const known = Effect.suspend(() => (asked ? Effect.succeed(limit) : Effect.map(ask, () => limit)))
  const over = (size: number) => (limit !== undefined && size > limit ? limit : undefined)

  return {
    known,
    unless: (size) =>
      Effect.suspend(() => (over(size) === undefined ? Effect.undefined : Effect.map(ask, () => over(size))))
  }
}
