import { Context, Effect } from "effect"

/** Work that has been started and has not asked anybody outside for anything yet. */
export interface Beginning {
  /** It no longer only begins. Synchronous; may be told any number of times. */
  over(): void
}

const ofNobody: Beginning = { over: () => undefined }

/** Of the work that is run here; whoever started it may start other work when it is over (DESIGN "Kafka intake"). */
export const CurrentBeginning = Context.Reference<Beginning>("brom-ctx/services/CurrentBeginning", {
  defaultValue: () => ofNobody
})

/** For work that is about to publish; calls of vendors tell by themselves, when they have leave. */
export const beginningIsOver: Effect.Effect<void> = Effect.withFiber((fiber) => {
  fiber.getRef(CurrentBeginning).over()
  return Effect.void
})
