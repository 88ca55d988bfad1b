import { Effect, Option } from "effect"

import { dispatchOutcome } from "../domain/dispatchOutcome.ts"
import { caseOf, journeyName, type State } from "../domain/State.ts"
import { attribute } from "../telemetry/names.ts"
import { spanOf } from "../telemetry/traceparent.ts"

/**
 * Links the current span to the communication's first trace, unless it belongs to that one: days lie between an order and its
 * answer, and a trace for each is what one can look at.
 */
export const linkedToFirst = Effect.fnUntraced(function* ({ accepted, adopted }: State) {
  const current = Option.getOrUndefined(yield* Effect.option(Effect.currentSpan))
  const first = spanOf(adopted?.span ?? accepted?.span)
  if (current === undefined || first === undefined || current.traceId === first.traceId) return
  current.addLinks([{ span: first, attributes: {} }])
})

/** What one can search for the communication by, on the current span. */
export const describedBy = (id: string, state: State) => {
  const theCase = caseOf(state)
  const messageId = state.dispatch?.messageId
  return Effect.annotateCurrentSpan({
    [attribute.correlationId]: id,
    [attribute.journey]: journeyName(state),
    ...(theCase && { [attribute.caseNumber]: theCase.number, [attribute.caseSysId]: theCase.sysId }),
    ...(messageId !== undefined && { [attribute.messageId]: messageId }),
    ...(dispatchOutcome(state) === "in_doubt" && { [attribute.outcome]: "desconhecido" })
  })
}
