import { Effect, Fiber, FiberSet, Layer } from "effect"

import type { CorrelationId } from "../../domain/record/CorrelationId.ts"
import { ShardOwnership } from "../../services/ShardOwnership.ts"
import { traced } from "../../telemetry/traced.ts"
import { askUntilAnswered } from "../runtime/askUntilAnswered.ts"
import { makeKeyedActors } from "../runtime/KeyedActors.ts"
import { contextWithCapacity, withCallersTrace } from "../runtime/runtimeContext.ts"
import { communicationActor } from "./communicationActor.ts"
import { Communications, type Defective } from "./Communications.ts"

type ServicesOf<Work> = Work extends Effect.Effect<infer _A, infer _E, infer R> ? R : never
type Actor = ReturnType<typeof communicationActor>
/** The services that the programs of an actor need. */
type ActorServices = ServicesOf<Actor["wake"]> | ServicesOf<ReturnType<Actor["receive" | "apply"]>>

/** The only shard: this process has all communications. */
const onlyShard = "all"

/**
 * Runs all communications in this process. Each call runs in a fiber of its own, which the caller awaits. The cluster's
 * entities do the same for two and a half times the CPU (decision 15).
 */
export const CommunicationsLocal = Layer.effect(
  Communications,
  Effect.gen(function* () {
    const ownership = yield* ShardOwnership
    const context = contextWithCapacity(yield* Effect.context<ActorServices>())
    // The fibers are interrupted when the process stops. A step under way completes, and no further step begins
    // (SPEC 9.4).
    const fork = yield* FiberSet.makeRuntime<never, unknown, unknown>()
    const lease = ownership.lease(onlyShard)
    const callActor = yield* makeKeyedActors((id) => communicationActor(id as CorrelationId, lease))

    const call = <A>(
      name: string,
      id: string,
      work: (actor: Actor) => Effect.Effect<A, Defective, ActorServices>
    ): Effect.Effect<A, Defective> =>
      askUntilAnswered(
        Effect.withFiber((caller) =>
          Fiber.join(fork(Effect.setContext(traced(name)(callActor(id, work)), withCallersTrace(context, caller))))
        )
      )

    return Communications.of({
      receive: (received) =>
        call("Communication.Receive", received.order.id_correlacao, (actor) => actor.receive(received)),
      apply: (id, received) => call("Communication.Apply", id, (actor) => actor.apply(received)),
      wake: (id) => call("Communication.Wake", id, (actor) => actor.wake)
    })
  })
)
