import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Logger } from "effect"
import { TestClock } from "effect/testing"

import { formatLine, formatPretty } from "../../src/telemetry/logs.ts"
import { masked } from "../../src/telemetry/masking.ts"

const logged = (effect: Effect.Effect<void>) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const logger = Logger.map(formatLine, (line) => {
      lines.push(line)
    })
    yield* Effect.provide(effect, Logger.layer([logger]))
    return lines.map((line) => JSON.parse(line))
  })

/** The lines for people. */
const prettily = (effect: Effect.Effect<void>) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const logger = Logger.map(formatPretty, (line) => {
      lines.push(line)
    })
    yield* Effect.provide(effect, Logger.layer([logger]))
    return lines
  })

describe("logs for people", () => {
  it.effect(
    "CONTRACT LOG_FORMAT: local time, level, message, the annotations and the cause, masked and printable",
    () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(Date.parse("2025-09-30T15:30:02.481Z"))
        const lines = yield* prettily(
          Effect.logWarning("call to +5511999999999\u001B[2J failed").pipe(
            Effect.annotateLogs({
              id_correlacao: "pedido|joao@example.com|1",
              case_number: "CS0001005",
              parts: ["joao@example.com", 2]
            })
          )
        )
        assert.deepStrictEqual(lines, [
          "30/09/2025 12:30:02  WARN   call to ***\\x1b[2J failed  id_correlacao=pedido|***@***|1  case_number=CS0001005  " +
            'parts=["***@***",2]'
        ])
        const [failed = ""] = yield* prettily(Effect.logError("it failed", Cause.die(new Error("of joao@example.com"))))
        const [first, second] = failed.split("\n")
        assert.deepStrictEqual([first, second?.startsWith("    ")], ["30/09/2025 12:30:02  ERROR  it failed", true])
        assert.include(failed, "of ***@***")
      })
  )
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

  it.effect("SPEC 9.6: personal data in a producer's id is masked", () =>
    Effect.gen(function* () {
      const lines = yield* logged(
        Effect.logInfo("received").pipe(
          Effect.annotateLogs({ id_correlacao: "pedido|joao@example.com|1", cod_jornada: "joao@example.com" })
        )
      )
      assert.strictEqual(lines[0].id_correlacao, "pedido|***@***|1")
      assert.strictEqual(lines[0].cod_jornada, "***@***")
    })
  )

  it.effect("SPEC 9.9: a line has no character that a terminal interprets, and keeps its value", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const logger = Logger.map(formatLine, (line) => {
        lines.push(line)
      })
      const hostile = "a\u001B[2J\u009B2J\u007F\u202Eb\u2066c\u2028d"
      yield* Effect.provide(Effect.logInfo(hostile), Logger.layer([logger]))
      assert.notMatch(lines.join(""), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
      assert.strictEqual(JSON.parse(lines.join("")).message, hostile)
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
