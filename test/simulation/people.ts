import { Effect, Layer } from "effect"

import type { StoredCase } from "../../simulators/servicenow/inspect.ts"
import type { Decision } from "../../src/domain/communication/Decision.ts"
import { fold } from "../../src/domain/communication/State.ts"
import { journalMemory } from "../../src/layers/journal/memory/JournalMemory.ts"
import { loadFrom } from "../../src/layers/journal/memory/store.ts"
import { requestRetry } from "../../src/programs/operator/requestRetry.ts"
import { resolveDispatch } from "../../src/programs/operator/resolveDispatch.ts"
import { KnownCases } from "../../src/programs/outbound/KnownCases.ts"
import { Journeys } from "../../src/services/Journeys.ts"
import { ServiceNow } from "../../src/services/ServiceNow.ts"
import { Settings } from "../../src/services/Settings.ts"
import { orderNumberOf } from "./scenario/conversations.ts"
import { journeys } from "./scenario/journeys.ts"
import type { Conversation } from "./scenario/Scenario.ts"
import { timeouts } from "./scenario/vendorFaults.ts"
import type { World } from "./World.ts"

/** The Case of a conversation as the instance has it now. */
export const caseOf = ({ context, serviceNow }: World, id: string): StoredCase | undefined =>
  Effect.runSyncWith(context)(serviceNow.cases).find(({ fields }) => fields.u_num_pedido === orderNumberOf(id))

/** People take the conversation's Case, where there is one by now. */
export const peopleChange = (world: World, id: string): void => {
  const theCase = caseOf(world, id)
  if (theCase === undefined) return
  world.tell(`people take ${theCase.number}`)
  const request = {
    method: "PATCH",
    path: `/api/now/table/sn_customerservice_case/${theCase.sysId}`,
    query: new URLSearchParams(),
    headers: { authorization: `Basic ${btoa("people:secret")}` },
    body: JSON.stringify({ state: 18 })
  }
  Effect.runForkWith(world.context)(world.serviceNow.handle(request))
}

/** Milliseconds after which no request is under way any more that a process sent before it died. */
const underWay = timeouts.weni + 30_000

/** Whether Weni has by now what it will ever have of the attempts so far. */
const isFinal = ({ context, kernel, store }: World, id: string): boolean => {
  const { lastIntent } = fold(Effect.runSyncWith(context)(loadFrom(store, id))).dispatch
  return kernel.now > (lastIntent?.at ?? 0) + underWay
}

/** What an operator decides who asks Weni first, or does not. */
const decisionOf = ({ context, dice, weni }: World, { id, operator }: Conversation): Decision => {
  const hasIt = Effect.runSyncWith(context)(weni.accepted).has(id)
  if (operator === "hasty") return "resend"
  return hasIt ? "sent" : dice.pick(["resend", "resend", "not_sent"])
}

/** An operator looks each second until `until`, and decides on the conversation's doubt once, as soon as it is allowed. */
export const operate = (world: World, conversation: Conversation, until: number): void => {
  const { context, kernel, settings, store } = world
  const { id, operator } = conversation
  const look = () => {
    if (kernel.now > until) return
    const again = () => kernel.at(kernel.now + 1000, look)
    const isInDoubt = store.communications.get(id)?.view.inDoubt === true
    if (!isInDoubt || (operator === "careful" && !isFinal(world, id))) return void again()
    const decision = decisionOf(world, conversation)
    const decide = resolveDispatch(id, decision, { reason: "x" }).pipe(
      Effect.provide(journalMemory(store)),
      Effect.provideService(Settings, settings)
    )
    Effect.runForkWith(context)(Effect.exit(decide)).addObserver((exit) => {
      const taken = exit._tag === "Success" && exit.value._tag === "Success"
      if (taken) world.tell(`operator decides ${id}: ${decision}`)
      else again()
    })
  }
  look()
}

/** The operator's own look shows nothing of a Case, and so proves that there is none: the run's look must say it. */
const hastyLook = Layer.mergeAll(
  Layer.mock(ServiceNow)({ seekCase: () => Effect.succeed({ _tag: "None" }) }),
  Layer.mock(KnownCases)({ control: () => Effect.undefined })
)

/** An operator asks every few seconds until `until` for what failed of the conversation to be done once more. */
export const retryAgain = (world: World, { id }: Conversation, until: number): void => {
  const { context, dice, kernel, settings, store } = world
  const look = () => {
    if (kernel.now > until) return
    kernel.at(kernel.now + dice.between(1000, 20_000), look)
    const retry = requestRetry(id, { by: "ana", reason: "x" }).pipe(
      Effect.provide(Layer.merge(journalMemory(store), hastyLook)),
      Effect.provideService(Journeys, journeys),
      Effect.provideService(Settings, settings)
    )
    Effect.runForkWith(context)(Effect.exit(retry)).addObserver((exit) => {
      const taken = exit._tag === "Success" && exit.value._tag === "Success"
      if (taken) world.tell(`operator retries ${id}`)
    })
  }
  look()
}
