import { readFileSync } from "node:fs"

import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import { defaultJourneys } from "../support/defaultJourneys.ts"
import { ctx, jsonOf } from "./support/command.ts"
import { databaseUrl } from "./support/environment.ts"
import { ownDatabase } from "./support/ownDatabase.ts"
import { eventually, startService } from "./support/service.ts"
import { temporaryFile } from "./support/temporaryFile.ts"
import { makeTopics } from "./support/topics.ts"
import { startVendors } from "./support/vendors.ts"

const record = readFileSync("fixtures/comunicacaoTransacional.json")
const id = "pedido_entregue_amanha|550e8400-e29b-41d4-a716-446655440000|805566999OBM3028874-01"
const journeys = defaultJourneys.replace("pedido_entregue_amanha:", "outra_jornada:")

/** A service on parts of its own, which knows no journey of the fixture, and what an operator needs. */
const scene = Effect.fnUntraced(function* <Database extends Readonly<Record<string, string>>>(database: Database) {
  const topics = yield* makeTopics()
  const vendors = yield* startVendors
  yield* topics.open
  const operator = { ...topics.environment, ...database }
  const start = (environment: Readonly<Record<string, string>> = {}) =>
    Effect.tap(startService({ ...operator, ...vendors.environment, ...environment }), (service) => service.ready)
  const responded = (count: number) =>
    Effect.andThen(
      eventually(
        `${count} responses`,
        Effect.map(topics.responses, (all) => all.length >= count)
      ),
      topics.responses
    )
  return { topics, vendors, operator, start, responded }
})

describe("the operator's command line beside a running service", () => {
  it.live("CONTRACT Commands: a refused record is listed, tried, redriven once, and shown", () =>
    Effect.gen(function* () {
      const { operator, responded, start, topics, vendors } = yield* scene({
        DATABASE_URL: yield* ownDatabase(databaseUrl)
      })
      const first = yield* start({ JOURNEYS_FILE: yield* temporaryFile("journeys.yaml", journeys) })
      yield* topics.send([record], id)
      yield* responded(1)

      const { DATABASE_URL, ...kafka } = operator
      const database = { DATABASE_URL }
      const listed = yield* ctx(kafka, "dead-letters", "list", "--json")
      assert.deepStrictEqual([listed.code, listed.err], [0, ""])
      const { letters, total } = jsonOf(listed)
      const [letter] = letters
      assert.deepStrictEqual([total, letter.code, letter.id], [1, "JORNADA_DESCONHECIDA", id])
      const text = yield* ctx(kafka, "dead-letters", "list", "--code", "JORNADA_DESCONHECIDA")
      assert.match(text.out, new RegExp(`^1 dead letters\n${letter.place}  .*JORNADA_DESCONHECIDA.*\n    jornada`))
      assert.strictEqual((yield* ctx(kafka, "dead-letters", "list", "--topic", "inbound")).out, "0 dead letters\n")

      const dry = yield* ctx(operator, "dead-letters", "redrive", "--all", "--dry-run", "--json")
      assert.deepStrictEqual([dry.code, jsonOf(dry)[0].outcome], [0, { _tag: "WouldRedrive" }])
      assert.lengthOf(yield* topics.responses, 1)

      yield* first.signal("SIGTERM")
      yield* first.exit
      const { port } = yield* start()
      const redriven = yield* ctx(operator, "dead-letters", "redrive", "--id", letter.place)
      assert.deepStrictEqual(redriven, {
        code: 0,
        out: `${letter.place}  JORNADA_DESCONHECIDA  ${id}  redriven\n`,
        err: ""
      })
      const [, response] = yield* responded(2)
      assert.deepStrictEqual([response?.headers.response_status, response?.key], ["success", id])
      assert.lengthOf(yield* vendors.serviceNow.cases, 1)

      const again = yield* ctx(operator, "dead-letters", "redrive", "--code", "JORNADA_DESCONHECIDA", "--json")
      assert.deepStrictEqual([again.code, jsonOf(again)[0].outcome._tag], [0, "Already"])
      const audited = yield* ctx(operator, "audit", "--json")
      assert.deepStrictEqual([audited.code, jsonOf(audited).unaccounted], [0, 0])
      const table = yield* ctx(operator, "audit")
      assert.match(table.out, /^topic\/partition +first +committed +ended .*\n/)
      assert.match(table.out, /\n0 records unaccounted for\n0 communications stalled, 0 overdue\n$/)
      const missing = yield* ctx(operator, "dead-letters", "redrive", "--id", "nowhere.dlq/0/99")
      assert.deepStrictEqual(missing, {
        code: 1,
        out: "nowhere.dlq/0/99  NOT FOUND: no dead letter at this place\n",
        err: "1 of 1 not redriven\n"
      })

      const shown = yield* ctx(database, "show", "CS0001005", "--json")
      assert.deepStrictEqual([shown.code, shown.err, jsonOf(shown).id, jsonOf(shown).status], [0, "", id, "success"])
      const page = yield* ctx(database, "show", id)
      assert.include(page.out, "Case CS0001005 opened: HTTP 201")
      assert.notInclude(page.out, "Silva")
      assert.include((yield* ctx(database, "show", id, "--unmasked")).out, "Silva")
      const trail = jsonOf(yield* ctx({ CTX_URL: `http://127.0.0.1:${port}` }, "operations", "--json"))
      assert.lengthOf(trail.items, 1)
      assert.deepInclude(trail.items[0], { action: "reveal", by: "ctx", reason: "ctx show --unmasked", target: id })
      const unknown = yield* ctx(database, "show", "CS9")
      assert.deepStrictEqual(unknown, {
        code: 1,
        out: "",
        err: "CS9: no communication has this id_correlacao, Case number, sys_id or message id\n"
      })
      const decided = yield* ctx(database, "decide", "CS0001005", "sent", "--reason", "seen")
      assert.deepStrictEqual(decided, { code: 1, out: "", err: `${id}: its dispatch is not in doubt: sent\n` })
    }).pipe(Effect.scoped)
  )

  it.live("CONTRACT ctx list: by the service, and by the database while it is stopped; retry needs the service", () =>
    Effect.gen(function* () {
      const { operator, responded, start, topics, vendors } = yield* scene({
        DATABASE_URL: yield* ownDatabase(databaseUrl)
      })
      const service = yield* start()
      yield* vendors.weni.faults.add({ kind: "status", status: 400, match: { path: "/v1/campaigns" } })
      yield* topics.send([record], id)
      yield* responded(1)
      const CTX_URL = `http://127.0.0.1:${service.port}`
      const asked = ["list", "--codigo", "HTTP_400", "--since", "24h", "--json"]
      const found = yield* ctx({ CTX_URL }, ...asked)
      assert.deepStrictEqual([found.code, found.err], [0, ""])
      assert.strictEqual(jsonOf(found).items[0].id, id)
      const retried = yield* ctx({ CTX_URL }, "retry", id, "--json")
      assert.deepStrictEqual([retried.code, jsonOf(retried).state, jsonOf(retried).done], [0, "done", 1])
      yield* responded(2)
      yield* service.signal("SIGTERM")
      yield* service.exit
      const away = yield* ctx({ CTX_URL, DATABASE_URL: operator.DATABASE_URL }, "list", "--json")
      assert.deepStrictEqual(
        [away.code, away.err],
        [0, `no service answers at ${CTX_URL} (CTX_URL): reading the database itself\n`]
      )
      assert.strictEqual(jsonOf(away).items[0].id, id)
      const refused = yield* ctx({ CTX_URL }, "retry", id)
      assert.deepStrictEqual(refused, {
        code: 1,
        out: "",
        err: `no service answers at ${CTX_URL}: start it, or name its address in CTX_URL\n`
      })
    }).pipe(Effect.scoped)
  )

  it.live("SPEC 5.3: the running service carries out an operator's decision on a doubt", () =>
    Effect.gen(function* () {
      const { operator, responded, start, topics, vendors } = yield* scene({
        DATABASE_URL: yield* ownDatabase(databaseUrl)
      })
      yield* start()
      yield* vendors.weni.faults.add({ kind: "drop" })
      yield* topics.send([record], id)
      yield* responded(1)
      const decided = yield* ctx(operator, "decide", id, "not_sent", "--reason", "Weni does not have it", "--json")
      assert.deepStrictEqual([decided.code, jsonOf(decided)], [0, { id, decision: "not_sent" }])
      yield* responded(2)
      const { whatsapp } = jsonOf(yield* ctx(operator, "show", id, "--json"))
      assert.strictEqual(whatsapp.outcome, "failed")
    }).pipe(Effect.scoped)
  )

  it.live(
    "CONTRACT DATA_DIR: a directory that the running service holds is refused, and opened once it has stopped",
    () =>
      Effect.gen(function* () {
        const directory = (yield* temporaryFile("x", "")).replace(/x$/, "data")
        const { operator, responded, start, topics } = yield* scene({ DATA_DIR: directory })
        const empty = yield* ctx({ DATA_DIR: directory }, "show", id)
        assert.strictEqual(empty.code, 1)
        assert.include(empty.err, "holds no database")
        const service = yield* start({})
        yield* topics.send([record], id)
        yield* responded(1)
        const held = yield* ctx(operator, "show", id)
        assert.deepStrictEqual([held.code, held.out], [1, ""])
        assert.match(
          held.err,
          /^DATA_DIR: .* is held by the running service \(process \d+\): stop it first, or use Postgres/
        )
        yield* service.signal("SIGTERM")
        yield* service.exit
        const shown = yield* ctx(operator, "show", id, "--json")
        assert.deepStrictEqual([shown.code, shown.err, jsonOf(shown).id], [0, "", id])
      }).pipe(Effect.scoped)
  )
})

describe("the operator's command line by itself", () => {
  it.live("CONTRACT Commands: an unavailable part is named and not waited for", () =>
    Effect.gen(function* () {
      const kafka = yield* ctx({ KAFKA_BROKERS: "127.0.0.1:1" }, "dead-letters", "list")
      assert.deepStrictEqual([kafka.code, kafka.out], [1, ""])
      assert.include(kafka.err, "Kafka brokers 127.0.0.1:1 (KAFKA_BROKERS) do not answer")
      const database = yield* ctx({ DATABASE_URL: "postgres://user:secret@127.0.0.1:1/x" }, "show", "x")
      assert.deepStrictEqual([database.code, database.out], [1, ""])
      assert.match(database.err, /^DATABASE_URL: the database 127\.0\.0\.1:1\/x cannot be used: /)
      assert.notInclude(database.err, "secret")
      const fresh = yield* ctx({ DATABASE_URL: yield* ownDatabase(databaseUrl) }, "show", "x")
      assert.deepStrictEqual([fresh.code, fresh.out], [1, ""])
      assert.include(fresh.err, "holds no journal")
    }).pipe(Effect.scoped)
  )

  it.live("CONTRACT Commands: a missing variable is named, wrong use exits with 2, help with 0", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* ctx({}, "dead-letters", "list"), {
        code: 1,
        out: "",
        err: "KAFKA_BROKERS: missing, expected comma-separated: host:port\n"
      })
      const wrong = [
        [],
        ["sho", "x"],
        ["show"],
        ["dead-letters"],
        ["dead-letters", "redrive"],
        ["dead-letters", "redrive", "--all", "--code", "X"],
        ["dead-letters", "redrive", "--id", "12"],
        ["dead-letters", "list", "--limit", "0"],
        ["decide", "x", "maybe", "--reason", "r"]
      ]
      const codes = yield* Effect.forEach(wrong, (args) => ctx({}, ...args), { concurrency: 4 })
      assert.deepStrictEqual(
        codes.map(({ code, out }, index) => [wrong[index], code, out]),
        wrong.map((args) => [args, 2, ""])
      )
      const commands = [[], ["show"], ["decide"], ["dead-letters", "list"], ["dead-letters", "redrive"]]
      for (const help of yield* Effect.forEach(commands, (args) => ctx({}, ...args, "--help"), { concurrency: 4 })) {
        assert.deepStrictEqual([help.code, help.err], [0, ""])
        assert.include(help.out, "USAGE")
      }
    })
  )
})
