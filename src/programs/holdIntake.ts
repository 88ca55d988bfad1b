import { Effect, Stream } from "effect"

import { type Admission, Breakers } from "../services/Breakers.ts"
import type { Consumer } from "../services/Kafka.ts"

/**
 * Keeps the topic as the circuit breakers want it (SPEC 9.2), for ever: all of its records, none of them, or one after the
 * other until one of them has made the call that is awaited.
 */
export const holdIntake = (consumer: Consumer, topic: string) => {
  const admit = (admission: Admission) => {
    if (admission === "all") return consumer.resume(topic)
    const paused = consumer.pause(topic)
    return admission === "none" ? paused : Effect.andThen(paused, Effect.forever(consumer.admitOne(topic)))
  }
  return Effect.flatMap(Breakers, (breakers) =>
    Stream.runDrain(Stream.switchMap(breakers.admission, (admission) => Stream.fromEffect(admit(admission))))
  )
}
