import { type Attributes, type HrTime, type SpanStatus, SpanStatusCode } from "@opentelemetry/api"
import type { tracing } from "@opentelemetry/sdk-node"
import { Cause, type Exit } from "effect"

import { mask } from "../masking.ts"

type Events = tracing.ReadableSpan["events"]

/** What a span's end adds to it. */
export interface SpanEnd {
  readonly status: SpanStatus
  /** One for each error. */
  readonly events: Events
  readonly attributes: Attributes
}

const exception = ({ message, name, stack = "" }: Error, time: HrTime): Events[number] => ({
  name: "exception",
  time,
  attributes: {
    "exception.type": mask(name),
    "exception.message": mask(message),
    "exception.stacktrace": mask(stack)
  }
})

const well: SpanEnd = { status: { code: SpanStatusCode.OK }, events: [], attributes: {} }
const refused: SpanEnd = { ...well, status: { code: SpanStatusCode.ERROR } }
const interrupted: SpanEnd = {
  status: { code: SpanStatusCode.UNSET },
  events: [],
  attributes: { "effect.fiber.interrupted": true }
}

/** How a span ended at `time`. Which error it was is said by whoever made the span, `said`, else by the error's kind. */
export const spanEnd = (exit: Exit.Exit<unknown, unknown>, said: Attributes["error.type"], time: HrTime): SpanEnd => {
  if (exit._tag === "Success") return said === undefined ? well : refused
  if (Cause.hasInterruptsOnly(exit.cause)) return interrupted
  const errors = Cause.prettyErrors(exit.cause, { includeCauseInStack: true })
  return {
    status: { code: SpanStatusCode.ERROR, message: mask(errors[0]?.message ?? "") },
    events: errors.map((error) => exception(error, time)),
    attributes: said === undefined ? { "error.type": errors.at(-1)?.name ?? "_OTHER" } : {}
  }
}
