import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Command } from "effect/cli"

import { auditCommand } from "../../src/cli/audit.ts"
import { deadLetters } from "../../src/cli/deadLetters.ts"
import { decideCommand } from "../../src/cli/decide.ts"
import { listCommand } from "../../src/cli/list.ts"
import { show } from "../../src/cli/show.ts"
import { record } from "../domain/outbound/records.ts"
import { operatorWith, serveOperators } from "../support/operatorHttp.ts"
import { fixtureId, preparedWorld } from "../support/scene.ts"
import { runCommand } from "./runCommand.ts"

const token = "ana-token-0123456789"
const viewer = "bruno-token-0123456789"
const operators = [operatorWith("ana", token), operatorWith("bruno", viewer, ["viewer"])]

/** An id that its producer has made of a customer's e-mail address. */
const personalId = "pedido_entregue_amanha|joao.silva@example.com|1"

interface Scene {
  readonly ids?: ReadonlyArray<string>
  readonly doubt?: boolean
}

/** A service with orders of these ids, and the environments in which a command finds it. */
const serviceWith = Effect.fnUntraced(function* ({ doubt = false, ids = [fixtureId] }: Scene = {}) {
  const world = yield* preparedWorld({ earlierCase: true })
  if (doubt) yield* world.weni.faults.add({ kind: "drop", match: { path: "/v1/campaigns" } })
  yield* world.start
  for (const id of ids) yield* world.produce(record({ id_correlacao: id }))
  yield* world.responded(ids.length)
  const { port } = yield* serveOperators(world, { operators })
  const CTX_URL = `http://127.0.0.1:${port}`
  return { world, environment: { CTX_URL, OPERATOR_TOKEN: token }, asViewer: { CTX_URL, OPERATOR_TOKEN: viewer } }
})

const trailOf = ({ store }: Effect.Success<ReturnType<typeof preparedWorld>>) =>
  [...store.operations.values()].map(({ operation }) => operation)

describe("ctx show", () => {
  it.effect("CONTRACT ctx show: by the running service, as JSON and as text, masked", () =>
    Effect.gen(function* () {
      const { asViewer } = yield* serviceWith()
      const shown = yield* runCommand(show, ["CS0001005", "--json"], asViewer)
      assert.deepStrictEqual([shown.failure, shown.err], [undefined, ""])
      const summary = JSON.parse(shown.out)
      assert.strictEqual(
        Object.keys(summary).join(" "),
        "id journey status updatedAt case whatsapp record customer waiting events responses timeline"
      )
      assert.deepInclude(summary, { id: fixtureId, status: "success" })
      assert.deepStrictEqual(summary.customer, {
        id: "550e8400-e29b-41d4-a716-446655440000",
        name: "***",
        phone: "***9999",
        email: "***"
      })
      assert.deepStrictEqual(Object.keys(summary.responses[0]), ["id", "evento", "status", "at", "acknowledged"])
      assert.deepStrictEqual(Object.keys(summary.timeline[0]), ["at", "fact", "text"])
      const text = yield* runCommand(show, [fixtureId], asViewer)
      assert.include(text.out, "Case CS0001005 opened: HTTP 201")
      assert.notMatch(text.out, /Silva|joao/)
    })
  )

  it.effect("SPEC 11.2: unmasked is a reveal in the operator's name, and not for a viewer", () =>
    Effect.gen(function* () {
      const { asViewer, environment, world } = yield* serviceWith()
      const refused = yield* runCommand(show, [fixtureId, "--unmasked"], asViewer)
      assert.deepStrictEqual(
        [refused.tag, refused.failure, refused.out],
        ["ProblemFound", "this needs the role privacy", ""]
      )
      assert.lengthOf(trailOf(world), 0)
      const { out } = yield* runCommand(show, [fixtureId, "--unmasked", "--json"], environment)
      assert.strictEqual(JSON.parse(out).customer.name, "João Silva")
      yield* runCommand(show, [fixtureId, "--unmasked", "--reason", "chamado 7"], environment)
      assert.deepStrictEqual(
        trailOf(world).map(({ action, by, reason, target }) => [action, by, reason, target]),
        [
          ["reveal", "ana", "ctx show --unmasked", fixtureId],
          ["reveal", "ana", "chamado 7", fixtureId]
        ]
      )
    })
  )

  it.effect("SPEC 9.6, 12.2: an id with personal data is shown masked and never in a URL, where its ref names it", () =>
    Effect.gen(function* () {
      const { asViewer } = yield* serviceWith({ ids: [personalId] })
      const shown = yield* runCommand(show, [personalId, "--json"], asViewer)
      assert.strictEqual(shown.failure, undefined)
      assert.notInclude(shown.out, "joao")
      const summary = JSON.parse(shown.out)
      assert.deepStrictEqual(
        [summary.id, summary.responses[0].id],
        ["pedido_entregue_amanha|***@***|1", "pedido_entregue_amanha|***@***|1#1"]
      )
      const listed = yield* runCommand(listCommand, ["--json"], asViewer)
      const [{ ref }] = JSON.parse(listed.out).items
      assert.deepStrictEqual(JSON.parse((yield* runCommand(show, [ref, "--json"], asViewer)).out), summary)
      assert.deepStrictEqual(
        JSON.parse((yield* runCommand(show, ["joao.silva@example.com", "--json"], asViewer)).out),
        summary
      )
    })
  )

  it.effect("CONTRACT ctx show: a name of several communications is refused with their names, all masked", () =>
    Effect.gen(function* () {
      const { asViewer } = yield* serviceWith({ ids: [personalId, fixtureId] })
      const shown = yield* runCommand(show, ["joao.silva@example.com"], asViewer)
      assert.deepStrictEqual([shown.tag, shown.out], ["ProblemFound", ""])
      assert.match(shown.failure ?? "", /^several communications have this name \(/)
      assert.include(shown.failure, fixtureId)
      assert.notInclude(shown.failure, "joao")
    })
  )

  it.effect.each(["CS9", "", " ", ".", "..", "a/b?c#d%", "%2e%2e", "\u001B[2J", "nobody@example.com", "11999999999"])(
    "CONTRACT ctx show: %o names nothing: exit code 1",
    (name) =>
      Effect.gen(function* () {
        const { asViewer } = yield* serviceWith({ ids: [] })
        const shown = yield* runCommand(show, [name], asViewer)
        assert.deepStrictEqual([shown.tag, shown.out, shown.err], ["ProblemFound", "", ""])
        assert.match(
          shown.failure ?? "",
          /: no communication has this id_correlacao, Case number, sys_id or message id$/
        )
        assert.notMatch(shown.failure ?? "", /nobody@|11999999999/)
      })
  )

  it.effect("CONTRACT ctx show: an id with characters of URLs is found by it", () =>
    Effect.gen(function* () {
      const ids = ["a/b?c#d%|é|..", "search", "%41"]
      const { asViewer } = yield* serviceWith({ ids })
      for (const id of ids) {
        const { out } = yield* runCommand(show, [id, "--json"], asViewer)
        assert.strictEqual(JSON.parse(out).id, id)
      }
    })
  )
})

describe("ctx decide", () => {
  it.effect("CONTRACT ctx decide: the running service takes the decision, in the operator's name", () =>
    Effect.gen(function* () {
      const { environment, world } = yield* serviceWith({ doubt: true })
      const decided = yield* runCommand(
        decideCommand,
        ["CS0001005", "not_sent", "--reason", "Weni não tem", "--json"],
        environment
      )
      assert.deepStrictEqual([decided.failure, decided.err], [undefined, ""])
      assert.deepStrictEqual(JSON.parse(decided.out), { id: fixtureId, decision: "not_sent" })
      assert.deepInclude(trailOf(world)[0], { action: "not_sent", by: "ana", reason: "Weni não tem", state: "done" })
      yield* world.responded(2)
      const again = yield* runCommand(decideCommand, ["CS0001005", "sent", "--reason", "x"], environment)
      assert.deepStrictEqual(
        [again.tag, again.failure],
        ["ProblemFound", "its dispatch is not in doubt: failed (NotInDoubt)"]
      )
      const blank = yield* runCommand(decideCommand, ["CS0001005", "sent", "--reason", " "], environment)
      assert.deepStrictEqual(
        [blank.tag, blank.failure],
        ["ProblemFound", "a reason of 1 to 500 characters is needed, read 0"]
      )
    })
  )
})

describe("ctx dead-letters", () => {
  /** Dead letters of an unknown journey, of text that breaks off, and of an id that holds personal data. */
  const lettersWorld = Effect.fnUntraced(function* () {
    const scene = yield* serviceWith({ ids: [] })
    const { world } = scene
    yield* world.produce(record({ cod_jornada: "outra", id_correlacao: fixtureId }), { partition: 0 })
    yield* world.produce(`{"cliente":{"nome":"João","num_telefone":"+5511999999999"},"dados`, { partition: 0 })
    yield* world.produce(record({ cod_jornada: "outra", id_correlacao: personalId }), { partition: 0 })
    yield* world.ended(3)
    return scene
  })

  const codes = (out: string) => JSON.parse(out).letters.map(({ code }: { code: string }) => code)

  it.effect("CONTRACT ctx dead-letters list: by the running service, in the JSON of the command, masked", () =>
    Effect.gen(function* () {
      const { asViewer } = yield* lettersWorld()
      const list = (...args: ReadonlyArray<string>) => runCommand(deadLetters, ["list", ...args], asViewer)
      const all = yield* list("--json")
      assert.deepStrictEqual([all.failure, all.err], [undefined, ""])
      assert.notMatch(all.out, /joao|João|999999999/)
      const { letters, total } = JSON.parse(all.out)
      assert.strictEqual(total, 3)
      const letter = letters.find(({ id }: { id?: string }) => id === fixtureId)
      assert.strictEqual(Object.keys(letter).join(" "), "place original at code detail originalAt truncated id")
      assert.match(letter.place, /^comunicacaoTransacional\.dlq\/\d\/\d$/)
      assert.strictEqual(letter.original, "comunicacaoTransacional/0/0")
      assert.include(
        letters.map(({ id }: { id?: string }) => id),
        "pedido_entregue_amanha|***@***|1"
      )
      const newest = yield* list("--limit", "1", "--code", "JORNADA_DESCONHECIDA", "--since", "24h", "--json")
      assert.deepStrictEqual([JSON.parse(newest.out).total, codes(newest.out)], [2, ["JORNADA_DESCONHECIDA"]])
      assert.match((yield* list("--limit", "1")).out, /^3 dead letters, the latest 1\n/)
      assert.strictEqual((yield* list("--topic", "inbound")).out, "0 dead letters")
      const wrong = yield* list("--code", "jornada")
      assert.deepStrictEqual(
        [wrong.tag, wrong.failure],
        ["WrongUse", "expected a codigo such as TIMEOUT or HTTP_500, read jornada"]
      )
    })
  )

  it.effect("CONTRACT ctx dead-letters redrive: by the running service, once, in the operator's name", () =>
    Effect.gen(function* () {
      const { asViewer, environment, world } = yield* lettersWorld()
      const redrive = (...args: ReadonlyArray<string>) => runCommand(deadLetters, ["redrive", ...args], environment)
      const dry = yield* redrive("--all", "--dry-run", "--json")
      const tags = (out: string) => JSON.parse(out).map(({ outcome }: { outcome: { _tag: string } }) => outcome._tag)
      assert.deepStrictEqual([dry.failure, tags(dry.out)], [undefined, Array(3).fill("WouldRedrive")])
      assert.lengthOf(trailOf(world), 0)
      const done = yield* redrive("--code", "JORNADA_DESCONHECIDA", "--reason", "jornada posta", "--json")
      assert.deepStrictEqual([done.failure, done.err], [undefined, ""])
      const [first] = JSON.parse(done.out)
      assert.deepStrictEqual(Object.keys(first), ["place", "outcome", "letter"])
      assert.deepInclude(first.letter, { place: first.place, code: "JORNADA_DESCONHECIDA", id: fixtureId })
      assert.deepInclude(trailOf(world)[0], {
        action: "redrive",
        by: "ana",
        reason: "jornada posta",
        total: 2,
        done: 2,
        failures: []
      })
      const again = yield* redrive("--id", first.place)
      assert.match(again.out, /already redriven at /)
      const missing = yield* redrive("--id", "nowhere.dlq/0/99")
      assert.deepStrictEqual(
        [missing.tag, missing.failure, missing.out],
        ["ProblemFound", "1 of 1 not redriven", "nowhere.dlq/0/99  NOT FOUND: no dead letter at this place"]
      )
      const refused = yield* runCommand(deadLetters, ["redrive", "--all"], asViewer)
      assert.deepStrictEqual([refused.tag, refused.failure], ["ProblemFound", "this needs the role operator"])
      const both = yield* redrive("--id", first.place, "--topic", "in")
      assert.strictEqual(both.tag, "WrongUse")
    })
  )
})

describe("ctx audit", () => {
  it.effect("CONTRACT ctx audit: by the running service", () =>
    Effect.gen(function* () {
      const { asViewer, world } = yield* serviceWith()
      yield* world.until(Effect.map(world.audit, ({ topics }) => topics.some(({ committed }) => committed === 1)))
      const audited = yield* runCommand(auditCommand, ["--json"], asViewer)
      assert.deepStrictEqual([audited.failure, audited.err], [undefined, ""])
      assert.deepStrictEqual(JSON.parse(audited.out), JSON.parse(JSON.stringify(yield* world.audit)))
    })
  )
})

describe("a command that the running service does", () => {
  const ctx = Command.make("ctx").pipe(Command.withSubcommands([show, decideCommand, deadLetters, auditCommand]))
  const lines = ["show x", "decide x sent --reason x", "dead-letters list", "dead-letters redrive --all", "audit"]

  it.effect.each(lines)("SPEC 11.2: ctx %s with a wrong token fails, without a fallback", (line) =>
    Effect.gen(function* () {
      const { environment } = yield* serviceWith({ ids: [] })
      const other = { ...environment, OPERATOR_TOKEN: "another-token-0123456789" }
      const { err, failure, out, tag } = yield* runCommand(ctx, line.split(" "), other)
      assert.deepStrictEqual(
        [tag, failure, err, out],
        ["ProblemFound", "this token is not known: OPERATOR_TOKEN has to hold your token", "", ""]
      )
    })
  )

  it.effect.each(lines)("CONTRACT ctx %s: without a service it says so, and does it itself", (line) =>
    Effect.gen(function* () {
      const { err, failure } = yield* runCommand(ctx, line.split(" "), {
        CTX_URL: "http://127.0.0.1:1",
        DATA_DIR: "/nowhere"
      })
      assert.match(err, /^no service answers at http:\/\/127\.0\.0\.1:1 \(CTX_URL\): [a-z]+ .* itself$/)
      assert.match(failure ?? "", /DATABASE_URL: missing|KAFKA_BROKERS: missing/)
    })
  )

  it.effect(
    "CONTRACT OPERATOR_TOKEN: a service that rejects everybody is reported, and the command does it itself",
    () =>
      Effect.gen(function* () {
        const { port } = yield* serveOperators(yield* preparedWorld(), { host: "0.0.0.0", operators: [] })
        const environment = { CTX_URL: `http://127.0.0.1:${port}`, DATA_DIR: "/nowhere" }
        const { err, failure } = yield* runCommand(show, ["x"], environment)
        assert.strictEqual(
          err,
          `the service at ${environment.CTX_URL} (CTX_URL) answers to nobody (HTTP_HOST is not loopback: the operator API needs OPERATOR_TOKEN): reading the database itself`
        )
        assert.match(failure ?? "", /DATABASE_URL: missing/)
      })
  )
})
