import { Clock, Effect } from "effect"

import { eventPatchOf } from "../../domain/communication/EventsState.ts"
import { caseOf, fold, type State } from "../../domain/communication/State.ts"
import type { Journey } from "../../domain/journeys/Journey.ts"
import { dispatchBody } from "../../domain/outbound/dispatchBody.ts"
import type { Outbound } from "../../domain/outbound/Outbound.ts"
import { hideCustomer } from "../../domain/personal/hideCustomer.ts"
import type { Json } from "../../domain/record/ChannelResult.ts"
import type { CorrelationId } from "../../domain/record/Origin.ts"
import { checkDispatchable } from "../../domain/rules/checkDispatchable.ts"
import { Journal } from "../../services/Journal.ts"
import { caseRequest } from "../outbound/caseRequest.ts"
import { planRetry } from "./requestRetry.ts"

/** What a retry would do to one step. `request` is the body that it would send, masked. */
export interface DescribedStep {
  readonly step: string
  readonly does: string
  readonly request?: Json
}

/** The customer is looked up first, unless an earlier run has found him. */
const openingRequest = Effect.fnUntraced(function* (order: Outbound, journey: Journey, { consumer }: State) {
  const { consumer: sysId, ...body } = yield* caseRequest(order, journey, consumer?.sysId ?? "")
  return { ...(sysId !== "" && { consumer: sysId }), ...body }
})

/** The dispatch, or why it will not be made. The check is that of the moment before it (SPEC 2.5, 5.1). */
const dispatchStep = (order: Outbound, journey: Journey, state: State, now: number): DescribedStep => {
  const step = "dispatch"
  // A retry that dispatches has its Case by then, or needs none.
  const retried = { ...journey, sendWithoutCase: true }
  const { blockedBy, telefone: phone } = checkDispatchable(order, retried, state.case, now, 0)
  if (phone === undefined) return { step, does: `fails again: ${blockedBy.erro?.codigo}` }
  const caseNumber = caseOf(state)?.number
  const request = dispatchBody({ outbound: order, phone, ...(caseNumber !== undefined && { caseNumber }) })
  return {
    step,
    does: caseNumber === undefined ? "sends the message, with the Case's number if it has one" : "sends the message",
    request
  }
}

/** The body of a write on the Case that failed. */
const writeRequest = ({ events, noted }: State, step: string): Json | undefined => {
  if (step === "outcome") return noted?.request
  if (step === "close") return events.closeIntended?.patch
  const patch = eventPatchOf(step)
  return patch && events.byKey.get(patch.key)?.planned.patches[patch.index]
}

/** What a retry of this communication would do, with the bodies that it would send, masked (SPEC 10.1). Changes nothing. */
export const describeRetry = Effect.fn("describeRetry")(function* (id: string) {
  const journal = yield* Journal
  const state = fold(yield* journal.load(id))
  const { isCaseInDoubt, journey, steps } = yield* planRetry(id as CorrelationId, state)
  const now = yield* Clock.currentTimeMillis
  const order = state.accepted?.order
  const described = yield* Effect.forEach(
    steps,
    Effect.fnUntraced(function* (step) {
      if (step === "case" && order !== undefined) {
        const does = isCaseInDoubt ? "looks for the Case, and opens it if there is none" : "opens the Case"
        return { step, does, request: yield* openingRequest(order, journey, state) } satisfies DescribedStep
      }
      if (step === "dispatch" && order !== undefined) return dispatchStep(order, journey, state, now)
      const request = writeRequest(state, step)
      const of = step === "outcome" || step === "close" ? step : "event"
      return { step: of, does: "writes on the Case", ...(request && { request }) } satisfies DescribedStep
    })
  )
  return described.map(({ does, request, step }: DescribedStep): DescribedStep =>
    request === undefined ? { step, does } : { step, does, request: hideCustomer(request, order?.cliente) as Json }
  )
})
