import { Clock, Console, Effect } from "effect"

/** One line of progress, with the seconds since the start; on stderr. */
export type Tell = (line: string) => Effect.Effect<void>

export const makeTell = Effect.map(Clock.currentTimeMillis, (began): Tell => {
  return (line) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      Console.error(`${((now - began) / 1000).toFixed(0).padStart(5)} s  ${line}`)
    )
})
