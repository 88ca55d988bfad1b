import { Effect, Layer, Tracer } from "effect"

import { recordingTracer } from "./recordingTracer.ts"
import { joao } from "./scene.ts"
import { makeWorld, type WorldOptions } from "./World.ts"

/** A running world, with all spans of its processes so far. */
export const tracedWorld = Effect.fnUntraced(function* (options: WorldOptions = {}) {
  const world = yield* makeWorld(options)
  yield* world.serviceNow.seed([joao])
  const { spans, tracer } = recordingTracer()
  const layer = Layer.succeed(Tracer.Tracer, tracer)
  const process = yield* Effect.provide(world.start, layer)
  return { ...world, process, spans, restart: Effect.provide(world.start, layer) }
})

export const tagsOf = ({ attributes }: Tracer.Span): Readonly<Record<string, unknown>> => Object.fromEntries(attributes)

/** Other traces to which a span is linked. */
export const linkedTraces = ({ links, traceId }: Tracer.Span): ReadonlyArray<string> =>
  links.map(({ span }) => span.traceId).filter((id) => id !== traceId)
