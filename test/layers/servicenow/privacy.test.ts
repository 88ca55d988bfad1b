import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Logger, Tracer } from "effect"

import { CorrelationId } from "../../../src/domain/record/Origin.ts"
import { json } from "../../support/HttpScripted.ts"
import { recordingTracer } from "../../support/recordingTracer.ts"
import { Operations } from "../../support/serviceNowOperations.ts"
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
        const lines: Array<unknown> = []
        const { spans, tracer } = recordingTracer()
        const logger = Logger.make(({ message }) => {
          lines.push(message)
        })
        const leaking = json(400, { error: { message: `bad ${email}`, detail: email } })
        const row = { sys_id: "s-1", number: "CS1", u_id_correlacao: id, u_email: email }
        const { layer } = scripted([leaking, refusal(503), rows(row), leaking])
        yield* Effect.gen(function* () {
          const serviceNow = yield* Operations
          const input = { id, body: { u_email: email }, intendedAt: 0, inDoubt: false, renewIntent: Effect.void }
          yield* inTime(serviceNow.findConsumer({ email }))
          yield* inTime(serviceNow.openCase(input))
          yield* inTime(Effect.exit(serviceNow.openCase(input)))
        }).pipe(Effect.provide(layer), Effect.withTracer(tracer), Effect.provide(Logger.layer([logger])))

        const attempt = (method: string, path: string, resend: number, status: number) => ({
          "http.request.method": method,
          "url.full": `${origin}${path}`,
          "url.template": path,
          "server.address": new URL(origin).hostname,
          "server.port": 443,
          "service.peer.name": "servicenow",
          ...(resend > 0 && { "http.request.resend_count": resend }),
          "http.response.status_code": status,
          ...(status >= 400 && { "error.type": String(status) })
        })
        assert.deepStrictEqual(
          spans.filter(({ kind }) => kind === "client").map((span) => shown(span).attributes),
          [
            attempt("GET", consumerPath, 0, 400),
            attempt("POST", casePath, 0, 503),
            attempt("GET", casePath, 0, 200),
            attempt("POST", casePath, 0, 400)
          ]
        )
        assert.deepStrictEqual(
          spans.filter(({ name }) => name === "ServiceNow.openCase").map((span) => shown(span).attributes),
          [{ id_correlacao: id, "case.number": "CS1", "case.sys_id": "s-1" }, { id_correlacao: id }]
        )
        const told = JSON.stringify([spans.map(shown), lines])
        assert.include(told, "openCase: Refused 400 after 1 attempt")
        assert.notInclude(told, email)
        assert.deepStrictEqual(lines, [["openCase: attempt 1: Refused 503, again in 500 ms"]])
      })
  )
})
