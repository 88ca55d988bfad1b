import { Effect, Layer } from "effect"

import { BreakersInProcess } from "../../src/layers/breaker/BreakersInProcess.ts"
import { type Breaker, Breakers } from "../../src/services/Breakers.ts"

const answering = <Reason>(breaker: Breaker<Reason>): Breaker<Reason> => ({
  ...breaker,
  answeredSince: () => true,
  pass: (callState, use) =>
    breaker.pass(callState, (pass) =>
      use({
        ...pass,
        report: (outcome) =>
          Effect.andThen(
            pass.report(outcome),
            Effect.sync(() => void (callState.answered = true))
          )
      })
    )
})

/**
 * Breakers of a process with more traffic than its test has: the vendors always answer some other call. So a call whose
 * attempts are used up fails by itself, and not because of an outage (SPEC 9.2).
 */
export const breakersAnsweringOthers = Layer.effect(
  Breakers,
  Effect.map(Breakers, ({ servicenow, weni }) =>
    Breakers.of({ servicenow: answering(servicenow), weni: answering(weni) })
  )
).pipe(Layer.provide(BreakersInProcess))
