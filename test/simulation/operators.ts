import { Effect, Exit } from "effect"

import type { Decision } from "../../src/domain/communication/Decision.ts"
import { fold } from "../../src/domain/communication/State.ts"
import { originKey } from "../../src/domain/record/Origin.ts"
import { beginOperation } from "../../src/programs/operator/beginOperation.ts"
import { communicationsNamed } from "../../src/programs/operator/communicationNamed.ts"
import { takeDeadLetters } from "../../src/programs/operator/deadLetters.ts"
import { itemsToErase } from "../../src/programs/operator/erase.ts"
import { idsMatching } from "../../src/programs/operator/findCommunications.ts"
import { customerTerms, heldOfCustomer } from "../../src/programs/operator/heldOfCustomer.ts"
import { takeDecision, takeRetry } from "../../src/programs/operator/takeAction.ts"
import { Operations } from "../../src/services/Operations.ts"
import type { OperatorServices } from "./OperatorProcess.ts"
import type { Conversation, Order } from "./scenario/Scenario.ts"
import { timeouts } from "./scenario/vendorFaults.ts"
import { storedFacts, type World } from "./World.ts"

/** The operator who decides one by one, and the one who starts operations on many without asking a vendor. */
export const operators = { single: "ana", bulk: "bruno" } as const

/** Milliseconds for which an operator waits for an answer. */
const patience = 25_000

/**
 * Sends the request to the API of one process. `answered` is called once: with the result, or without one if no process
 * answers.
 */
export const ask = <A, E>(
  { dice, kernel, processes }: World,
  program: Effect.Effect<A, E, OperatorServices>,
  answered: (exit?: Exit.Exit<A, unknown>) => void
): void => {
  const able = processes.filter(({ answers }) => answers)
  if (able.length === 0) return answered()
  let isOver = false
  const once = (exit?: Exit.Exit<A, unknown>) => {
    if (!isOver) answered(exit)
    isOver = true
  }
  kernel.at(kernel.now + patience, once)
  return dice.pick(able).perform(program, once)
}

/** Milliseconds after which no request of a dead process is in progress. */
const underWay = timeouts.weni + 30_000

/** Whether Weni can no longer receive anything of the attempts so far. */
const isFinal = (world: World, id: string): boolean => {
  const { lastIntent } = fold(storedFacts(world, id)).dispatch
  return world.kernel.now > (lastIntent?.at ?? 0) + underWay
}

/** The decision of an operator who asks Weni first, or of one who does not. */
const decisionOf = ({ context, dice, weni }: World, { id, operator }: Conversation): Decision => {
  const hasIt = Effect.runSyncWith(context)(weni.accepted).has(id)
  if (operator === "hasty") return "resend"
  return hasIt ? "sent" : dice.pick(["resend", "resend", "not_sent"])
}

/** An operator checks each second until `until`, and decides the conversation's doubt once, as soon as that is allowed. */
export const operate = (world: World, conversation: Conversation, until: number): void => {
  const { kernel, store } = world
  const { id, operator } = conversation
  const look = () => {
    if (kernel.now > until) return
    const again = () => kernel.at(kernel.now + 1000, look)
    const isInDoubt = store.communications.get(id)?.view.inDoubt === true
    if (!isInDoubt || (operator === "careful" && !isFinal(world, id))) return void again()
    const decision = decisionOf(world, conversation)
    ask(world, takeDecision(decision, id, { by: operators.single, reason: "x" }), (exit) => {
      if (exit === undefined || Exit.isFailure(exit)) again()
      else world.tell(`operator decides ${id}: ${decision}`)
    })
  }
  look()
}

/** An operator requests a retry of the conversation every few seconds until `until`. */
export const retryAgain = (world: World, { id }: Conversation, until: number): void => {
  const { dice, kernel } = world
  const look = () => {
    if (kernel.now > until) return
    kernel.at(kernel.now + dice.between(1000, 20_000), look)
    ask(world, takeRetry(id, { by: operators.single, reason: "x" }), (exit) => {
      if (exit !== undefined && Exit.isSuccess(exit)) world.tell(`operator retries ${id}`)
    })
  }
  look()
}

/** The communications that an operator's filter for this action finds. */
const found = (action: Order["action"]) => {
  switch (action) {
    case "retry":
      return idsMatching({ status: ["failure", "partial_success"] })
    case "end":
      return idsMatching({ status: ["working", "waiting"] })
    default:
      return idsMatching({ status: ["in_doubt"] })
  }
}

const itemsOf = Effect.fnUntraced(function* ({ action, customer, ids }: Order) {
  if (customer !== undefined) {
    const { ids, parked } = yield* heldOfCustomer(customerTerms(customer))
    return yield* itemsToErase(ids, parked)
  }
  if (action === "redrive") {
    return (yield* takeDeadLetters({})).map(({ letter }) => originKey(letter.place))
  }
  if (ids === undefined) return yield* found(action)
  return yield* Effect.catchTag(communicationsNamed(ids), "PersonalName", () => Effect.succeed([]))
})

/** An operator orders the operation, and repeats the request until a process accepts it. The operation is stopped at its time. */
export const order = (world: World, one: Order): void => {
  const { kernel } = world
  const actor = { by: operators.bulk, reason: "x" }
  const begun = Effect.flatMap(itemsOf(one), (items) => beginOperation(one.action, items, actor))
  const stop = (id: string) => {
    const stopped = Effect.flatMap(Operations, (operations) => operations.stop(id, kernel.now))
    ask(world, stopped, (exit) => {
      if (exit === undefined || Exit.isFailure(exit)) kernel.at(kernel.now + 500, () => stop(id))
      else world.tell(`operation ${id} is stopped`)
    })
  }
  const begin = () =>
    ask(world, begun, (exit) => {
      if (exit === undefined || Exit.isFailure(exit)) return void kernel.at(kernel.now + 1000, begin)
      if (one.stopped !== undefined) kernel.at(kernel.now + one.stopped, () => stop(exit.value.id))
      return undefined
    })
  kernel.at(kernel.now + one.after, begin)
}
