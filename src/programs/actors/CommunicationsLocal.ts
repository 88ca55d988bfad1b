import { Effect, Fiber, FiberSet, Layer } from "effect"

import type { CorrelationId } from "../../domain/record/CorrelationId.ts"
import { Ownership } from "../../services/Ownership.ts"
import { traced } from "../../telemetry/traced.ts"
import { askUntilAnswered } from "../runtime/askUntilAnswered.ts"
import { makeKeyedActors } from "../runtime/KeyedActors.ts"
import { contextWithCapacity, withCallersTrace } from "../runtime/runtimeContext.ts"
import { communicationActor } from "./communicationActor.ts"
import { Communications, type Defective } from "./Communications.ts"

type Needs<Work> = Work extends Effect.Effect<infer _A, infer _E, infer R> ? R : never
type Actor = ReturnType<typeof communicationActor>
/** What the programs of an actor need. */
type Outside = Needs<Actor["wake"]> | Needs<ReturnType<Actor["receive" | "apply"]>>

/** The shard is of no interest to a process that has them all. */
const all = "all"

/**
 * The communications of one process that has them all: each ask is a fiber of its own, which whoever asks awaits. The cluster's
 * entities do the same for two and a half times the CPU (decision 15).
 */
export const CommunicationsLocal = Layer.effect(
  Communications,
  Effect.gen(function* () {
    const ownership = yield* Ownership
    const context = contextWithCapacity(yield* Effect.context<Outside>())
    // Interrupted when the process stops: what is under way ends, no further step begins (SPEC 9.4).
    const fork = yield* FiberSet.makeRuntime<never, unknown, unknown>()
    const lease = ownership.lease(all)
    const askOf = yield* makeKeyedActors((id) => communicationActor(id as CorrelationId, lease))

    const ask = <A>(
      name: string,
      id: string,
      work: (actor: Actor) => Effect.Effect<A, Defective, Outside>
    ): Effect.Effect<A, Defective> =>
      askUntilAnswered(
        Effect.withFiber((asker) =>
          Fiber.join(fork(Effect.setContext(traced(name)(askOf(id, work)), withCallersTrace(context, asker))))
        )
      )

    return Communications.of({
      receive: (received) =>
        ask("Communication.Receive", received.order.id_correlacao, (actor) => actor.receive(received)),
      apply: (id, received) => ask("Communication.Apply", id, (actor) => actor.apply(received)),
      wake: (id) => ask("Communication.Wake", id, (actor) => actor.wake)
    })
  })
)
