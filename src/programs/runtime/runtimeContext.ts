import { Context, type Fiber, References, Tracer } from "effect"

import { CurrentPlace, CurrentStartPermit } from "../../services/StartPermit.ts"
import { tracingOf } from "../../telemetry/traced.ts"

/** How many services one record's work adds to its context, with some to spare. */
const capacity = 16

/**
 * The same services, prepared for `capacity` additions. By default Effect copies the whole context at every ninth
 * addition.
 */
export const contextWithCapacity = <Services>(context: Context.Context<Services>): Context.Context<Services> =>
  Context.makeUnsafe(context.mapUnsafe, { maxDepth: capacity })

/**
 * `context` with the caller's start permit. It replaces the caller's whole context: merging the two would copy both.
 */
const withCallersPermit = <Services>(
  context: Context.Context<Services>,
  caller: Fiber.Fiber<unknown, unknown>
): Context.Context<Services> => Context.add(context, CurrentStartPermit, caller.getRef(CurrentStartPermit))

/** `context` with what the scheduler gives to the work of a record: its start permit and its place. */
export const withScheduling = <Services>(
  context: Context.Context<Services>,
  caller: Fiber.Fiber<unknown, unknown>
): Context.Context<Services> =>
  Context.add(withCallersPermit(context, caller), CurrentPlace, caller.getRef(CurrentPlace))

/**
 * `context` with what an actor's work inherits from its caller: log annotations, the parent span and the start permit.
 */
export const withCallersTrace = <Services>(
  context: Context.Context<Services>,
  caller: Fiber.Fiber<unknown, unknown>
): Context.Context<Services> => {
  const { span, tracerEnabled } = tracingOf(caller)
  const annotations = caller.getRef(References.CurrentLogAnnotations)
  const annotated = Context.add(withCallersPermit(context, caller), References.CurrentLogAnnotations, annotations)
  const traced = tracerEnabled ? annotated : Context.add(annotated, References.TracerEnabled, false)
  return span === undefined ? traced : Context.add(traced, Tracer.ParentSpan, span)
}
