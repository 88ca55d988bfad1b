import { Context } from "effect"

/** Work that has been started and has called nobody yet. */
export interface Beginning {
  /** It no longer only begins: its first call is under way. Synchronous; may be told any number of times. */
  over(): void
}

const ofNobody: Beginning = { over: () => undefined }

/** Of the work that is run here; whoever started it may start other work when it is over (DESIGN "Kafka intake"). */
export const CurrentBeginning = Context.Reference<Beginning>("brom-ctx/services/CurrentBeginning", {
  defaultValue: () => ofNobody
})
