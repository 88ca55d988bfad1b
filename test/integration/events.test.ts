import { assert, it } from "@effect/vitest"
import { Effect } from "effect"

import { delivered, humanGroup, idOf, order, read, said, yes } from "./support/customers.ts"
import { databaseUrl } from "./support/environment.ts"
import { ownDatabase } from "./support/ownDatabase.ts"
import { eventually, startService } from "./support/service.ts"
import { temporaryFile } from "./support/temporaryFile.ts"
import { makeTopics, type Published } from "./support/topics.ts"
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
const count = 1000
const early = 250
const customers = Array.from({ length: count }, (_, customer) => customer)

const answerOf = (customer: number) =>
  [yes(customer), said(journey, customer, "NÃO, quero remarcar"), said(journey, customer, "Que horas chega?")][
    customer % 3
  ] ?? ""

const eventsOf = (customer: number) => [delivered(journey, customer), read(journey, customer), answerOf(customer)]

/** The values in a different order, which is the same in each run, over all partitions. */
const shuffled = (values: ReadonlyArray<string>) =>
  values
    .map((value, index) => ({ key: `k${(index * 7919) % 10_007}`, value }))
    .toSorted((one, other) => Number(one.key.slice(1)) - Number(other.key.slice(1)))

const deliveryNote = "Mensagem entregue as 30/09/2025 12:31:02 e lida as 30/09/2025 12:33:00"
const ends = [
  {
    fields: ["6", "3", undefined, "Cliente confirmou a entrega para 01/10/2025. Caso encerrado."],
    note: "Confirmação recebida do cliente: SIM."
  },
  {
    fields: ["10", "2", humanGroup, undefined],
    note: "Cliente respondeu NÃO. Encaminhado para atendimento humano para remarcar a entrega. Resposta: NÃO, quero remarcar"
  },
  { fields: ["10", "3", undefined, undefined], note: "Resposta do cliente não reconhecida: Que horas chega?" }
]

const tally = (texts: ReadonlyArray<string>) =>
  Object.fromEntries([...Map.groupBy(texts, (text) => text)].map(([text, all]) => [text, all.length]))

/** The measurements of the run, for the reader of a failure. */
const figures = (responses: ReadonlyArray<Published>) => {
  const times = responses.map(({ value }) => Date.parse(String(value.tims_resposta))).toSorted((a, b) => a - b)
  const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000
  return `${responses.length} responses in ${seconds} s`
}

it.live(
  "SPEC 8.2-8.11, 9.3: 1,000 communications with 3 shuffled events each, some early, on a strict instance: every event and every note once",
  () =>
    Effect.gen(function* () {
      const topics = yield* makeTopics()
      const vendors = yield* startStrictVendors
      yield* vendors.serviceNow.seed([
        { sys_id: "c0ffee00c0ffee00c0ffee00c0ffee00", email: "joao.silva@example.com", first_name: "João" }
      ])
      yield* topics.open
      const service = yield* startService({
        ...topics.environment,
        ...vendors.environment,
        DATABASE_URL: yield* ownDatabase(databaseUrl),
        JOURNEYS_FILE: yield* temporaryFile("journeys.yaml", journeys)
      })
      yield* service.ready
      const metric = (line: string) => Effect.map(service.get("/metrics"), ({ body }) => body.includes(`${line}\n`))

      yield* topics.sendEvents(shuffled(customers.slice(0, early).flatMap(eventsOf)))
      yield* eventually("all early events parked", metric(`ctx_parked ${early * 3}`))
      yield* topics.send(customers.map((customer) => order(journey, customer)))
      yield* topics.sendEvents(shuffled(customers.slice(early).flatMap(eventsOf)))
      yield* topics.responded(count * 4, 110)
      yield* eventually("nothing parked any more", metric("ctx_parked 0"))

      const responses = yield* topics.responses
      const said = figures(responses.filter(({ value }) => value.evento !== "comunicacao"))
      assert.deepStrictEqual(
        tally(responses.map(({ value }) => `${String(value.evento)} ${String(value.response_status)}`)),
        {
          "comunicacao success": count,
          "entregue success": count,
          "lida success": count,
          "retorno_sim success": 334,
          "retorno_nao success": 333,
          "retorno_outro success": 333
        },
        said
      )
      assert.lengthOf([...new Set(responses.map(({ headers }) => headers.id_resposta))], count * 4, said)
      assert.deepStrictEqual(
        responses.filter(({ headers }) => headers.duplicado === "true"),
        []
      )
      assert.deepStrictEqual([...(yield* topics.deadLetters), ...(yield* topics.eventDeadLetters)], [])

      const cases = new Map((yield* vendors.serviceNow.cases).map((one) => [one.fields.u_id_correlacao, one]))
      assert.strictEqual(cases.size, (yield* vendors.serviceNow.cases).length)
      for (const customer of customers) {
        const { fields = {}, notes = [] } = cases.get(idOf(journey, customer)) ?? {}
        const end = ends[customer % 3]
        assert.deepStrictEqual(
          [fields.state, fields.priority, fields.assignment_group, fields.close_notes],
          end?.fields,
          `Case of customer ${customer}`
        )
        assert.strictEqual(
          notes.findLast((note) => note.startsWith("Mensagem ")),
          deliveryNote
        )
        assert.strictEqual(notes.filter((note) => note === end?.note).length, 1)
        assert.strictEqual(new Set(notes).size, 4, notes.join("; "))
        assert.lengthOf(notes, 4)
      }
      assert.lengthOf(yield* vendors.weni.dispatches, count)
    }).pipe(Effect.scoped),
  180_000
)
