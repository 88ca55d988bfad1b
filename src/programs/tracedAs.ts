import { Effect } from "effect"

import { dispatchOutcome } from "../domain/dispatchOutcome.ts"
import { caseOf, journeyName, type State } from "../domain/State.ts"
import { attribute } from "../telemetry/names.ts"
import { annotated } from "../telemetry/traced.ts"
import { spanOf } from "../telemetry/traceparent.ts"

/**
 * Links the current span to the communication's first trace, unless it belongs to that one: days lie between an order and its
 * answer, and a trace for each is what one can look at.
 */
export const linkedToFirst = ({ accepted, adopted }: State) =>
  Effect.withFiberSucceed(({ cache: { span, tracer } }) => {
    if (tracer === undefined || span?._tag !== "Span") return
    const first = spanOf(adopted?.span ?? accepted?.span)
    if (first !== undefined && span.traceId !== first.traceId) span.addLinks([{ span: first, attributes: {} }])
  })

/** What one can search for the communication by, on the current span. */
export const describedBy = (id: string, state: State) =>
  annotated(() => {
    const theCase = caseOf(state)
    const messageId = state.dispatch?.messageId
    return {
      [attribute.correlationId]: id,
      [attribute.journey]: journeyName(state),
      ...(theCase && { [attribute.caseNumber]: theCase.number, [attribute.caseSysId]: theCase.sysId }),
      ...(messageId !== undefined && { [attribute.messageId]: messageId }),
      ...(dispatchOutcome(state) === "in_doubt" && { [attribute.outcome]: "desconhecido" })
    }
  })
