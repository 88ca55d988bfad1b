import { Clock, Effect } from "effect"

import { eventPatchOf } from "../../domain/communication/EventsState.ts"
import { caseOf, fold, type State } from "../../domain/communication/State.ts"
import type { Journey } from "../../domain/journeys/Journey.ts"
import type { StepTag } from "../../domain/operator/RefusalTag.ts"
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
  readonly tag: StepTag
  /** Of a step that would fail again. */
  readonly codigo?: string
  readonly request?: Json
}

const namedSteps: ReadonlySet<string> = new Set(["case", "dispatch", "outcome", "close"])

/** The step as an operator reads it. The name of an event's write contains the customer's text. */
export const shownStep = (step: string): string => (namedSteps.has(step) ? step : "event")

/**
 * The body that opens the Case. It has no consumer if no earlier run has found the customer. A retry then looks the
 * customer up first.
 */
const openingRequest = Effect.fnUntraced(function* (order: Outbound, journey: Journey, { consumer }: State) {
  const { consumer: sysId, ...body } = yield* caseRequest(order, journey, consumer?.sysId ?? "")
  return { ...(sysId !== "" && { consumer: sysId }), ...body }
})

/** The dispatch, or why it will not be made. It is checked as right before a dispatch (SPEC 2.5, 5.1). */
const dispatchStep = (order: Outbound, journey: Journey, state: State, now: number): DescribedStep => {
  const step = "dispatch"
  // A retry that dispatches has its Case by then, or needs none.
  const retried = { ...journey, sendWithoutCase: true }
  const { blockedBy, telefone: phone } = checkDispatchable(order, retried, state.case, now, 0)
  if (phone === undefined) {
    const codigo = blockedBy.erro?.codigo
    return { step, does: `fails again: ${codigo}`, tag: "FailsAgain", ...(codigo !== undefined && { codigo }) }
  }
  const caseNumber = caseOf(state)?.number
  const request = dispatchBody({ outbound: order, phone, ...(caseNumber !== undefined && { caseNumber }) })
  return caseNumber === undefined
    ? { step, does: "sends the message, with the Case's number if it has one", tag: "SendsWithCase", request }
    : { step, does: "sends the message", tag: "Sends", request }
}

/** The body of a write on the Case that failed. */
const writeRequest = ({ events, noted }: State, step: string): Json | undefined => {
  if (step === "outcome") return noted?.request
  if (step === "close") return events.closeIntended?.patch
  const patch = eventPatchOf(step)
  return patch && events.byKey.get(patch.key)?.planned.patches[patch.index]
}

/**
 * What a retry of this communication would do, with the bodies that it would send, masked (SPEC 10.1). Changes nothing.
 */
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
        const request = yield* openingRequest(order, journey, state)
        const described: DescribedStep = isCaseInDoubt
          ? { step, does: "looks for the Case, and opens it if there is none", tag: "LooksForCase", request }
          : { step, does: "opens the Case", tag: "OpensCase", request }
        return described
      }
      if (step === "dispatch" && order !== undefined) return dispatchStep(order, journey, state, now)
      const request = writeRequest(state, step)
      const written: DescribedStep = { step: shownStep(step), does: "writes on the Case", tag: "Writes" }
      return { ...written, ...(request && { request }) }
    })
  )
  return described.map((step: DescribedStep): DescribedStep =>
    step.request === undefined
      ? step
      : Object.assign(step, { request: hideCustomer(step.request, order?.cliente) as Json })
  )
})
