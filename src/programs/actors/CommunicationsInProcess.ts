import { Effect, Fiber, FiberSet, Layer, Option } from "effect"

import type { CorrelationId } from "../../domain/record/Origin.ts"
import type { UnknownFact } from "../../services/Journal.ts"
import { type Lease, Ownership } from "../../services/Ownership.ts"
import { traced } from "../../telemetry/traced.ts"
import { askUntilAnswered } from "../runtime/askUntilAnswered.ts"
import { makeKeyedActors } from "../runtime/KeyedActors.ts"
import { contextWithCapacity, withCallersTrace } from "../runtime/runtimeContext.ts"
import { communicationActor } from "./communicationActor.ts"
import { Communications, type Defective } from "./Communications.ts"
import { makeUnknownFactLog } from "./unknownFactLog.ts"

type ServicesOf<Work> = Work extends Effect.Effect<infer _A, infer _E, infer R> ? R : never
type Actor = ReturnType<typeof communicationActor>
/** The services that the programs of an actor need. */
type ActorServices = ServicesOf<ReturnType<Actor["receive" | "apply" | "wake"]>>

/**
 * Runs communications when this process is called for them. Each call runs in a fiber of its own, which the caller
 * awaits. The calls of one communication take turns in this process. Each run holds its lock against other processes.
 */
export const CommunicationsInProcess = Layer.effect(
  Communications,
  Effect.gen(function* () {
    const ownership = yield* Ownership
    const context = contextWithCapacity(yield* Effect.context<ActorServices>())
    // The fibers are interrupted when the process stops. A step under way completes, and no further step begins
    // (SPEC 9.4).
    const fork = yield* FiberSet.makeRuntime<never, unknown, unknown>()
    const logUnknown = yield* makeUnknownFactLog
    let stopping = false
    // Runs before the fibers are interrupted. A call that is still connecting then sends nothing, so it can end in time.
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        stopping = true
      })
    )
    const callActor = yield* makeKeyedActors((id) => communicationActor(id as CorrelationId, () => !stopping))

    const call = <A>(
      name: string,
      id: string,
      work: (actor: Actor) => Effect.Effect<A, Defective | UnknownFact, ActorServices>
    ): Effect.Effect<A, Defective | UnknownFact> =>
      Effect.tapError(
        askUntilAnswered(
          Effect.withFiber((caller) =>
            Fiber.join(fork(Effect.setContext(traced(name)(callActor(id, work)), withCallersTrace(context, caller))))
          )
        ),
        logUnknown
      )

    const whenOwned =
      <A>(id: string, work: (actor: Actor, lease: Lease) => Effect.Effect<A, Defective | UnknownFact, ActorServices>) =>
      (actor: Actor) =>
        ownership.hold("communication", id, (lease) => work(actor, lease))

    return Communications.of({
      receive: (received) => {
        const id = received.order.id_correlacao
        return call(
          "Communication.Receive",
          id,
          whenOwned(id, (actor, lease) => actor.receive(received, lease))
        )
      },
      apply: (id, received) =>
        call(
          "Communication.Apply",
          id,
          whenOwned(id, (actor, lease) => actor.apply(received, lease))
        ),
      wake: (id) =>
        call("Communication.Wake", id, (actor) =>
          Effect.map(
            ownership.tryHold("communication", id, (lease) => actor.wake(lease)),
            Option.getOrElse(() => "elsewhere" as const)
          )
        )
    })
  })
)
