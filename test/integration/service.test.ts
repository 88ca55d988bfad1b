import { readFileSync } from "node:fs"
import { join } from "node:path"

import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import { databaseUrl } from "./support/environment.ts"
import { ownDatabase } from "./support/ownDatabase.ts"
import { startService } from "./support/service.ts"
import { temporaryDirectory } from "./support/temporaryFile.ts"
import { makeTopics } from "./support/topics.ts"
import { startVendors } from "./support/vendors.ts"

const fixture = (name: string) => JSON.parse(readFileSync(join("fixtures", name), "utf8"))
const record = readFileSync("fixtures/comunicacaoTransacional.json")

const databases = {
  Postgres: Effect.map(ownDatabase(databaseUrl), (url) => ({ DATABASE_URL: url })),
  PGlite: Effect.map(temporaryDirectory, (directory) => ({ DATA_DIR: directory }))
}

const brom = "pedido_entregue_amanha|550e8400-e29b-41d4-a716-446655440000|805566999OBM3028874-01"

describe.each(Object.entries(databases))("npm start with real Kafka and %s", (_name, database) => {
  it.live("answers the fixture record with exactly the fixture requests and response", () =>
    Effect.gen(function* () {
      const topics = yield* makeTopics()
      const vendors = yield* startVendors
      yield* vendors.serviceNow.seed([
        { sys_id: "c0ffee00c0ffee00c0ffee00c0ffee00", email: "joao.silva@example.com", first_name: "João" }
      ])
      yield* topics.open
      const service = yield* startService({
        ...topics.environment,
        ...vendors.environment,
        ...(yield* database)
      })
      yield* service.ready
      yield* topics.send([record, "{not json", record])
      yield* topics.responded(3)

      const requests = yield* vendors.serviceNow.requests
      const created = requests.find(
        ({ method, path }) => method === "POST" && path.endsWith("/sn_customerservice_case")
      )
      assert.strictEqual(created?.body, JSON.stringify(fixture("case.json")))
      const [dispatched] = yield* vendors.weni.requests
      assert.strictEqual(dispatched?.body, JSON.stringify(fixture("dispatch.json")))

      const responses = yield* topics.responses
      const first = responses.find(({ headers }) => headers.evento === "comunicacao" && headers.duplicado === undefined)
      const repeat = responses.find(({ headers }) => headers.duplicado === "true")
      const refused = responses.find(({ headers }) => headers.evento === "mensagem_invalida")
      const [theCase] = yield* vendors.serviceNow.cases
      assert.deepStrictEqual(withoutTimes(first?.value), expectedResponse(theCase?.sysId, first?.value))
      assert.deepStrictEqual(first?.headers.id_resposta, `${brom}#1`)
      assert.strictEqual(first?.key, brom)
      assert.deepStrictEqual({ ...repeat?.value, origem: first?.value.origem }, { ...first?.value, duplicado: true })
      assert.strictEqual(refused?.key, null)
      const [letter] = yield* topics.deadLetters
      assert.strictEqual(letter?.raw?.toString("utf8"), "{not json")
      assert.strictEqual(letter?.headers["dlq-codigo"], "MENSAGEM_INVALIDA")

      const { body } = yield* service.get("/metrics")
      assert.include(body, `ctx_communications_total{journey="pedido_entregue_amanha",status="success"} 1`)
      assert.include(body, `ctx_dead_letters_total{topic="${topics.names.TOPIC_IN}",code="MENSAGEM_INVALIDA"} 1`)
      assert.strictEqual((yield* service.get("/health/live")).status, 200)

      yield* service.signal("SIGTERM")
      assert.deepStrictEqual(yield* service.exit, { code: 0, signal: null })
      const log = JSON.stringify(yield* service.logs)
      for (const secret of ["not-logged", "joao.silva", "5511999999999", "João", "Silva"])
        assert.notInclude(log, secret)
      assert.include(log, "CS0001005")
    }).pipe(Effect.scoped)
  )
})

/** The value without times, which vary. */
const withoutTimes = (value: unknown) => {
  const text = JSON.stringify(value)
    .replace(/"tims_resposta":"[^"]+"/, '"tims_resposta":"…"')
    .replace(/sucesso \d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d/, "sucesso …")
  return JSON.parse(text)
}

const expectedResponse = (sysId: string | undefined, actual: unknown) => {
  const expected = withoutTimes(fixture("response.json"))
  const { origem } = actual as { origem: { topico: string } }
  return {
    ...expected,
    origem,
    resultados: {
      ...expected.resultados,
      itsm: { ...expected.resultados.itsm, response: { ...expected.resultados.itsm.response, sys_id: sysId } }
    }
  }
}
