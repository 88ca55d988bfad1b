import type { Fact, FactOf } from "../../../src/domain/communication/Fact.ts"
import { evolve, fold, type State } from "../../../src/domain/communication/State.ts"
import type { InboundEvent } from "../../../src/domain/inbound/InboundEvent.ts"
import type { Journey } from "../../../src/domain/journeys/Journey.ts"
import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { caseState, closePatch } from "../../../src/domain/rules/casePatches.ts"
import { closeDue } from "../../../src/domain/rules/pendingWrites.ts"
import { planEvent } from "../../../src/domain/rules/planEvent.ts"
import { progressKey } from "../../../src/domain/rules/planEvent.ts"
import { eventContextOf } from "../../../src/domain/rules/planEvent.ts"
import { outbound } from "../outbound/records.ts"

/** What happens to one communication: an event, when the clock shows `now`, or the time of the scheduled close. */
export type Happening = { readonly event: InboundEvent; readonly now: number } | "opening"

/** The Case as ServiceNow would have it. */
interface ModelCase {
  readonly fields: Json
  readonly notes: ReadonlyArray<string>
}

const origin = { topic: "t", partition: 0, offset: 0 }
const humanGroup = "humanos"
const deliveryDate = "01/10/2025"

const dispatched = (outcome: FactOf<"DispatchSettled">["outcome"]): State =>
  fold([
    { _tag: "Accepted", at: 0, origin, order: outbound() },
    { _tag: "CaseIntended", at: 0, body: { state: caseState.open } },
    { _tag: "CaseOpened", at: 0, sysId: "s", number: "CS1", response: { status: 201 }, avisos: [] },
    { _tag: "DispatchSettled", at: 0, attempt: 1, outcome, response: { status: 200 } }
  ])

/** Sent, with its Case, and not answered. */
export const sent = dispatched("sent")

/** As `sent`, but with the dispatch in doubt. */
export const doubtful = dispatched("in_doubt")

const patched = ({ fields, notes }: ModelCase, { work_notes, ...rest }: Json): ModelCase => ({
  fields: { ...fields, ...rest },
  notes: typeof work_notes === "string" ? [...notes, work_notes] : notes
})

interface Model {
  readonly state: State
  readonly theCase: ModelCase
}

const opening = ({ state, theCase }: Model, journey: Journey): Model => {
  if (closeDue(state) === undefined || state.events.closeWritten !== undefined) return { state, theCase }
  const patch = closePatch(journey, deliveryDate)
  const facts: ReadonlyArray<Fact> = [
    { _tag: "CloseIntended", at: 0, patch, cancelled: false },
    { _tag: "CloseWritten", at: 0, written: true, response: { status: 200 }, avisos: [] },
    { _tag: "ResponseStored", at: 0, number: state.responses + 1, content: {} }
  ]
  return { state: facts.reduce(evolve, state), theCase: patched(theCase, patch) }
}

const step =
  (journey: Journey) =>
  (model: Model, happening: Happening): Model => {
    if (happening === "opening") return opening(model, journey)
    const { event, now } = happening
    const key = progressKey(model.state.events, event)
    if (model.state.events.byKey.has(key)) return model
    const plan = planEvent({ context: eventContextOf(model.state), event, journey, humanGroup, deliveryDate, now })
    const facts: ReadonlyArray<Fact> = [
      { _tag: "EventPlanned", at: now, key, origin, event, ...plan },
      ...plan.patches.map((_, index): Fact => ({
        _tag: "EventWritten",
        at: now,
        key,
        index,
        written: true,
        response: { status: 200 },
        avisos: []
      }))
    ]
    return { state: facts.reduce(evolve, model.state), theCase: plan.patches.reduce(patched, model.theCase) }
  }

const opened: ModelCase = { fields: { state: caseState.open, priority: 3 }, notes: [] }

/** The Case and the communication after all of it, each event by the real plan and the real fold. */
export const afterAll = (journey: Journey, happenings: ReadonlyArray<Happening>, from: State = sent): Model =>
  happenings.reduce(step(journey), { state: from, theCase: opened })
