import { Clock, Effect } from "effect"

import type { Parts } from "./Parts.ts"

/** The remaining work, in words; empty if there is none. */
const unfinished = Effect.fnUntraced(function* ({ database, load, replicas }: Parts) {
  const { due, parked } = yield* database.waiting
  const lag = yield* load.lag
  const states = yield* Effect.forEach(replicas, ({ get, name, unasked }) =>
    get("/metrics").pipe(
      Effect.map(({ body }) => Number(/^ctx_in_flight(?:\{[^}]*\})? (\S+)$/m.exec(body)?.[1] ?? 0)),
      Effect.map((inFlight) => (inFlight === 0 ? "" : `${name} has ${inFlight} in flight`)),
      // A replica that has exited by itself never answers, and is reported elsewhere.
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

/** Waits until no work is left, for at most `patience` milliseconds. Returns the remaining work. */
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
