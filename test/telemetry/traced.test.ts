import { assert, describe, it } from "@effect/vitest"
import { Effect, Tracer } from "effect"

import { annotated, spanned, traced } from "../../src/telemetry/traced.ts"

/** The names of the spans around a piece of work, the innermost first, and its attributes. */
const around = Effect.withFiberSucceed(({ cache: { span } }) => {
  const names: Array<string> = []
  for (let one = span; one?._tag === "Span"; one = one.parent.valueOrUndefined) names.push(one.name)
  return { names, attributes: span?._tag === "Span" ? Object.fromEntries(span.attributes) : {} }
})

const work = Effect.andThen(
  annotated(() => ({ of: "the work" })),
  around
).pipe(traced("inner", { attributes: { kept: 1 } }), spanned("outer"))

const keeping = Tracer.make({ span: (options) => new Tracer.NativeSpan(options) })

describe("traced", () => {
  it.effect("SPEC 9.6: without a tracer only the spans whose ids are published are made, without attributes", () =>
    Effect.map(work, (found) => assert.deepStrictEqual(found, { names: ["outer"], attributes: {} }))
  )

  it.effect("SPEC 9.6: a tracer gets every span, within its parent, with its attributes", () =>
    Effect.map(Effect.provideService(work, Tracer.Tracer, keeping), (found) =>
      assert.deepStrictEqual(found, { names: ["inner", "outer"], attributes: { kept: 1, of: "the work" } })
    )
  )

  it.effect("attributes that no tracer keeps are not computed", () =>
    annotated(() => {
      throw new Error("made")
    })
  )
})
