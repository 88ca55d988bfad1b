import { Context, Effect } from "effect"

/**
 * The scheduler's permission to start an order before its first call outside (DESIGN "Kafka intake"). Calls of work
 * that still holds its permit queue behind those of work in progress, because starting work holds little memory and
 * work in progress ends sooner.
 */
export interface StartPermit {
  readonly held: boolean
  /** The work was begun by a sweep. Its calls share the slots with those of new orders, one for one. */
  readonly background?: true
  /** Lets the scheduler start the next order. Synchronous and idempotent. */
  release(): void
}

/** Work that no scheduler holds back, such as an event's, queues like work that is starting. */
const unscheduled: StartPermit = { held: true, release: () => undefined }

/**
 * The permit of work that a sweep begins. A night's closes are due all at once, and must not hold orders back (SPEC
 * 9.5).
 */
export const backgroundPermit: StartPermit = { ...unscheduled, background: true }

/** The permit of the current work. */
export const CurrentStartPermit = Context.Reference<StartPermit>("brom-ctx/services/CurrentStartPermit", {
  defaultValue: () => unscheduled
})

/**
 * Releases the permit of the current work. Only the adapters of HTTP and Kafka run it, just before a request leaves.
 */
export const releaseStartPermit: Effect.Effect<void> = Effect.withFiber((fiber) => {
  fiber.getRef(CurrentStartPermit).release()
  return Effect.void
})

/** One of the `MAX_IN_FLIGHT` places in which the records of a topic are at work. */
export interface Place {
  /** Lets another record begin, because this one only waits for its communication. Synchronous, idempotent. */
  leave(): void
  /**
   * Takes a place again, because its turn has come. It never waits: no other record begins until there are fewer at work
   * than places. Does nothing once its record has ended. Synchronous, idempotent.
   */
  retake(): void
}

/** The place of the current work. Work that no scheduler has begun has none. */
export const CurrentPlace = Context.Reference<Place>("brom-ctx/services/CurrentPlace", {
  defaultValue: () => ({ leave: () => undefined, retake: () => undefined })
})
