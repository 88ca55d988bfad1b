import { Clock, Effect } from "effect"

import type { Parts } from "./Parts.ts"

/** What is still to be done, in words; empty when there is nothing. */
const unfinished = Effect.fnUntraced(function* ({ database, load, replicas }: Parts) {
  const { due, parked } = yield* database.waiting
  const lag = yield* load.lag
  const states = yield* Effect.forEach(replicas, ({ get, name, unasked }) =>
    get("/metrics").pipe(
      Effect.map(({ body }) => Number(/^ctx_in_flight(?:\{[^}]*\})? (\S+)$/m.exec(body)?.[1] ?? 0)),
      Effect.map((inFlight) => (inFlight === 0 ? "" : `${name} has ${inFlight} in flight`)),
      // One that ended by itself will never answer: it is told as that.
      Effect.catch(() => Effect.map(unasked, (ends) => (ends.length === 0 ? `${name} does not answer` : "")))
    )
  )
  return [
    ...(lag === 0 ? [] : [`lag ${lag}`]),
    ...(due === 0 ? [] : [`due ${due}`]),
    ...(parked === 0 ? [] : [`parked ${parked}`]),
    ...states.filter((state) => state !== "")
  ]
})

/** Waits until nothing is left to do; what is left after `patience` milliseconds is returned. */
export const quiet = Effect.fnUntraced(function* (
  parts: Parts,
  patience: number,
  tell: (line: string) => Effect.Effect<void>
) {
  const until = (yield* Clock.currentTimeMillis) + patience
  let calm = 0
  let told = ""
  for (;;) {
    const left = yield* unfinished(parts)
    calm = left.length === 0 ? calm + 1 : 0
    if (calm === 3) return []
    if ((yield* Clock.currentTimeMillis) > until) return [`not quiet after ${patience / 1000} s: ${left.join(", ")}`]
    const line = `waiting: ${left.join(", ")}`
    if (left.length > 0 && line !== told) yield* tell(line)
    told = line
    yield* Effect.sleep("1 second")
  }
})
