import { Context, Deferred, Effect, FiberMap, Layer, Option, Semaphore } from "effect"

import { setNewest } from "../../domain/values/setNewest.ts"
import type { CommunicationIndex } from "../../services/CommunicationIndex.ts"
import type { Journeys } from "../../services/Journeys.ts"
import type { Kafka } from "../../services/Kafka.ts"
import type { Ledger } from "../../services/Ledger.ts"
import { backlogLocks, type Ownership } from "../../services/Ownership.ts"
import { ParkedEvents } from "../../services/ParkedEvents.ts"
import { Settings } from "../../services/Settings.ts"
import type { Tallies } from "../../services/Tallies.ts"
import { Communications } from "../actors/Communications.ts"
import { catchNonInterrupt } from "../runtime/retryOnDefect.ts"
import { isDecided, tryJudged } from "./endParked.ts"
import { fromParked, isReadable, judge } from "./parkedEvent.ts"

/** How many communications may have a backlog at a time. Only the sweep applies the parked events of further ones. */
const mostBacklogs = 1000

/** Events of one backlog that are read at a time. */
const pageSize = 100

/** How many communications are remembered to have a parked event. Beyond that the oldest one is forgotten. */
const mostLeft = 10_000

/** The pause before the retry of a backlog whose communication is still busy. */
const pause = "1 second"

/**
 * Events that wait because their communication is busy. They are parked, so they hold no place of the intake. As soon
 * as the actor is free they are applied, in order, and no later event that this process reads overtakes them (SPEC
 * 9.5).
 */
interface BacklogsOfProcess {
  /** True while events of this communication may be parked. A further event must be parked behind them. */
  has(id: string): boolean
  /** Remembers that an event of this communication is parked for the sweep, because it waits or is not known yet. */
  leave(id: string): void
  readonly ids: () => ReadonlyArray<string>
  /**
   * Announces an event that is about to be parked. The caller runs the returned effect when the event is parked, or
   * will never be.
   */
  announce(id: string): Effect.Effect<void>
  /** Limits how many events of records with several communications run at once, and so how many locks they hold. */
  readonly lanes: Semaphore.Semaphore
}

/** The default: no event waits behind another one. */
const none: BacklogsOfProcess = {
  has: () => false,
  leave: () => undefined,
  ids: () => [],
  announce: () => Effect.void,
  lanes: Semaphore.makeUnsafe(Infinity)
}

/** The backlogs of this process. */
export const Backlogs = Context.Reference<BacklogsOfProcess>("brom-ctx/programs/Backlogs", {
  defaultValue: () => none
})

type Needed =
  | CommunicationIndex
  | Communications
  | Journeys
  | Kafka
  | Ledger
  | Ownership
  | ParkedEvents
  | Settings
  | Tallies

/** Applies the first waiting events of one communication, in order. Returns what is left to do. A defect ends it. */
const applyPage = Effect.fnUntraced(function* (id: string) {
  const parkedEvents = yield* ParkedEvents
  const page = yield* parkedEvents.waitingFor(id, pageSize)
  let tried = 0
  for (const parked of page) {
    // The sweep logs it once, and continues with the events behind it.
    if (!isReadable(parked)) return "sweep" as const
    const one = fromParked(parked)
    const verdict = yield* judge(one)
    // The event has no final verdict yet. The sweep ends it.
    if (!isDecided(verdict)) continue
    tried += 1
    const ended = yield* Effect.catchTag(tryJudged(one, verdict), "UnknownFact", () =>
      Effect.succeedSome("waits" as const)
    )
    if (Option.isNone(ended) || ended.value === "busy") return "busy" as const
    // Its communication has been deleted, or waits for ServiceNow or a newer version. The sweep continues it.
    if (ended.value === "unknown" || ended.value === "waits") return "sweep" as const
  }
  return tried === 0 ? ("nothing" as const) : ("more" as const)
})

/** Applies the parked events that are announced to it. It parks nothing itself. */
export const BacklogsInProcess = Layer.effect(
  Backlogs,
  Effect.gen(function* () {
    const context = yield* Effect.context<Needed>()
    const { maxInFlight } = yield* Settings
    const communications = yield* Communications
    const fork = yield* FiberMap.makeRuntime<never, string>()
    /** Communications with events that the sweep may not have applied yet, the oldest first. */
    const left = new Map<string, true>()
    /** The events of each communication that are about to be parked. */
    const announced = new Map<string, Set<Deferred.Deferred<void>>>()
    // A running backlog takes the lock of a record and that of its communication.
    const share = Semaphore.makeUnsafe(backlogLocks / 2)

    const drain = Effect.fnUntraced(
      function* (id: string, coming: Set<Deferred.Deferred<void>>) {
        for (;;) {
          yield* communications.awaitTurn(id)
          yield* Effect.forEach([...coming], (parked) => Deferred.await(parked), { discard: true })
          const found = yield* share.withPermit(applyPage(id))
          if (found === "nothing") left.delete(id)
          // This check and the removal are synchronous, so no event can be announced between them.
          if ((found === "nothing" || found === "sweep") && coming.size === 0) return void announced.delete(id)
          if (found === "busy") yield* Effect.sleep(pause)
        }
      },
      catchNonInterrupt((cause) =>
        Effect.logError("events of a busy communication could not be applied, the sweep retries them", cause)
      ),
      Effect.provideContext(context)
    )

    return {
      has: (id) => announced.has(id) || left.has(id),
      leave: (id) => setNewest(left, id, true, mostLeft),
      ids: () => [...announced.keys()],
      announce: (id) => {
        const known = announced.get(id)
        if (known === undefined && announced.size >= mostBacklogs) return Effect.void
        const coming = known ?? new Set()
        const parked = Deferred.makeUnsafe<void>()
        coming.add(parked)
        announced.set(id, coming)
        if (known === undefined) {
          fork(id, drain(id, coming)).addObserver(() => {
            if (announced.get(id) === coming) announced.delete(id)
          })
        }
        return Effect.sync(() => {
          coming.delete(parked)
          Deferred.doneUnsafe(parked, Effect.void)
        })
      },
      lanes: Semaphore.makeUnsafe(Math.max(1, Math.floor(maxInFlight / 4)))
    }
  })
)
