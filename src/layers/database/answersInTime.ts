import { Effect } from "effect"

import { leftBehind } from "./leftBehind.ts"

/** The probe's answer, or `false` after 2 s. */
export const answersInTime = (probe: Effect.Effect<boolean>): Effect.Effect<boolean> =>
  leftBehind(probe).pipe(Effect.timeoutOrElse({ duration: "2 seconds", orElse: () => Effect.succeed(false) }))
