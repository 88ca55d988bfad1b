import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"

import { humanGroup, idOf, order, orderedAt, said } from "./support/customers.ts"
import { databaseUrl } from "./support/environment.ts"
import { ownDatabase } from "./support/ownDatabase.ts"
import { eventually, startService } from "./support/service.ts"
import { temporaryFile } from "./support/temporaryFile.ts"
import { makeTopics } from "./support/topics.ts"
import { startVendors } from "./support/vendors.ts"

const journey = "com_horario"
const minute = 60_000
const pad = (value: number) => String(value).padStart(2, "0")

/** Journeys whose business hours start at that moment (a whole minute), in a zone where it is 12 or 13 o'clock then; and an order's delivery date there. */
const opensAt = (moment: number, now: number) => {
  const behind = new Date(now).getUTCHours() - 12
  const hour = new Date(moment - behind * 3_600_000).getUTCHours()
  const opening = `${pad(hour)}:${pad(new Date(moment).getUTCMinutes())}`
  const journeys = `
timeZone: Etc/GMT${behind < 0 ? "-" : "+"}${Math.abs(behind)}
journeys:
  ${journey}:
    deliveryOffsetDays: 1
    case: { short_description: Pedido, description: Entrega, priority: 3, state: 10 }
    answers: { yes: [sim], no: [não] }
    humanGroup: ${humanGroup}
    businessHours: { days: [sun, mon, tue, wed, thu, fri, sat], from: "${opening}", to: "24:00" }
`
  const [year, month, day] = new Date(Date.parse(orderedAt) + (24 - behind) * 3_600_000).toISOString().split(/[-T]/)
  return { opening, journeys, delivery: `${day}/${month}/${year}` }
}

/** Everything except the service, and a way to start it. Communication 1 has been sent. */
const scene = Effect.fnUntraced(function* (journeys: string) {
  const topics = yield* makeTopics()
  const vendors = yield* startVendors
  yield* topics.open
  const environment = {
    ...topics.environment,
    ...vendors.environment,
    DATABASE_URL: yield* ownDatabase(databaseUrl),
    JOURNEYS_FILE: yield* temporaryFile("journeys.yaml", journeys)
  }
  const start = Effect.gen(function* () {
    const service = yield* startService(environment)
    yield* service.ready
    return service
  })
  const responsesTo = (evento: string) =>
    Effect.map(topics.responses, (all) => all.filter(({ headers }) => headers.evento === evento))
  const responded = (evento: string, count: number, seconds?: number) =>
    eventually(
      `${count} responses to ${evento}`,
      Effect.map(responsesTo(evento), (all) => all.length >= count),
      seconds
    ).pipe(Effect.andThen(responsesTo(evento)))
  const service = yield* start
  yield* topics.send([order(journey, 1)])
  yield* responded("comunicacao", 1)
  const answer = (text: string) => topics.sendEvents([{ key: "k", value: said(journey, 1, text) }])
  const theCase = Effect.map(vendors.serviceNow.cases, ([only]) => only)
  return { vendors, service, start, answer, responded, responsesTo, theCase }
})

/** A SIM before business hours. With `stopped` the process is down when the close becomes due. */
const scheduledClose = Effect.fnUntraced(function* (stopped: boolean) {
  const now = yield* Clock.currentTimeMillis
  const due = Math.ceil((now + 40_000) / minute) * minute
  const { delivery, journeys, opening } = opensAt(due, now)
  const { answer, responded, responsesTo, service, start, theCase } = yield* scene(journeys)
  yield* answer("SIM")
  yield* responded("retorno_sim", 1)
  const scheduled = (yield* theCase)?.notes.at(-1) ?? ""
  assert.match(
    scheduled,
    new RegExp(`^Confirmação recebida do cliente: SIM. Fechamento agendado para \\d\\d/\\d\\d/\\d{4} ${opening}\\.$`)
  )
  assert.strictEqual((yield* theCase)?.fields.state, "10")
  if (stopped) {
    yield* service.signal("SIGTERM")
    assert.deepStrictEqual(yield* service.exit, { code: 0, signal: null })
  }
  yield* eventually(
    "the desk opens",
    Effect.map(Clock.currentTimeMillis, (at) => at >= due),
    110
  )
  if (stopped) {
    assert.deepStrictEqual(yield* responsesTo("fechamento"), [])
    yield* start
  }
  const [closed, ...others] = yield* responded("fechamento", 1, 15)
  assert.deepStrictEqual(others, [])
  assert.isAtLeast(Date.parse(String(closed?.value.tims_resposta)), due)
  assert.strictEqual(closed?.value.response_status, "success")
  const { fields, notes } = (yield* theCase) ?? {}
  assert.deepStrictEqual(
    [fields?.state, fields?.close_notes],
    ["6", `Cliente confirmou a entrega para ${delivery}. Caso encerrado.`]
  )
  assert.deepStrictEqual(notes?.slice(1), [scheduled, "Confirmação recebida do cliente: SIM."])
})

describe.concurrent("timers on real Kafka and Postgres", () => {
  it.live(
    "SPEC 8.8: a scheduled close is done within seconds of its due time",
    () => Effect.scoped(scheduledClose(false)),
    240_000
  )

  it.live(
    "SPEC 8.8, 9.4: a scheduled close is not lost if the process stops before it is due and starts afterwards",
    () => Effect.scoped(scheduledClose(true)),
    240_000
  )

  it.live(
    "SPEC 6.4, 8.9, 8.11: NÃO while ServiceNow answers 503 is reported as failed, and a minute later as written, once",
    () =>
      Effect.gen(function* () {
        const { answer, responded, responsesTo, theCase, vendors } = yield* scene(opensAt(0, 0).journeys)
        yield* vendors.serviceNow.faults.add({
          kind: "status",
          status: 503,
          times: 5,
          match: { method: "PATCH", id: idOf(journey, 1) }
        })
        yield* answer("NÃO")
        const [failed] = yield* responded("retorno_nao", 1)
        const patch = {
          state: 10,
          assignment_group: humanGroup,
          priority: 2,
          work_notes: "Cliente respondeu NÃO. Encaminhado para atendimento humano para remarcar a entrega."
        }
        assert.strictEqual(failed?.value.response_status, "partial_success")
        assert.deepStrictEqual(itsmOf(failed?.value), { status: "failure", request: patch, code: 503 })
        assert.strictEqual((yield* theCase)?.fields.priority, "3")

        const [, written] = yield* responded("retorno_nao", 2, 90)
        assert.strictEqual(written?.value.response_status, "success")
        assert.deepStrictEqual(itsmOf(written?.value), { status: "success", request: patch, code: 200 })
        assert.notStrictEqual(written?.value.id_resposta, failed?.value.id_resposta)
        const { fields, notes } = (yield* theCase) ?? {}
        assert.deepStrictEqual([fields?.state, fields?.priority, fields?.assignment_group], ["10", "2", humanGroup])
        assert.deepStrictEqual(notes?.slice(1), [patch.work_notes])

        yield* answer("NÃO")
        yield* responded("retorno_nao", 3)
        const [, , repeated] = yield* responsesTo("retorno_nao")
        assert.deepStrictEqual(
          { ...repeated?.value, origem: written?.value.origem },
          { ...written?.value, duplicado: true }
        )
      }).pipe(Effect.scoped),
    240_000
  )
})

const itsmOf = (response: unknown) => {
  const { resultados } = response as {
    resultados: { itsm: { status: string; request: unknown; response: { status: number } } }
  }
  const { request, response: answered, status } = resultados.itsm
  return { status, request, code: answered.status }
}
