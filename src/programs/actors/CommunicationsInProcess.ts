import { Context, Effect, Fiber, FiberSet, Layer, Option } from "effect"

import type { CorrelationId } from "../../domain/record/Origin.ts"
import type { UnknownFact } from "../../services/Journal.ts"
import { type Lease, Ownership } from "../../services/Ownership.ts"
import { CurrentPlace, type Place } from "../../services/StartPermit.ts"
import { annotation } from "../../telemetry/names.ts"
import { traced } from "../../telemetry/traced.ts"
import { askUntilAnswered } from "../runtime/askUntilAnswered.ts"
import { HourlyLog, makeHourlyLog } from "../runtime/hourlyLog.ts"
import { makeKeyedActors, patience } from "../runtime/KeyedActors.ts"
import { isUnknownFact } from "../runtime/retryOnDefect.ts"
import { contextWithCapacity, withCallersTrace } from "../runtime/runtimeContext.ts"
import { communicationActor } from "./communicationActor.ts"
import { type Applied, Communications, type Defective } from "./Communications.ts"

type ServicesOf<Work> = Work extends Effect.Effect<infer _A, infer _E, infer R> ? R : never
type Actor = ReturnType<typeof communicationActor>
/** How a program of an actor fails. */
type Failed = Defective | UnknownFact
/** The services that the programs of an actor need. */
type ActorServices = ServicesOf<ReturnType<Actor["receive" | "apply" | "end" | "erase" | "wake"]>>

/**
 * Runs each communication in the process that is called for it. Each call runs in its own fiber, which the caller
 * awaits. The calls of one communication take turns in this process. Each run holds its lock against other processes.
 */
export const CommunicationsInProcess = Layer.effect(
  Communications,
  Effect.gen(function* () {
    const ownership = yield* Ownership
    const hourly = yield* makeHourlyLog
    const context = contextWithCapacity(Context.add(yield* Effect.context<ActorServices>(), HourlyLog, hourly))
    // The fibers are interrupted when the process stops. A step under way completes, and no further step begins
    // (SPEC 9.4).
    const fork = yield* FiberSet.makeRuntime<never, unknown, unknown>()
    let stopping = false
    // Runs before the fibers are interrupted. A call that is still connecting then sends nothing, so it can end in
    // time.
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        stopping = true
      })
    )
    /** Logs each communication that waits for a newer version once, and again each hour (SPEC 9.8). */
    const logUnknown = (error: unknown): Effect.Effect<void> =>
      isUnknownFact(error)
        ? hourly(
            `${error.id} newer`,
            Effect.logWarning(
              `fact ${error.tag} was written by a newer version, the communication waits for a process of that version`
            ).pipe(Effect.annotateLogs(annotation.correlationId, error.id))
          )
        : Effect.void
    const ask = yield* makeKeyedActors((id) => communicationActor(id as CorrelationId, () => !stopping))

    /** How many calls of each communication wait for their turn although their callers have ended. */
    const abandoned = new Map<string, number>()

    /**
     * Lets a call continue without its caller. Interrupts a call that has not begun if `patience.calls` such calls
     * already wait.
     */
    const abandon = (id: string, fiber: Fiber.Fiber<unknown, unknown>, hasBegun: boolean): Effect.Effect<void> => {
      if (hasBegun) return Effect.void
      const count = abandoned.get(id) ?? 0
      if (count >= patience.calls) return Fiber.interrupt(fiber)
      abandoned.set(id, count + 1)
      fiber.addObserver(() => {
        const left = (abandoned.get(id) ?? 0) - 1
        if (left > 0) abandoned.set(id, left)
        else abandoned.delete(id)
      })
      return Effect.void
    }

    /**
     * Runs the call in its own fiber, which continues without its caller. The call runs `begin` when it has its turn
     * and its lock. While it waits for either, it gives up its caller's `place` (SPEC 9.5).
     */
    const call = <A>(
      name: string,
      id: string,
      makeCall: (begin: () => void, place: Place) => Effect.Effect<A, Failed, ActorServices>
    ): Effect.Effect<A, Failed> =>
      Effect.tapError(
        askUntilAnswered(
          Effect.withFiber((caller) => {
            let begun = false
            const work = makeCall(() => (begun = true), caller.getRef(CurrentPlace))
            const fiber = fork(Effect.setContext(traced(name)(work), withCallersTrace(context, caller)))
            return Effect.onInterrupt(Fiber.join(fiber), () => abandon(id, fiber, begun))
          })
        ),
        logUnknown
      )

    const whenOwned = <A>(
      id: string,
      begin: () => void,
      work: (actor: Actor, lease: Lease) => Effect.Effect<A, Failed, ActorServices>
    ) => {
      const owned = (actor: Actor) => (lease: Lease) => {
        begin()
        return work(actor, lease)
      }
      return {
        wait: (actor: Actor) => ownership.hold("communication", id, owned(actor)),
        try: (actor: Actor) => ownership.tryHold("communication", id, owned(actor))
      }
    }

    /** Waits for the lock, but for `patience.millis` at most. Returns none if the work has not begun by then. */
    const lockedSoon = <A>(
      first: Option.Option<A>,
      waiting: Effect.Effect<A, Failed, ActorServices>,
      hasBegun: () => boolean
    ): Effect.Effect<Option.Option<A>, Failed, ActorServices> => {
      if (Option.isSome(first)) return Effect.succeed(first)
      const tooLong = Effect.flatMap(Effect.sleep(patience.millis), () =>
        hasBegun() ? Effect.never : Effect.succeedNone
      )
      return Effect.raceFirst(Effect.asSome(waiting), tooLong)
    }

    return Communications.of({
      receive: (received) => {
        const id = received.order.id_correlacao
        return call("Communication.Receive", id, (begin, place) => {
          const owned = whenOwned(id, begin, (actor, lease) => actor.receive(received, lease))
          const locked = (actor: Actor) => {
            place.retake()
            return owned.wait(actor)
          }
          return ask(id, locked, place.leave)
        })
      },
      apply: (id, received) =>
        call("Communication.Apply", id, (begin, place) => {
          let begun = false
          const mark = () => {
            begun = true
            place.retake()
            begin()
          }
          const owned = whenOwned(id, mark, (actor, lease) => actor.apply(received, lease))
          const locked = (actor: Actor) => {
            place.retake()
            return Effect.flatMap(owned.try(actor), (first) => {
              if (Option.isNone(first)) place.leave()
              return lockedSoon(first, owned.wait(actor), () => begun)
            })
          }
          return Effect.map(ask.soon(id, locked, place.leave), (applied) =>
            Option.getOrElse(Option.flatten(applied), (): Applied => "busy")
          )
        }),
      end: (id, order) =>
        call("Communication.End", id, (begin) =>
          ask(id, (actor) =>
            Effect.map(
              whenOwned(id, begin, (actor, lease) => actor.end(order, lease)).try(actor),
              Option.getOrElse(() => "elsewhere" as const)
            )
          )
        ),
      erase: (id, order) =>
        call("Communication.Erase", id, (begin) =>
          ask(id, (actor) =>
            Effect.map(
              whenOwned(id, begin, (actor, lease) => actor.erase(order, lease)).try(actor),
              Option.getOrElse(() => "elsewhere" as const)
            )
          )
        ),
      awaitTurn: (id) => ask(id, () => Effect.void),
      wake: (id) =>
        call("Communication.Wake", id, (begin) =>
          ask(id, (actor) =>
            Effect.map(
              whenOwned(id, begin, (actor, lease) => actor.wake(lease)).try(actor),
              Option.getOrElse(() => "elsewhere" as const)
            )
          )
        )
    })
  })
)
