import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, References, Tracer } from "effect"

import { contextWithCapacity, withCallersTrace } from "../../../src/programs/runtime/runtimeContext.ts"
import { tracingOf } from "../../../src/telemetry/traced.ts"

const Prepared = Context.Reference<string>("Prepared", { defaultValue: () => "absent" })
const Callers = Context.Reference<string>("Callers", { defaultValue: () => "absent" })

const keeping = Tracer.make({ span: (options) => new Tracer.NativeSpan(options) })

/** What the work finds in the context that is prepared for it. */
const found = Effect.withFiberSucceed((fiber) => ({
  prepared: fiber.getRef(Prepared),
  callers: fiber.getRef(Callers),
  annotations: fiber.getRef(References.CurrentLogAnnotations),
  span: tracingOf(fiber).span?._tag,
  tracerEnabled: tracingOf(fiber).tracerEnabled
}))

const prepared = contextWithCapacity(Context.make(Prepared, "here"))

const asked = Effect.withFiber((caller) => Effect.setContext(found, withCallersTrace(prepared, caller))).pipe(
  Effect.annotateLogs("id_correlacao", "a"),
  Effect.provideService(Callers, "here")
)

describe("withCallersTrace", () => {
  it.effect("DESIGN Actors: work inherits the caller's annotations and span, and no other service", () =>
    Effect.map(Effect.withSpan(asked, "caller").pipe(Effect.provideService(Tracer.Tracer, keeping)), (work) =>
      assert.deepStrictEqual(work, {
        prepared: "here",
        callers: "absent",
        annotations: { id_correlacao: "a" },
        span: "Span",
        tracerEnabled: true
      })
    )
  )

  it.effect("DESIGN Actors: work of an untraced caller makes no spans", () =>
    Effect.map(Effect.withTracerEnabled(asked, false), ({ span, tracerEnabled }) =>
      assert.deepStrictEqual([span, tracerEnabled], [undefined, false])
    )
  )
})

describe("contextWithCapacity", () => {
  it("keeps sixteen additions without copying the services below them", () => {
    const services = new Map([["Prepared", "here"]])
    let context = contextWithCapacity(Context.makeUnsafe<never>(services))
    let copies = 0
    services.forEach = () => void copies++
    services[Symbol.iterator] = () => (copies++, new Map<string, string>()[Symbol.iterator]())
    for (let added = 0; added < 16; added++) {
      context = Context.add(context, Context.Reference(`Added${added}`, { defaultValue: () => 0 }), added)
    }
    assert.strictEqual(copies, 0)
    Context.add(context, Callers, "the seventeenth")
    assert.strictEqual(copies, 1)
  })
})
