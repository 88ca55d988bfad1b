import { assert, it } from "@effect/vitest"
import { Effect } from "effect"

import type { FaultRule } from "../../simulators/core/FaultRule.ts"
import type { StoredCase } from "../../simulators/servicenow/inspect.ts"
import type { ConsumerSeed } from "../../simulators/servicenow/seedConsumers.ts"
import { delivered, humanGroup, idOf, order, phone, said, yes } from "./support/customers.ts"
import { databaseUrl } from "./support/environment.ts"
import { ownDatabase } from "./support/ownDatabase.ts"
import { eventually, startService } from "./support/service.ts"
import { temporaryFile } from "./support/temporaryFile.ts"
import { makeTopics } from "./support/topics.ts"
import { startStrictVendors } from "./support/vendors.ts"

const journey = "sempre_aberta"
const journeys = `
journeys:
  ${journey}:
    deliveryOffsetDays: 1
    case: { short_description: Pedido, description: Entrega, priority: 3, state: 10 }
    answers: { yes: [sim], no: [não] }
    humanGroup: ${humanGroup}
    resolutionCode: Solved
`

const count = 300
const records = Array.from({ length: count }, (_, record) => record)

/** A third of the customers is known by e-mail, a third by phone, and the rest is new, with two orders each. */
const kindOf = (record: number) => (["e-mail", "phone", "new"] as const)[record % 3]
const personOf = (record: number) => (kindOf(record) === "new" ? record - (record % 6) + 2 : record)
const emailOf = (record: number) => `cliente.${personOf(record)}@example.com`
const phoneOf = (record: number) => phone(personOf(record))
const saysNo = (record: number) => record % 2 === 1

/** The phone as a person types it. */
const typed = (digits: string) => digits.replace(/^(\d\d)(\d\d)(\d{5})(\d{4})$/, "+$1 $2 $3 $4")

const sysIdOf = (record: number) => `c0ffee${record.toString(16).padStart(26, "0")}`

const seeds = records.flatMap((record): ReadonlyArray<ConsumerSeed> => {
  const sys_id = sysIdOf(record)
  switch (kindOf(record)) {
    case "e-mail":
      return [{ sys_id, last_name: "Silva", email: emailOf(record) }]
    case "phone":
      return [{ sys_id, last_name: "Silva", phone: typed(phoneOf(record)) }]
    default:
      return []
  }
})

const orderOf = (record: number): string => {
  const plain = JSON.parse(order(journey, record))
  const cliente = { ...plain.cliente, email: emailOf(record), num_telefone: `+${phoneOf(record)}` }
  return JSON.stringify({ ...plain, cliente })
}

const eventsOf = (record: number) => {
  const answer = saysNo(record) ? said(journey, record, "NÃO, quero remarcar") : yes(record)
  return [delivered(journey, record), answer].map((value) => ({
    key: `k${record}`,
    value: value.replaceAll(phone(record), phoneOf(record))
  }))
}

const table = "/api/now/table/"
const lost = { when: "after", probability: 0.2 } as const
const serviceNowFaults: ReadonlyArray<FaultRule> = [
  { kind: "timeout", ...lost, times: 8, match: { method: "POST", path: `${table}sn_` } },
  { kind: "timeout", ...lost, times: 5, match: { method: "POST", path: `${table}csm_consumer` } },
  { kind: "drop", probability: 0.2, times: 5, match: { method: "POST" } },
  { kind: "timeout", ...lost, times: 10, match: { method: "PATCH" } },
  { kind: "status", status: 503, probability: 0.1, times: 10 },
  { kind: "status", status: 403, probability: 0.1, times: 5, pauseMs: 4000 }
]
const weniFaults: ReadonlyArray<FaultRule> = [
  { kind: "timeout", ...lost, times: 8 },
  { kind: "status", status: 503, probability: 0.2, times: 10 }
]

const standing = ({ fields }: StoredCase) => [
  fields.state,
  fields.priority,
  fields.assignment_group,
  fields.resolution_code
]
const expectedStanding = (record: number) =>
  saysNo(record) ? ["10", "2", humanGroup, undefined] : ["6", "3", undefined, "Solved"]
const noteOf = (record: number) =>
  saysNo(record)
    ? "Cliente respondeu NÃO. Encaminhado para atendimento humano para remarcar a entrega. Resposta: NÃO, quero remarcar"
    : "Confirmação recebida do cliente: SIM."

it.live(
  "SPEC 3.3, 4.3, 8.8, 8.9: 300 orders on a strict instance with time-outs, two processes: one Case each, no second consumer, every NÃO and SIM applied",
  () =>
    Effect.gen(function* () {
      const topics = yield* makeTopics()
      const vendors = yield* startStrictVendors
      yield* vendors.serviceNow.seed(seeds)
      yield* topics.open
      const environment = {
        ...topics.environment,
        ...vendors.environment,
        SERVICENOW_TIMEOUT: "3 seconds",
        DATABASE_URL: yield* ownDatabase(databaseUrl),
        JOURNEYS_FILE: yield* temporaryFile("journeys.yaml", journeys)
      }
      const services = yield* Effect.all([startService(environment), startService(environment)], { concurrency: 2 })
      yield* Effect.forEach(services, ({ ready }) => ready)
      const responsesTo = (evento: string) =>
        Effect.map(
          topics.responses,
          (all) => new Set(all.flatMap(({ key, value }) => (value.evento === evento ? [key] : [])))
        )
      const allAnswered = (evento: string, expected: number) =>
        eventually(
          `${expected} responses of ${evento}`,
          Effect.map(responsesTo(evento), ({ size }) => size >= expected),
          120
        )

      // On a new database a look proves nothing before a Case is known.
      yield* topics.send([orderOf(0)])
      yield* allAnswered("comunicacao", 1)
      for (const fault of serviceNowFaults) yield* vendors.serviceNow.faults.add(fault)
      for (const fault of weniFaults) yield* vendors.weni.faults.add(fault)
      yield* topics.send(records.slice(1).map(orderOf))
      yield* topics.sendEvents(records.flatMap(eventsOf))
      yield* allAnswered("comunicacao", count)
      yield* allAnswered("entregue", count)
      yield* allAnswered("retorno_sim", count / 2)
      yield* allAnswered("retorno_nao", count / 2)

      const casesById = Effect.map(
        vendors.serviceNow.cases,
        (all) => new Map(all.map((one) => [one.fields.u_id_correlacao, one]))
      )
      // A write that failed temporarily is retried after a minute (SPEC 6.4).
      yield* eventually(
        "every answer on its Case",
        Effect.map(casesById, (cases) =>
          records.every((record) => cases.get(idOf(journey, record))?.notes.includes(noteOf(record)) === true)
        ),
        120
      )

      const cases = yield* casesById
      assert.lengthOf(yield* vendors.serviceNow.cases, count)
      assert.deepStrictEqual([...cases.keys()].toSorted(), records.map((record) => idOf(journey, record)).toSorted())
      const consumers = yield* vendors.serviceNow.consumers
      const known = new Set(seeds.map(({ sys_id }) => sys_id))
      const created = consumers.filter(({ fields, sysId }) => !known.has(sysId) && fields.last_name !== "CTGuest")
      const emails = (all: ReadonlyArray<string | undefined>) => all.toSorted()
      assert.deepStrictEqual(
        emails(created.map(({ fields }) => fields.email)),
        emails([...new Set(records.filter((record) => kindOf(record) === "new").map(emailOf))])
      )
      const createdBy = new Map(created.map(({ fields, sysId }) => [fields.email, sysId]))
      for (const record of records) {
        const theCase = cases.get(idOf(journey, record))
        const what = `Case of record ${record}`
        const person = kindOf(record) === "new" ? createdBy.get(emailOf(record)) : sysIdOf(record)
        assert.strictEqual(theCase?.fields.consumer, person, what)
        assert.deepStrictEqual(theCase && standing(theCase), expectedStanding(record), what)
        assert.deepStrictEqual([...new Set(theCase?.notes)], theCase?.notes, what)
        assert.lengthOf(theCase?.notes.filter((note) => note === noteOf(record)) ?? [], 1, what)
      }
      const dispatched = (yield* vendors.weni.dispatches).map(({ idContexto }) => idContexto)
      assert.lengthOf(dispatched, count)
      assert.strictEqual(new Set(dispatched).size, count)
      assert.deepStrictEqual([...(yield* topics.deadLetters), ...(yield* topics.eventDeadLetters)], [])
      for (const { faults } of [vendors.serviceNow, vendors.weni]) {
        assert.deepStrictEqual(
          (yield* faults.list).filter(({ fired }) => fired === 0),
          []
        )
      }
    }).pipe(Effect.scoped),
  300_000
)
