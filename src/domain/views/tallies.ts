import { writeName } from "../communication/EventsState.ts"
import type { Fact, FactOf } from "../communication/Fact.ts"
import { journeyName, type State } from "../communication/State.ts"
import { failuresOf } from "../record/failures.ts"

/** One thing that is counted for the overview. Each field that does not apply is `""`. */
export interface Tally {
  readonly what: "order" | "event" | "failure"
  readonly codigo: string
  /** `whatsapp`, `itsm`, or `record` for a refused record. */
  readonly channel: string
  readonly journey: string
}

/**
 * True for a response that reports its failures first. A later response of the communication repeats failures that were
 * counted before, and so does one that a later write causes (SPEC 5.3, 6.4, 10.1).
 */
export const isFirstReport = ({ events, firstResponse }: State, stored: FactOf<"ResponseStored">): boolean => {
  const { event, number, origin } = stored
  if (event === undefined && origin !== undefined) return number === firstResponse
  if (event === undefined) return !events.retries.has(writeName({ of: "close" }))
  const progress = events.byKey.get(event)
  const patches = progress?.planned.patches ?? []
  return (
    progress?.replanned !== true &&
    !patches.some((_, index) => events.retries.has(writeName({ of: "event", key: event, index })))
  )
}

const plain = { codigo: "", channel: "", journey: "" }

/** What these new facts add to the overview's counts. `state` is the one after them. */
export const talliesOf = (facts: ReadonlyArray<Fact>, state: State): ReadonlyArray<Tally> =>
  facts.flatMap((fact): ReadonlyArray<Tally> => {
    switch (fact._tag) {
      case "Accepted":
        return [{ ...plain, what: "order" }]
      case "EventPlanned":
        return [{ ...plain, what: "event" }]
      case "ResponseStored":
        return isFirstReport(state, fact)
          ? failuresOf(fact.content).map(({ channel, code }) => ({
              what: "failure",
              codigo: code,
              channel,
              journey: journeyName(state)
            }))
          : []
      default:
        return []
    }
  })
