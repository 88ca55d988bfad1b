import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Layer, Logger, References, Tracer } from "effect"

import type { FaultRule } from "../../../simulators/core/FaultRule.ts"
import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { formatLine } from "../../../src/telemetry/logs.ts"
import { record } from "../../domain/outbound/records.ts"
import { recordingTracer } from "../../support/recordingTracer.ts"
import { fixtureId } from "../../support/scene.ts"
import { makeWorld } from "../../support/World.ts"
import { event, reply } from "../inbound/scene.ts"

/** Data of the fixture's customer, and what a vendor would say about him. */
const personal = ["joao.silva", "99999-9999", "999999999", "João", "Silva", "529.982.247-25", "52998224725"]

/** What an exporter shows of a span that failed. */
const failureOf = (status: Tracer.SpanStatus) =>
  status._tag === "Ended" && Exit.isFailure(status.exit) ? Cause.pretty(status.exit.cause) : ""

/** Every log line and every span of the service while the records run, with faults that make it talk. */
const observed = Effect.fnUntraced(function* (faults: ReadonlyArray<FaultRule>, answers: ReadonlyArray<Json> = []) {
  const lines: Array<string> = []
  const { spans, tracer } = recordingTracer()
  const logger = Logger.make((options) => void lines.push(formatLine.log(options)))
  const world = yield* makeWorld()
  yield* Effect.provide(
    world.start,
    Layer.mergeAll(
      Logger.layer([logger]),
      Layer.succeed(References.MinimumLogLevel, "Trace"),
      Layer.succeed(Tracer.Tracer, tracer)
    )
  )
  for (const fault of faults) yield* world.serviceNow.faults.add(fault)
  yield* world.weni.faults.add({ kind: "status", status: 503, body: { message: "ocupado: +5511999999999" } })
  yield* world.produce(record({ "cliente.cpf": "529.982.247-25" }))
  yield* world.produce(record({ "cliente.nome": "Maria", "cliente.num_telefone": "(11) 99999-9999" }))
  yield* world.produce(record({ "cliente.num_telefone": 5511999999999 }))
  yield* world.responded(3)
  yield* world.until(Effect.sync(() => world.store.records.size === 3))
  for (const answer of answers) yield* world.answer(answer)
  yield* world.responded(3 + answers.length)
  return { lines, spans, theCase: (yield* world.serviceNow.cases)[0] }
})

describe("what is reported of a communication", () => {
  it.effect("SPEC 9.6: logs and spans hold nothing personal, and URLs no query", () =>
    Effect.gen(function* () {
      const { lines, spans } = yield* observed(
        [
          { kind: "status", status: 400, body: { error: { message: "joao.silva@example.com" } } },
          { kind: "drop", when: "after", match: { method: "POST" } },
          { kind: "status", status: 400, match: { method: "PATCH" } }
        ],
        [reply("Não, João: 529.982.247-25", { context: undefined, message_id: undefined })]
      )
      assert.isAbove(lines.length, 5)
      assert.isAbove(spans.length, 10)
      const told = [
        ...lines,
        ...spans.map(({ attributes, name, status }) => JSON.stringify([name, ...attributes, failureOf(status)]))
      ].map((text) => text.replaceAll(fixtureId, ""))
      for (const text of told) for (const datum of personal) assert.notInclude(text, datum)
      for (const text of told) assert.notMatch(text, /sysparm_query|keepValidContacts/)
    })
  )

  it.effect("SPEC 9.6: the end is one JSON line with the ids and the time of each milestone", () =>
    Effect.gen(function* () {
      const { lines, theCase } = yield* observed([])
      const ends = lines.map((line) => JSON.parse(line)).filter(({ message }) => message === "communication ended")
      assert.lengthOf(ends, 1)
      const [{ timestamp, ...end }] = ends
      assert.match(timestamp, /^\d{4}-\d\d-\d\dT/)
      const isoTime = /^2025-09-30T15:30:\d\d\.\d{3}Z$/
      for (const name of ["accepted_at", "case_opened_at", "whatsapp_sent_at", "noted_at", "responded_at"]) {
        assert.match(end[name], isoTime)
      }
      assert.deepInclude(end, {
        level: "INFO",
        id_correlacao: fixtureId,
        case_number: theCase?.number,
        case_sys_id: theCase?.sysId,
        response_status: "success"
      })
    })
  )

  it.effect("SPEC 9.6: the end of an event is one JSON line with the ids, its own time and its response's", () =>
    Effect.gen(function* () {
      const { lines, theCase } = yield* observed([], [event("entregue")])
      const ends = lines.map((line) => JSON.parse(line)).filter(({ message }) => message === "event ended")
      assert.lengthOf(ends, 1)
      assert.deepInclude(ends[0], {
        id_correlacao: fixtureId,
        case_number: theCase?.number,
        case_sys_id: theCase?.sysId,
        message_id: "wamid.1",
        evento: "entregue",
        event_at: "2025-09-30T15:31:02.000Z"
      })
      assert.match(ends[0].responded_at, /^2025-09-30T15:30:\d\d\.\d{3}Z$/)
    })
  )
})
