import { readFileSync } from "node:fs"
import { join } from "node:path"

import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import { defaultJourneys } from "../support/defaultJourneys.ts"
import { ctx, jsonOf, nowhere } from "./support/command.ts"
import { databaseUrl } from "./support/environment.ts"
import { ownDatabase } from "./support/ownDatabase.ts"
import { eventually, startService } from "./support/service.ts"
import { temporaryDirectory, temporaryFile } from "./support/temporaryFile.ts"
import { makeTopics } from "./support/topics.ts"
import { startVendors } from "./support/vendors.ts"

const record = readFileSync("fixtures/comunicacaoTransacional.json")
const id = "pedido_entregue_amanha|550e8400-e29b-41d4-a716-446655440000|805566999OBM3028874-01"
const journeys = defaultJourneys.replace("pedido_entregue_amanha:", "outra_jornada:")

/** Everything that a service and an operator need, on parts of their own; `start` starts a service. */
const scene = Effect.fnUntraced(function* <Database extends Readonly<Record<string, string>>>(database: Database) {
  const topics = yield* makeTopics()
  const vendors = yield* startVendors
  yield* topics.open
  const operator = { ...topics.environment, ...database }
  const start = (environment: Readonly<Record<string, string>> = {}) =>
    Effect.tap(startService({ ...operator, ...vendors.environment, ...environment }), (service) => service.ready)
  return { topics, vendors, operator, start }
})

const away = { CTX_URL: nowhere }
const noService = (instead: string) => `no service answers at ${nowhere} (CTX_URL): ${instead}\n`

const databases = {
  Postgres: Effect.map(ownDatabase(databaseUrl), (DATABASE_URL) => ({ DATABASE_URL })),
  PGlite: Effect.map(temporaryDirectory, (parent) => ({ DATA_DIR: join(parent, "data") }))
}

describe("the operator's command line beside a running service", () => {
  for (const [name, database] of Object.entries(databases)) {
    it.live(
      `CONTRACT Commands: on ${name} a refused record is listed, tried, redriven once, and shown, by the service`,
      () =>
        Effect.gen(function* () {
          const { operator, start, topics, vendors } = yield* scene(yield* database)
          const first = yield* start({ JOURNEYS_FILE: yield* temporaryFile("journeys.yaml", journeys) })
          yield* topics.send([record], id)
          yield* topics.responded(1)

          const before = { CTX_URL: `http://127.0.0.1:${first.port}` }
          const listed = yield* ctx(before, "dead-letters", "list", "--json")
          assert.deepStrictEqual([listed.code, listed.err], [0, ""])
          const { letters, total } = jsonOf(listed)
          const [letter] = letters
          assert.deepStrictEqual([total, letter.code, letter.id], [1, "JORNADA_DESCONHECIDA", id])
          const text = yield* ctx(before, "dead-letters", "list", "--code", "JORNADA_DESCONHECIDA")
          assert.match(text.out, new RegExp(`^1 dead letters\n${letter.place}  .*JORNADA_DESCONHECIDA.*\n    jornada`))
          assert.strictEqual((yield* ctx(before, "dead-letters", "list", "--topic", "inbound")).out, "0 dead letters\n")
          const dry = yield* ctx(before, "dead-letters", "redrive", "--all", "--dry-run", "--json")
          assert.deepStrictEqual([dry.code, jsonOf(dry)[0].outcome], [0, { _tag: "WouldRedrive" }])
          assert.lengthOf(yield* topics.responses, 1)
          yield* first.signal("SIGTERM")
          yield* first.exit

          const { port, signal, exit } = yield* start({ OPERATOR_TOKEN: "a-token-0123456789" })
          const wrong = { CTX_URL: `http://127.0.0.1:${port}`, OPERATOR_TOKEN: "another-token-0123456789" }
          assert.deepStrictEqual(yield* ctx({ ...operator, ...wrong }, "show", id), {
            code: 1,
            out: "",
            err: "this token is not known: OPERATOR_TOKEN has to hold your token\n"
          })
          const service = { ...wrong, OPERATOR_TOKEN: "a-token-0123456789" }
          const redriven = yield* ctx(service, "dead-letters", "redrive", "--id", letter.place)
          assert.deepStrictEqual(redriven, {
            code: 0,
            out: `${letter.place}  JORNADA_DESCONHECIDA  ${id}  redriven\n`,
            err: ""
          })
          const [, response] = yield* topics.responded(2)
          assert.deepStrictEqual([response?.headers.response_status, response?.key], ["success", id])
          assert.lengthOf(yield* vendors.serviceNow.cases, 1)
          const again = yield* ctx(service, "dead-letters", "redrive", "--code", "JORNADA_DESCONHECIDA", "--json")
          assert.deepStrictEqual([again.code, jsonOf(again)[0].outcome._tag], [0, "Already"])
          const missing = yield* ctx(service, "dead-letters", "redrive", "--id", "nowhere.dlq/0/99")
          assert.deepStrictEqual(missing, {
            code: 1,
            out: "nowhere.dlq/0/99  NOT FOUND: no dead letter at this place\n",
            err: "1 of 1 not redriven\n"
          })
          yield* eventually(
            "everything is accounted for",
            Effect.map(ctx(service, "audit", "--json"), ({ code }) => code === 0)
          )
          const table = yield* ctx(service, "audit")
          assert.match(table.out, /^topic\/partition +first +committed +ended .*\n/)
          assert.match(table.out, /\n0 records unaccounted for\n0 communications stalled, 0 overdue\n$/)
          const shown = yield* ctx(service, "show", "CS0001005", "--json")
          assert.deepStrictEqual(
            [shown.code, shown.err, jsonOf(shown).id, jsonOf(shown).status],
            [0, "", id, "success"]
          )
          const page = yield* ctx(service, "show", id)
          assert.include(page.out, "Case CS0001005 opened: HTTP 201")
          assert.notInclude(page.out, "Silva")
          const unmasked = yield* ctx(service, "show", id, "--unmasked", "--json")
          assert.include(unmasked.out, "Silva")
          const unknown = yield* ctx(service, "show", "CS9")
          assert.deepStrictEqual(unknown, {
            code: 1,
            out: "",
            err: "CS9: no communication has this id_correlacao, Case number, sys_id or message id\n"
          })
          const decided = yield* ctx(service, "decide", "CS0001005", "sent", "--reason", "seen")
          assert.deepStrictEqual(decided, {
            code: 1,
            out: "",
            err: "its dispatch is not in doubt: sent (NotInDoubt)\n"
          })
          const { items } = jsonOf(yield* ctx(service, "operations", "--json"))
          assert.deepStrictEqual(
            items.map(({ action, by }: { action: string; by: string }) => [action, by]),
            [
              ["reveal", "operator"],
              ["redrive", "operator"],
              ["redrive", "operator"],
              ["redrive", "operator"]
            ]
          )
          const counted = jsonOf(yield* ctx(service, "audit", "--json"))
          const letters2 = jsonOf(yield* ctx(service, "dead-letters", "list", "--json"))
          yield* signal("SIGTERM")
          yield* exit

          // The database itself gives the same JSON.
          const directly = { ...operator, ...away }
          const shownAway = yield* ctx(directly, "show", "CS0001005", "--json")
          assert.deepStrictEqual([shownAway.code, shownAway.err], [0, noService("reading the database itself")])
          assert.deepStrictEqual(jsonOf(shownAway), jsonOf(shown))
          const unmaskedAway = yield* ctx(directly, "show", id, "--unmasked", "--json")
          assert.deepStrictEqual(jsonOf(unmaskedAway), jsonOf(unmasked))
          const listedAway = yield* ctx(directly, "dead-letters", "list", "--json")
          assert.deepStrictEqual([listedAway.code, listedAway.err], [0, noService("reading the topics itself")])
          assert.deepStrictEqual(jsonOf(listedAway), letters2)
          const auditedAway = yield* ctx(directly, "audit", "--json")
          assert.deepStrictEqual(
            [auditedAway.code, auditedAway.err],
            [0, noService("reading Kafka and the database itself")]
          )
          assert.deepStrictEqual(jsonOf(auditedAway), counted)
          const redrivenAway = yield* ctx(directly, "dead-letters", "redrive", "--all", "--reason", "por fora")
          assert.deepStrictEqual(
            [redrivenAway.code, redrivenAway.err],
            [0, noService("using Kafka and the database itself")]
          )
          assert.include(redrivenAway.out, "already redriven at ")
          const decidedAway = yield* ctx(directly, "decide", "CS0001005", "sent", "--reason", "seen")
          assert.deepStrictEqual(decidedAway, {
            code: 1,
            out: "",
            err: `${noService("writing to the database itself")}${id}: its dispatch is not in doubt: sent\n`
          })
          const last = yield* start()
          const trail = jsonOf(yield* ctx({ CTX_URL: `http://127.0.0.1:${last.port}` }, "operations", "--json"))
          const ours = trail.items.filter(({ by }: { by: string }) => by === "ctx")
          assert.lengthOf(ours, 2)
          assert.deepInclude(ours[0], { action: "redrive", reason: "por fora", total: 1, state: "done" })
          assert.deepInclude(ours[1], { action: "reveal", reason: "ctx show --unmasked", target: id })
        }).pipe(Effect.scoped),
      // Two dozen processes, one after the other.
      600_000
    )
  }

  it.live("CONTRACT ctx list: by the service, and by the database while it is stopped; retry needs the service", () =>
    Effect.gen(function* () {
      const { operator, start, topics, vendors } = yield* scene({
        DATABASE_URL: yield* ownDatabase(databaseUrl)
      })
      const service = yield* start()
      yield* vendors.weni.faults.add({ kind: "status", status: 400, match: { path: "/v1/campaigns" } })
      yield* topics.send([record], id)
      yield* topics.responded(1)
      const CTX_URL = `http://127.0.0.1:${service.port}`
      const asked = ["list", "--codigo", "HTTP_400", "--since", "24h", "--json"]
      const found = yield* ctx({ CTX_URL }, ...asked)
      assert.deepStrictEqual([found.code, found.err], [0, ""])
      assert.strictEqual(jsonOf(found).items[0].id, id)
      const retried = yield* ctx({ CTX_URL }, "retry", id, "--json")
      assert.deepStrictEqual([retried.code, jsonOf(retried).state, jsonOf(retried).done], [0, "done", 1])
      yield* topics.responded(2)
      yield* service.signal("SIGTERM")
      yield* service.exit
      const listed = yield* ctx({ CTX_URL, DATABASE_URL: operator.DATABASE_URL }, "list", "--json")
      assert.deepStrictEqual(
        [listed.code, listed.err],
        [0, `no service answers at ${CTX_URL} (CTX_URL): reading the database itself\n`]
      )
      assert.strictEqual(jsonOf(listed).items[0].id, id)
      const refused = yield* ctx({ CTX_URL }, "retry", id)
      assert.deepStrictEqual(refused, {
        code: 1,
        out: "",
        err: `no service answers at ${CTX_URL}: start it, or name its address in CTX_URL\n`
      })
    }).pipe(Effect.scoped)
  )

  it.live(
    "SPEC 5.3: the running service carries out an operator's decision on a doubt, made through it or beside it",
    () =>
      Effect.gen(function* () {
        const { operator, start, topics, vendors } = yield* scene({
          DATABASE_URL: yield* ownDatabase(databaseUrl)
        })
        const { port } = yield* start()
        const service = { CTX_URL: `http://127.0.0.1:${port}` }
        const decide = (environment: Readonly<Record<string, string>>, name: string) =>
          ctx(environment, "decide", name, "not_sent", "--reason", "Weni does not have it", "--json")
        yield* vendors.weni.faults.add({ kind: "drop", times: 2 })
        yield* topics.send([record], id)
        yield* topics.responded(1)
        const byService = yield* decide(service, id)
        assert.deepStrictEqual(
          [byService.code, byService.err, jsonOf(byService)],
          [0, "", { id, decision: "not_sent" }]
        )
        yield* topics.responded(2)
        const other = `${id}-2`
        yield* topics.send([JSON.stringify({ ...JSON.parse(record.toString()), id_correlacao: other })], other)
        yield* topics.responded(3)
        const directly = yield* decide({ ...operator, ...away }, other)
        assert.deepStrictEqual([directly.code, jsonOf(directly)], [0, { id: other, decision: "not_sent" }])
        yield* topics.responded(4)
        const { whatsapp } = jsonOf(yield* ctx(service, "show", other, "--json"))
        assert.strictEqual(whatsapp.outcome, "failed")
        const { items } = jsonOf(yield* ctx(service, "operations", "--json"))
        assert.deepStrictEqual(
          items.map(({ action, by, state }: { action: string; by: string; state: string }) => [action, by, state]),
          [
            ["not_sent", "ctx", "done"],
            ["not_sent", "local", "done"]
          ]
        )
      }).pipe(Effect.scoped)
  )

  it.live(
    "CONTRACT DATA_DIR: a directory that the running service holds is refused, and opened once it has stopped",
    () =>
      Effect.gen(function* () {
        const directory = join(yield* temporaryDirectory, "data")
        const { operator, start, topics } = yield* scene({ DATA_DIR: directory })
        const empty = yield* ctx({ DATA_DIR: directory, ...away }, "show", id)
        assert.strictEqual(empty.code, 1)
        assert.include(empty.err, "holds no database")
        const service = yield* start({})
        yield* topics.send([record], id)
        yield* topics.responded(1)
        const held = yield* ctx({ ...operator, ...away }, "show", id)
        assert.deepStrictEqual([held.code, held.out], [1, ""])
        assert.match(
          held.err,
          /\nDATA_DIR: .* is held by the running service \(process \d+\): name its address in CTX_URL, stop it first, or use Postgres/
        )
        yield* service.signal("SIGTERM")
        yield* service.exit
        const shown = yield* ctx({ ...operator, ...away }, "show", id, "--json")
        assert.deepStrictEqual(
          [shown.code, shown.err, jsonOf(shown).id],
          [0, noService("reading the database itself"), id]
        )
      }).pipe(Effect.scoped)
  )
})

describe("the operator's command line by itself", () => {
  it.live("CONTRACT Commands: an unavailable part is named and not waited for", () =>
    Effect.gen(function* () {
      const kafka = yield* ctx({ ...away, KAFKA_BROKERS: "127.0.0.1:1" }, "dead-letters", "list")
      assert.deepStrictEqual([kafka.code, kafka.out], [1, ""])
      assert.include(kafka.err, "Kafka brokers 127.0.0.1:1 (KAFKA_BROKERS) do not answer")
      const database = yield* ctx({ ...away, DATABASE_URL: "postgres://user:secret@127.0.0.1:1/x" }, "show", "x")
      assert.deepStrictEqual([database.code, database.out], [1, ""])
      assert.match(database.err, /\nDATABASE_URL: the database 127\.0\.0\.1:1\/x cannot be used: /)
      assert.notInclude(database.err, "secret")
      const fresh = yield* ctx({ ...away, DATABASE_URL: yield* ownDatabase(databaseUrl) }, "show", "x")
      assert.deepStrictEqual([fresh.code, fresh.out], [1, ""])
      assert.include(fresh.err, "holds no journal")
    }).pipe(Effect.scoped)
  )

  it.live("CONTRACT Commands: a missing variable is named, wrong use exits with 2, help with 0", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* ctx(away, "dead-letters", "list"), {
        code: 1,
        out: "",
        err: `${noService("reading the topics itself")}KAFKA_BROKERS: missing, expected comma-separated: host:port\n`
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
        ["decide", "x", "maybe", "--reason", "r"],
        ["decide", "x", "\u001B[2J", "--reason", "r"],
        ["\u001B]0;x\u0007"]
      ]
      const codes = yield* Effect.forEach(wrong, (args) => ctx({}, ...args), { concurrency: 4 })
      assert.deepStrictEqual(
        codes.map(({ code, out }, index) => [wrong[index], code, out]),
        wrong.map((args) => [args, 2, ""])
      )
      for (const { err } of codes) assert.notInclude(err, "\u001B")
      const commands = [[], ["show"], ["decide"], ["dead-letters", "list"], ["dead-letters", "redrive"]]
      for (const help of yield* Effect.forEach(commands, (args) => ctx({}, ...args, "--help"), { concurrency: 4 })) {
        assert.deepStrictEqual([help.code, help.err], [0, ""])
        assert.include(help.out, "USAGE")
      }
    })
  )
})
