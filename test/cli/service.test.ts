import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"

import { listCommand } from "../../src/cli/list.ts"
import { operationsCommand } from "../../src/cli/operations.ts"
import { privacyCommand } from "../../src/cli/privacy.ts"
import { retryCommand } from "../../src/cli/retry.ts"
import { record } from "../domain/outbound/records.ts"
import { operatorWith, serveOperators } from "../support/operatorHttp.ts"
import { fixtureId, preparedWorld } from "../support/scene.ts"
import { runCommand } from "./runCommand.ts"

const token = "ana-token-0123456789"
const viewer = "bruno-token-0123456789"
const operators = [operatorWith("ana", token), operatorWith("bruno", viewer, ["viewer"])]

/** One order whose dispatch was refused, and the environment in which a command finds its service. */
const refusedWorld = Effect.fnUntraced(function* () {
  const world = yield* preparedWorld({ earlierCase: true })
  yield* world.weni.faults.add({ kind: "status", status: 400, match: { path: "/v1/campaigns" } })
  yield* world.start
  yield* world.produce(record())
  yield* world.responded(1)
  const { port } = yield* serveOperators(world, { operators })
  const CTX_URL = `http://127.0.0.1:${port}`
  return { world, environment: { CTX_URL, OPERATOR_TOKEN: token }, asViewer: { CTX_URL, OPERATOR_TOKEN: viewer } }
})

describe("ctx list", () => {
  it.effect("CONTRACT ctx list: by the filters of the API, personal data too, as text and as JSON", () =>
    Effect.gen(function* () {
      const { environment } = yield* refusedWorld()
      const list = (...args: ReadonlyArray<string>) => runCommand(listCommand, args, environment)
      const found = yield* list("--status", "failure", "--status", "partial_success", "--codigo", "HTTP_400", "--json")
      assert.strictEqual(found.failure, undefined)
      const { items, next } = JSON.parse(found.out)
      assert.isNull(next)
      assert.deepStrictEqual(
        items.map(({ id, codigos }: { id: string; codigos: ReadonlyArray<string> }) => [id, codigos]),
        [[fixtureId, ["HTTP_400"]]]
      )
      const byEmail = yield* list("--q", "joao.silva@example.com")
      assert.include(byEmail.out, fixtureId)
      assert.notInclude(byEmail.out, "joao")
      assert.strictEqual((yield* list("--codigo", "HTTP_500")).out, "no communication is found")
    })
  )

  it.effect("CONTRACT ctx list: a wrong filter is wrong use, a wrong token a failure that names OPERATOR_TOKEN", () =>
    Effect.gen(function* () {
      const { environment } = yield* refusedWorld()
      const wrong = yield* runCommand(listCommand, ["--codigo", "timeout"], environment)
      assert.strictEqual(wrong.tag, "WrongUse")
      assert.include(wrong.failure, "codigo")
      const other = { ...environment, OPERATOR_TOKEN: "another-token-0123456789" }
      const refused = yield* runCommand(listCommand, [], other)
      assert.strictEqual(refused.tag, "ProblemFound")
      assert.include(refused.failure, "OPERATOR_TOKEN has to hold your token")
    })
  )

  it.effect("CONTRACT ctx list: without a service it says so and reads the database", () =>
    Effect.gen(function* () {
      const environment = { CTX_URL: "http://127.0.0.1:1", DATA_DIR: "/nowhere" }
      const { err, failure } = yield* runCommand(listCommand, ["--since", "24h"], environment)
      assert.strictEqual(err, "no service answers at http://127.0.0.1:1 (CTX_URL): reading the database itself")
      assert.include(failure, "DATABASE_URL: missing")
    })
  )
})

describe("ctx retry", () => {
  it.effect("CONTRACT ctx retry: a dry run shows the masked bodies and does nothing", () =>
    Effect.gen(function* () {
      const { environment, world } = yield* refusedWorld()
      const { failure, out } = yield* runCommand(retryCommand, [fixtureId, "--dry-run"], environment)
      assert.strictEqual(failure, undefined)
      assert.include(out, "1 are selected")
      assert.include(out, "CS0001005")
      assert.notMatch(out, /999999999|João|joao/)
      assert.strictEqual(world.store.operations.size, 0)
      const many = yield* runCommand(retryCommand, [fixtureId, "nobody", "--dry-run"], environment)
      assert.deepStrictEqual([many.tag, many.failure], ["ProblemFound", "nothing would be done to 1 of 2"])
      assert.include(many.out, "nobody  NOT: no such communication")
      const none = yield* runCommand(retryCommand, ["nobody", "--dry-run"], environment)
      assert.strictEqual(none.tag, "ProblemFound")
    })
  )

  it.effect("CONTRACT ctx retry: waits for its operation and reports progress; a failed item is exit code 1", () =>
    Effect.gen(function* () {
      const { environment, world } = yield* refusedWorld()
      const args = [fixtureId, "nobody", "--reason", "campanha corrigida", "--json"]
      const fiber = yield* Effect.forkChild(runCommand(retryCommand, args, environment))
      yield* world.responded(2)
      yield* world.until(Effect.sync(() => fiber.pollUnsafe() !== undefined))
      const { err, failure, out } = yield* Fiber.join(fiber)
      assert.strictEqual(failure, "1 of 2 failed")
      assert.match(err, /^retry \S+: 0 of 2 …/)
      const operation = JSON.parse(out)
      assert.deepInclude(operation, { action: "retry", reason: "campanha corrigida", state: "done", total: 2, done: 2 })
      assert.deepStrictEqual(operation.failures, [{ id: "nobody", reason: "no such communication", tag: "Unknown" }])
      const listed = yield* runCommand(operationsCommand, [], environment)
      assert.include(listed.out, operation.id)
      const shown = yield* runCommand(operationsCommand, [operation.id], environment)
      assert.include(shown.out, "  FAILED  nobody  no such communication")
    })
  )

  it.effect("CONTRACT ctx retry: ids and filters together, and neither, are wrong use; a viewer may not", () =>
    Effect.gen(function* () {
      const { asViewer } = yield* refusedWorld()
      const tagOf = (...args: ReadonlyArray<string>) =>
        Effect.map(runCommand(retryCommand, args, asViewer), ({ tag }) => tag)
      assert.strictEqual(yield* tagOf(), "WrongUse")
      assert.strictEqual(yield* tagOf(fixtureId, "--codigo", "HTTP_400"), "WrongUse")
      assert.strictEqual(yield* tagOf("--codigo", "HTTP_400"), "ProblemFound")
    })
  )
})

describe("ctx operations", () => {
  it.effect("CONTRACT ctx operations: stops one, and reports an unknown one", () =>
    Effect.gen(function* () {
      const { environment } = yield* refusedWorld()
      const ids = Array.from({ length: 50 }, (_, index) => `nobody-${index}`)
      const begun = yield* runCommand(retryCommand, [...ids, "--detach", "--json"], environment)
      const { id, total } = JSON.parse(begun.out)
      assert.strictEqual(total, 50)
      const stopped = yield* runCommand(operationsCommand, [id, "stop", "--json"], environment)
      assert.strictEqual(JSON.parse(stopped.out).state, "stopped")
      const nowhere = yield* runCommand(operationsCommand, ["nowhere"], environment)
      assert.deepStrictEqual([nowhere.tag, nowhere.failure], ["ProblemFound", "there is no such operation"])
      const away = yield* runCommand(operationsCommand, [], { CTX_URL: "http://127.0.0.1:1" })
      assert.deepStrictEqual(
        [away.tag, away.failure],
        ["ServiceAway", "no service answers at http://127.0.0.1:1: start it, or name its address in CTX_URL"]
      )
    })
  )
})

describe("ctx privacy", () => {
  it.effect("CONTRACT ctx privacy export: all of one customer, unmasked, for the role privacy alone", () =>
    Effect.gen(function* () {
      const { asViewer, environment } = yield* refusedWorld()
      const args = ["export", "joao.silva@example.com", "--reason", "pedido do titular"]
      const { out } = yield* runCommand(privacyCommand, args, environment)
      const { communications, outOfReach } = JSON.parse(out)
      assert.deepStrictEqual([communications.length, communications[0].customer.name], [1, "João Silva"])
      assert.isNotEmpty(outOfReach)
      assert.strictEqual((yield* runCommand(privacyCommand, args, asViewer)).tag, "ProblemFound")
    })
  )

  it.effect("CONTRACT ctx privacy erase: a dry run changes nothing; then nothing of the customer is found", () =>
    Effect.gen(function* () {
      const { environment, world } = yield* refusedWorld()
      const args = ["erase", "joao.silva@example.com", "--reason", "pedido do titular"]
      const dry = yield* runCommand(privacyCommand, [...args, "--dry-run"], environment)
      assert.strictEqual(dry.failure, undefined)
      assert.match(dry.out, /^1 would be erased\nout of reach: /)
      const fiber = yield* Effect.forkChild(runCommand(privacyCommand, args, environment))
      yield* world.until(Effect.sync(() => fiber.pollUnsafe() !== undefined))
      const { failure, out } = yield* Fiber.join(fiber)
      assert.strictEqual(failure, undefined)
      assert.match(out, /^\S+ {2}erase {2}done {2}1 of 1\n/)
      assert.notInclude(out, "joao")
      const left = yield* runCommand(listCommand, ["--q", "joao.silva@example.com"], environment)
      assert.strictEqual(left.out, "no communication is found")
    })
  )
})
