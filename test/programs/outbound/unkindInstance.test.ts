import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { TestClock } from "effect/testing"

import type { FaultRule } from "../../../simulators/core/FaultRule.ts"
import type { ServiceNowOptions } from "../../../simulators/servicenow/options.ts"
import { record } from "../../domain/outbound/records.ts"
import { channels, runningWorld } from "../../support/scene.ts"
import type { World } from "../../support/World.ts"

const casesPath = "/api/now/table/sn_customerservice_case"
const casePost = { method: "POST", path: casesPath }
const journey = "pedido_entregue_amanha"

/** Two orders of 60 characters whose first 50 are the same. */
const good = `${journey}|550e8400-e29b-41d4|805566`.padEnd(60, "0")
const doubted = good.replace(/00$/, "99")

const order = (id: string) => record({ cod_canais: ["itsm"], id_correlacao: id })

const itsmOf = Effect.fnUntraced(function* (world: World, count: number, id: string) {
  const responses = yield* world.responded(count)
  return channels(responses.find(({ id_correlacao }) => id_correlacao === id)).itsm
})

const created = (world: World) =>
  Effect.map(world.serviceNow.requests, (requests) =>
    requests.filter(({ method, path }) => method === "POST" && path === casesPath)
  )

/** A good order, then one whose create ends in doubt. Returns the result of the second one's Case. */
const doubtAfterGood = Effect.fnUntraced(function* (options: ServiceNowOptions, fault: FaultRule, earlier = good) {
  const world = yield* runningWorld()
  yield* world.serviceNow.change(options)
  yield* world.produce(order(earlier))
  assert.strictEqual((yield* itsmOf(world, 1, earlier))?.status, "success")
  yield* world.serviceNow.faults.add({ ...fault, match: casePost })
  yield* world.produce(order(doubted))
  const itsm = yield* itsmOf(world, 2, doubted)
  const intake = yield* Effect.orDie(Effect.fromOption(yield* world.runtimeStatus.intake))
  return {
    cases: (yield* world.serviceNow.cases).length,
    codigo: itsm?.response.erro?.codigo ?? itsm?.response.status,
    detalhe: String(itsm?.response.erro?.detalhe ?? "").split(":")[0],
    posts: (yield* created(world)).length,
    sight: (yield* intake.keySight).sight
  }
})

const afterwards: FaultRule = { kind: "drop", when: "after" }
const never: FaultRule = { kind: "drop" }

describe("an instance that does not show what was written", () => {
  const cut = "a busca por u_id_correlacao não mostra um Case que existe"
  const altered = "a instância não devolve u_id_correlacao como foi gravado"
  const field = "a instância responde sem u_id_correlacao"
  const hidden = "a instância conta Cases que não mostra na busca por u_id_correlacao"
  const unkind: ReadonlyArray<readonly [string, ServiceNowOptions, ReadonlyArray<string>]> = [
    ["a column of 32 characters", { columnLengths: { u_id_correlacao: 32 } }, [cut, altered]],
    ["a column of 40 characters", { columnLengths: { u_id_correlacao: 40 } }, [cut, altered]],
    ["a column of 59 characters", { columnLengths: { u_id_correlacao: 59 } }, [cut, altered]],
    ["a field that reads show empty", { hiddenOnRead: ["u_id_correlacao"] }, [field]],
    ["a field that reads leave out", { hiddenOnRead: ["u_id_correlacao"], hiddenAs: "absent" }, [field]],
    ["rows that an ACL hides", { hiddenRows: [{ by: "acl" }] }, [hidden]],
    ["rows that a rule hides", { hiddenRows: [{ by: "rule" }] }, [cut]],
    ["the one row that an ACL hides", { hiddenRows: [{ by: "acl", query: `u_id_correlacao=${doubted}` }] }, [hidden]],
    ["a field that is not there", { withoutFields: ["u_id_correlacao"] }, [field]],
    ["a field that is not there, strict", { withoutFields: ["u_id_correlacao"], strictQuery: true }, [cut]]
  ]
  for (const [title, options, details] of unkind) {
    it.effect(`SPEC 4.3: ${title}: a doubt ends INDETERMINADO, and there is one Case for each order`, () =>
      Effect.gen(function* () {
        const found = yield* doubtAfterGood(options, afterwards)
        assert.deepStrictEqual(
          { cases: found.cases, codigo: found.codigo, posts: found.posts, sight: found.sight },
          { cases: 2, codigo: "INDETERMINADO", posts: 2, sight: "blind" }
        )
        assert.include(details, found.detalhe)
      })
    )
  }

  const kind: ReadonlyArray<readonly [string, ServiceNowOptions]> = [
    ["a column of 60 characters", { columnLengths: { u_id_correlacao: 60 } }],
    ["a column of 100 characters", { columnLengths: { u_id_correlacao: 100 } }],
    ["creates that do not show the key", { hiddenOnWrite: ["u_id_correlacao"] }],
    ["rows of another journey that are hidden", { hiddenRows: [{ query: "u_id_correlacaoSTARTSWITHoutra" }] }]
  ]
  for (const [title, options] of kind) {
    it.effect(`SPEC 4.3: ${title}: a Case that is there is found, and one that is not is opened`, () =>
      Effect.gen(function* () {
        const there = yield* doubtAfterGood(options, afterwards)
        assert.deepStrictEqual(
          { ...there, detalhe: "" },
          { cases: 2, codigo: 200, detalhe: "", posts: 2, sight: "proven" }
        )
        const gone = yield* doubtAfterGood(options, never)
        assert.deepStrictEqual(
          { ...gone, detalhe: "" },
          { cases: 2, codigo: 201, detalhe: "", posts: 3, sight: "proven" }
        )
      })
    )
  }

  it.effect("SPEC 4.3: a short key that came back whole proves nothing for a longer one", () =>
    Effect.gen(function* () {
      const found = yield* doubtAfterGood({ columnLengths: { u_id_correlacao: 40 } }, afterwards, `${journey}|c|1`)
      assert.deepStrictEqual([found.cases, found.codigo, found.posts], [2, "INDETERMINADO", 2])
      assert.strictEqual(found.detalhe, "nenhum Case conhecido prova a busca por u_id_correlacao")
    })
  )

  it.effect("SPEC 4.3: of two orders that share the cut key neither gets the other's Case", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.serviceNow.change({ columnLengths: { u_id_correlacao: 40 } })
      yield* world.serviceNow.faults.add({ ...afterwards, match: casePost, times: 2 })
      yield* world.produce(order(good), { partition: 0 })
      yield* world.produce(order(doubted), { partition: 1 })
      const responses = yield* world.responded(2)
      assert.deepStrictEqual(
        responses.map((response) => channels(response).itsm?.response.erro?.codigo),
        ["INDETERMINADO", "INDETERMINADO"]
      )
      assert.lengthOf(yield* world.serviceNow.cases, 2)
    })
  )

  it.effect("SPEC 4.3: a key that another order's key was cut to does not find that order's Case", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.serviceNow.change({ columnLengths: { u_id_correlacao: 40 } })
      yield* world.produce(order(good))
      assert.strictEqual((yield* itsmOf(world, 1, good))?.status, "success")
      yield* world.serviceNow.faults.add({ ...never, match: casePost })
      yield* world.produce(order(good.slice(0, 40)))
      const second = yield* itsmOf(world, 2, good.slice(0, 40))
      assert.strictEqual(second?.response.erro?.codigo, "INDETERMINADO")
      assert.strictEqual(second?.status, "failure")
    })
  )

  it.effect("SPEC 4.3: a 200 with a record that it does not name, and that no look shows: one Case", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.produce(order(good))
      yield* world.responded(1)
      yield* world.serviceNow.change({ hiddenRows: [{ by: "rule", query: `u_id_correlacao=${doubted}` }] })
      const nameless = { kind: "status", status: 200, when: "after", body: { result: { number: "" } } } as const
      yield* world.serviceNow.faults.add({ ...nameless, match: casePost, times: -1 })
      yield* world.produce(order(doubted))
      assert.strictEqual((yield* itsmOf(world, 2, doubted))?.response.erro?.codigo, "INDETERMINADO")
      assert.lengthOf(yield* world.serviceNow.cases, 2)
    })
  )

  it.effect("SPEC 4.3: a number that reads do not show: the Case is there, and the failure says so", () =>
    Effect.gen(function* () {
      const found = yield* doubtAfterGood({ hiddenOnRead: ["number"] }, afterwards)
      assert.deepStrictEqual(
        [found.cases, found.codigo, found.posts, found.detalhe],
        [2, "INDETERMINADO", 2, "há um Case desta comunicação, mas a instância não mostra seu sys_id e number"]
      )
    })
  )

  it.effect("SPEC 4.3: creates that show neither sys_id nor number, and lists that show nothing: one Case", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.serviceNow.change({
        hiddenOnWrite: ["sys_id", "number"],
        hiddenRows: [{ table: "sn_customerservice_case" }]
      })
      yield* world.produce(order(good))
      const itsm = yield* itsmOf(world, 1, good)
      assert.strictEqual(itsm?.response.erro?.codigo, "INDETERMINADO")
      assert.lengthOf(yield* world.serviceNow.cases, 1)
      assert.lengthOf(yield* created(world), 1)
    })
  )

  it.effect("SPEC 4.3: creates that show neither sys_id nor number, and lists that show all: found", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.serviceNow.change({ hiddenOnWrite: ["sys_id", "number"] })
      yield* world.produce(order(good))
      assert.strictEqual((yield* itsmOf(world, 1, good))?.response.status, 200)
      assert.lengthOf(yield* world.serviceNow.cases, 1)
    })
  )

  it.effect("SPEC 4.3: the key in correlation_id fits where u_id_correlacao is cut", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({ settings: { serviceNow: { keyField: "correlation_id" } } })
      yield* world.serviceNow.change({ columnLengths: { u_id_correlacao: 40, correlation_id: 100 } })
      for (const [index, [id, fault, status]] of (
        [
          [good, undefined, 201],
          [doubted, afterwards, 200],
          [`${good}1`, never, 201]
        ] as const
      ).entries()) {
        if (fault !== undefined) yield* world.serviceNow.faults.add({ ...fault, match: casePost })
        yield* world.produce(order(id))
        assert.strictEqual((yield* itsmOf(world, index + 1, id))?.response.status, status)
      }
      assert.lengthOf(yield* world.serviceNow.cases, 3)
    })
  )

  it.effect("SPEC 4.3: blind looks recover: a Case that is read back later is seen, and a doubt after it ends", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.serviceNow.change({ hiddenRows: [{}] })
      yield* world.produce(order(good))
      yield* world.responded(1)
      const sight = Effect.flatMap(world.runtimeStatus.intake, (intake) =>
        Option.isNone(intake) ? Effect.succeed("") : Effect.map(intake.value.keySight, (it) => it.sight)
      )
      yield* world.until(Effect.map(sight, (it) => it === "blind"))
      yield* world.serviceNow.change({ hiddenRows: [] })
      yield* TestClock.adjust("1 minute")
      yield* world.produce(order(doubted))
      yield* world.responded(2)
      yield* world.until(Effect.map(sight, (it) => it === "proven"))
    })
  )
})
