import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Logger, Tracer } from "effect"

import { CorrelationId } from "../../../src/domain/CorrelationId.ts"
import { ServiceNow } from "../../../src/services/ServiceNow.ts"
import { json } from "../../support/HttpScripted.ts"
import { casePath, consumerPath, inTime, origin, refusal, rows, scripted } from "./serviceNowTest.ts"

const id = CorrelationId.make("j|c|p")
const email = "joao@example.com"

/** What exporters show of a span. */
const shown = ({ attributes, name, status }: Tracer.Span) => ({
  name,
  attributes: Object.fromEntries(attributes),
  failure: status._tag === "Ended" && Exit.isFailure(status.exit) ? Cause.pretty(status.exit.cause) : undefined
})

describe("spans and logs", () => {
  it.effect(
    "SPEC 9.6: a span for each attempt with method, URL without query, status and number; no personal data",
    () =>
      Effect.gen(function* () {
        const spans: Array<Tracer.Span> = []
        const lines: Array<unknown> = []
        const tracer = Tracer.make({
          span: (options) => {
            const span = new Tracer.NativeSpan(options)
            spans.push(span)
            return span
          }
        })
        const logger = Logger.make(({ message }) => {
          lines.push(message)
        })
        const leaking = json(400, { error: { message: `bad ${email}`, detail: email } })
        const row = { sys_id: "s-1", number: "CS1", u_id_correlacao: id, u_email: email }
        const { layer } = scripted([leaking, refusal(503), rows(row), leaking])
        yield* Effect.gen(function* () {
          const serviceNow = yield* ServiceNow
          const input = { id, body: { u_email: email }, intendedAt: 0, inDoubt: false, renewIntent: Effect.void }
          yield* inTime(serviceNow.findConsumer({ email }))
          yield* inTime(serviceNow.openCase(input))
          yield* inTime(Effect.exit(serviceNow.openCase(input)))
        }).pipe(Effect.provide(layer), Effect.withTracer(tracer), Effect.provide(Logger.layer([logger])))

        const attempt = (method: string, path: string, number: number, status: number) => ({
          "http.request.method": method,
          "url.full": `${origin}${path}`,
          attempt: number,
          "http.response.status_code": status
        })
        assert.deepStrictEqual(
          spans.filter(({ name }) => name === "ServiceNow.attempt").map((span) => shown(span).attributes),
          [
            attempt("GET", consumerPath, 1, 400),
            attempt("POST", casePath, 1, 503),
            attempt("GET", casePath, 1, 200),
            attempt("POST", casePath, 1, 400)
          ]
        )
        assert.deepStrictEqual(
          spans.filter(({ name }) => name === "ServiceNow.openCase").map((span) => shown(span).attributes),
          [{ id_correlacao: id, case_number: "CS1", case_sys_id: "s-1" }, { id_correlacao: id }]
        )
        const told = JSON.stringify([spans.map(shown), lines])
        assert.include(told, "openCase: Refused 400 after 1 attempt")
        assert.notInclude(told, email)
        assert.deepStrictEqual(lines, [["openCase: attempt 1: Refused 503, again in 500 ms"]])
      })
  )
})
