import { randomBytes, randomUUID } from "node:crypto"

import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import { ctx } from "./support/command.ts"
import { delivered, idOf, order, yes } from "./support/customers.ts"
import { databaseUrl, telemetry } from "./support/environment.ts"
import { jaegerAt, type JaegerSpan, linksOf, outlineOf, parentOf, tagsOf } from "./support/jaeger.ts"
import { ownDatabase } from "./support/ownDatabase.ts"
import { eventually, startService } from "./support/service.ts"
import { temporaryFile } from "./support/temporaryFile.ts"
import { makeTopics, type Published } from "./support/topics.ts"
import { startVendors } from "./support/vendors.ts"

const journey = "sempre_aberta"
const journeys = `
journeys:
  ${journey}:
    deliveryOffsetDays: 1
    case: { short_description: Pedido, description: Entrega, priority: 3, state: 10 }
    answers: { yes: [sim], no: [não] }
`
const email = "joao.silva@example.com"

const hex = (bytes: number) => randomBytes(bytes).toString("hex")

/** An exporting service on parts of its own, and everything needed to watch it. */
const scene = Effect.fnUntraced(function* ({ endpoint, jaegerUrl }: ReturnType<typeof telemetry>) {
  const topics = yield* makeTopics()
  const vendors = yield* startVendors
  yield* vendors.serviceNow.seed([{ sys_id: "c0ffee00c0ffee00c0ffee00c0ffee00", email, first_name: "João" }])
  yield* topics.open
  const name = `brom-ctx-${randomUUID().slice(0, 8)}`
  const operator = { ...topics.environment, DATABASE_URL: yield* ownDatabase(databaseUrl) }
  const service = yield* startService({
    ...operator,
    ...vendors.environment,
    JOURNEYS_FILE: yield* temporaryFile("journeys.yaml", journeys),
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_SERVICE_NAME: name
  })
  yield* service.ready
  const jaeger = jaegerAt(jaegerUrl)
  /** A trace is complete once its root, which ends last, is there and every other span has its parent. */
  const traceOf = (id: string, root: string) => {
    const whole = Effect.map(jaeger.trace(id), (spans) => {
      const ids = new Set(spans.map(({ spanID }) => spanID))
      return (
        spans.some(({ operationName }) => operationName === root) &&
        spans.every((span) => span.operationName === root || ids.has(parentOf(span) ?? ""))
      )
    })
    return Effect.andThen(eventually(`trace ${id} with "${root}"`, whole), jaeger.trace(id))
  }
  return { topics, vendors, service, operator, name, jaeger, traceOf }
})

const traceIdOf = (published: Published | undefined) => published?.headers.traceparent?.split("-")[1] ?? ""

const named = (spans: ReadonlyArray<JaegerSpan>, name: string) => {
  const found = spans
    .filter(({ operationName }) => operationName === name)
    .toSorted((one, other) => one.startTime - other.startTime)
  assert.isNotEmpty(found, `no span "${name}" in ${outlineOf(spans).join("\n")}`)
  return found
}

/** The tags of the spans of one name, without those that differ in each run or are Jaeger's own. */
const attributesOf = (spans: ReadonlyArray<JaegerSpan>, name: string) =>
  named(spans, name).map((span) => {
    const { "otel.scope.name": _name, "otel.scope.version": _version, "server.port": _port, ...tags } = tagsOf(span)
    return tags
  })

/** The first Case of a process is looked for, to know that Cases can be found (SPEC 4.3). */
const orderTree = (topics: Readonly<Record<string, string>>) => `process ${topics.TOPIC_IN}
  Communication.Receive
    SELECT facts
    SELECT forgotten
    openCase
      ServiceNow.findConsumer
        GET /api/now/table/csm_consumer
      INSERT facts
      ServiceNow.openCase
        POST /api/now/table/sn_customerservice_case
      ServiceNow.showsCase
        GET /api/now/table/sn_customerservice_case
    sendWhatsApp
      INSERT facts
      Weni.dispatch
        POST /v1/campaigns/{id_campanha}/dispatch
      INSERT facts
      INSERT facts
      Weni.dispatch
        POST /v1/campaigns/{id_campanha}/dispatch
      INSERT facts
    noteOutcome
      ServiceNow.updateCase
        PATCH /api/now/table/sn_customerservice_case/{sys_id}
    INSERT facts
    send ${topics.TOPIC_RESPONSE}
    INSERT facts`

/** Soon after its creation, the Case is read before a note: the note would hide who changed the Case (SPEC 8.8). */
const eventTree = (topics: Readonly<Record<string, string>>) => `process ${topics.TOPIC_INBOUND}
  SELECT records
  correlate
    SELECT communication_ids
  Communication.Apply
    ServiceNow.readCase
      GET /api/now/table/sn_customerservice_case/{sys_id}
    INSERT facts
    ServiceNow.updateCase
      PATCH /api/now/table/sn_customerservice_case/{sys_id}
    INSERT facts
    send ${topics.TOPIC_RESPONSE}
    INSERT facts
  INSERT records`

describe.runIf(telemetry.given())("traces in Jaeger, through the collector", () => {
  it.live("one customer's story: the whole tree, its links, its attributes, one search", () =>
    Effect.gen(function* () {
      const { jaeger, name, topics, traceOf, vendors } = yield* scene(telemetry())
      const { TOPIC_IN, TOPIC_INBOUND, TOPIC_RESPONSE } = topics.names
      yield* vendors.weni.faults.add({ kind: "status", status: 503 })
      const [first, answering, producer] = [hex(16), hex(16), hex(8)]
      const id = idOf(journey, 1)

      // The producer does not sample its trace, but ours is recorded.
      yield* topics.send([order(journey, 1)], null, { traceparent: `00-${first}-${producer}-00` })
      yield* topics.responded(1)
      yield* topics.sendEvents([{ key: null, value: delivered(journey, 1) }])
      yield* topics.responded(2)
      yield* topics.sendEvents([{ key: null, value: yes(1), headers: { traceparent: `00-${answering}-${hex(8)}-01` } }])
      const responses = yield* topics.responded(3)
      const traceIds = responses.map(traceIdOf)

      const whole = `process ${TOPIC_IN}`
      const spans = yield* traceOf(first, whole)
      assert.strictEqual(outlineOf(spans).join("\n"), orderTree(topics.names))
      const [consumed] = named(spans, whole)
      assert.strictEqual(consumed && parentOf(consumed), producer)
      assert.deepStrictEqual(
        responses.map(({ headers }) => headers.traceparent?.slice(-3)),
        ["-01", "-01", "-01"]
      )
      assert.deepStrictEqual([traceIds[0], traceIds[2]], [first, answering])
      const [sent] = named(spans, `send ${TOPIC_RESPONSE}`)
      assert.strictEqual(responses[0]?.headers.traceparent, `00-${first}-${sent?.spanID}-01`)

      const [theCase] = yield* vendors.serviceNow.cases
      const ours = { id_correlacao: id, cod_jornada: journey }
      const {
        "messaging.kafka.offset": offset,
        "messaging.destination.partition.id": partition,
        ...process
      } = attributesOf(spans, whole)[0] ?? {}
      assert.deepStrictEqual(process, {
        ...ours,
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": TOPIC_IN,
        "messaging.consumer.group.name": topics.environment.KAFKA_GROUP_ID,
        "span.kind": "consumer",
        "otel.status_code": "OK"
      })
      assert.strictEqual(offset, 0)
      assert.match(String(partition), /^[0-2]$/)
      assert.deepInclude(attributesOf(spans, "Communication.Receive")[0], {
        ...ours,
        "case.number": theCase?.number,
        "case.sys_id": theCase?.sysId
      })
      const dispatch = {
        "http.request.method": "POST",
        "url.full": `${vendors.environment.WENI_URL}/v1/campaigns/xpro/dispatch`,
        "url.template": "/v1/campaigns/{id_campanha}/dispatch",
        "server.address": "127.0.0.1",
        "service.peer.name": "weni",
        "span.kind": "client"
      }
      assert.deepStrictEqual(attributesOf(spans, "POST /v1/campaigns/{id_campanha}/dispatch"), [
        {
          ...dispatch,
          "http.response.status_code": 503,
          "error.type": "503",
          error: true,
          "otel.status_code": "ERROR"
        },
        { ...dispatch, "http.request.resend_count": 1, "http.response.status_code": 200, "otel.status_code": "OK" }
      ])
      assert.deepStrictEqual(attributesOf(spans, "SELECT facts"), [
        {
          "db.system.name": "postgresql",
          "db.operation.name": "SELECT",
          "db.collection.name": "facts",
          "span.kind": "client",
          "otel.status_code": "OK"
        }
      ])
      assert.deepStrictEqual(attributesOf(spans, `send ${TOPIC_RESPONSE}`), [
        {
          "messaging.system": "kafka",
          "messaging.operation.name": "send",
          "messaging.operation.type": "send",
          "messaging.destination.name": TOPIC_RESPONSE,
          id_correlacao: id,
          id_resposta: responses[0]?.headers.id_resposta,
          evento: "comunicacao",
          response_status: "success",
          "span.kind": "producer",
          "otel.status_code": "OK"
        }
      ])

      // Later events have traces of their own, which are linked to the first one.
      const deliveredSpans = yield* traceOf(traceIds[1] ?? "", `process ${TOPIC_INBOUND}`)
      assert.strictEqual(outlineOf(deliveredSpans).join("\n"), eventTree(topics.names))
      const known = new Set(spans.map(({ spanID }) => `${first}/${spanID}`))
      assert.strictEqual(attributesOf(deliveredSpans, "Communication.Apply")[0]?.["whatsapp.message_id"], "wamid.1")
      for (const own of [deliveredSpans, yield* traceOf(answering, `process ${TOPIC_INBOUND}`)]) {
        const links = own.flatMap(linksOf)
        assert.lengthOf(links, 1)
        assert.isTrue(known.has(links[0] ?? ""), links[0])
        assert.strictEqual(attributesOf(own, "Communication.Apply")[0]?.["case.number"], theCase?.number)
      }

      // One search by either name finds everything that happened to the customer. Nothing else makes traces.
      for (const tags of [{ id_correlacao: id }, { "case.number": theCase?.number ?? "" }, {}]) {
        const found = yield* jaeger.search(name, tags)
        assert.sameMembers(
          found.map(({ traceID }) => traceID),
          traceIds,
          JSON.stringify(tags)
        )
      }
      const told = JSON.stringify(yield* jaeger.search(name))
      for (const datum of [email, "João", "Silva", "119800", "not-logged", "keepValidContacts", "sysparm_query"]) {
        assert.notInclude(told, datum)
      }
    }).pipe(Effect.scoped)
  )

  it.live("due work has a trace and a root of its own, linked to the first trace", () =>
    Effect.gen(function* () {
      const { jaeger, name, operator, topics, traceOf, vendors } = yield* scene(telemetry())
      yield* vendors.weni.faults.add({ kind: "drop" })
      yield* topics.send([order(journey, 1)])
      const [inDoubt] = yield* topics.responded(1)
      const id = idOf(journey, 1)
      const decided = yield* ctx(operator, "decide", id, "sent", "--reason", "Weni confirmou")
      assert.strictEqual(decided.code, 0, decided.err)
      const [, woken] = yield* topics.responded(2)

      const first = yield* traceOf(traceIdOf(inDoubt), `process ${topics.names.TOPIC_IN}`)
      assert.strictEqual(attributesOf(first, "Communication.Receive")[0]?.resultado, "desconhecido")
      const later = yield* traceOf(traceIdOf(woken), "timer")
      const [root] = named(later, "timer")
      assert.deepStrictEqual(root?.references, [])
      assert.deepStrictEqual(
        later.flatMap(linksOf).map((link) => link.split("/")[0]),
        [traceIdOf(inDoubt)]
      )
      const found = yield* jaeger.search(name, { id_correlacao: id })
      assert.sameMembers(
        found.map(({ traceID }) => traceID),
        [traceIdOf(inDoubt), traceIdOf(woken)]
      )
    }).pipe(Effect.scoped)
  )
})
