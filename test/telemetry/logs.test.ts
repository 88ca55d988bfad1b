import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Logger } from "effect"
import { TestClock } from "effect/testing"

import { formatLine } from "../../src/telemetry/logs.ts"
import { mask, masked } from "../../src/telemetry/masking.ts"

const logged = (effect: Effect.Effect<void>) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const logger = Logger.map(formatLine, (line) => {
      lines.push(line)
    })
    yield* Effect.provide(effect, Logger.layer([logger]))
    return lines.map((line) => JSON.parse(line))
  })

describe("logs", () => {
  it.effect("SPEC 9.6: one JSON line with the ids as they are and everything else masked", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2025-09-30T15:30:02.481Z"))
      const id = "pedido_entregue_amanha|550e8400-e29b-41d4-a716-446655440000|805566999OBM3028874-01"
      const lines = yield* logged(
        Effect.logWarning("call to +5511999999999 failed").pipe(
          Effect.annotateLogs({ id_correlacao: id, case_number: "CS0001005", note: "joao.silva@example.com" })
        )
      )
      assert.deepStrictEqual(lines, [
        {
          timestamp: "2025-09-30T15:30:02.481Z",
          level: "WARN",
          message: "call to *** failed",
          id_correlacao: id,
          case_number: "CS0001005",
          note: "***@***"
        }
      ])
    })
  )

  it.effect("SPEC 9.6: a line inside of a span names it", () =>
    Effect.gen(function* () {
      const trace = yield* Effect.gen(function* () {
        const { spanId, traceId } = yield* Effect.currentSpan
        const [line] = yield* logged(Effect.logInfo("case opened"))
        assert.deepInclude(line, { message: "case opened", trace_id: traceId, span_id: spanId })
        return traceId
      }).pipe(Effect.withSpan("work"))
      assert.match(trace, /^[0-9a-f]{32}$/)
      const [outside] = yield* logged(
        Effect.withSpan(Effect.logInfo("idle"), "work").pipe(Effect.withTracerEnabled(false))
      )
      assert.notProperty(outside, "trace_id")
    })
  )

  it.effect("SPEC 9.6: causes are masked too", () =>
    Effect.gen(function* () {
      const [line] = yield* logged(Effect.logError("defect", Cause.die(new Error("no consumer for 123.456.789-09"))))
      assert.include(line.cause, "no consumer for ***")
    })
  )
})

describe("mask", () => {
  it.each([
    ["joao.silva+x@example.com.br", "***@***"],
    ["+5511999999999", "***"],
    ["5511999999999", "***"],
    ["(11) 99999-9999", "***"],
    ["11 3333-4444", "***"],
    ["123.456.789-09", "***"],
    ["12345678909", "***"],
    ["CPF 123456789-09.", "CPF ***."],
    ["12345678/0001-95", "***"],
    ["12.345.678/0001-95", "***"],
    ["AB.CDE.FGH/IJKL-12", "***"],
    ["de +55 (11) 3333-4444, às 12h", "de ***, às 12h"],
    ["12345678000195", "***"],
    ["2025-09-30T15:30:02.481Z 11987654321", "2025-09-30T15:30:02.481Z ***"]
  ])("SPEC 9.6: hides %s", (value, expected) => {
    assert.strictEqual(mask(value), expected)
  })

  it.each([
    "HTTP 503 after 5 attempts",
    "805566999OBM3028874-01",
    "CS0001005",
    "c0ffee00c0ffee00c0ffee00c0ffee00",
    "30/09/2025 12:30:02",
    "2025-09-30T15:30:02.481Z"
  ])("leaves %s", (value) => {
    assert.strictEqual(mask(value), value)
  })
})

describe("masked", () => {
  it("SPEC 9.6: hides what is at the beginning of a line, however deeply nested", () => {
    assert.deepStrictEqual(masked(["de:", { texto: "tel:\n11987654321", cpf: ["\t529.982.247-25"] }]), [
      "de:",
      { texto: "tel:\n***", cpf: ["\t***"] }
    ])
  })

  it("leaves numbers, such as times in milliseconds, what they are", () => {
    const fields = { at: 1_789_012_345_678, retry: true, none: null }
    assert.deepStrictEqual(masked(fields), fields)
  })
})
