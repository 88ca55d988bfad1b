import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger } from "effect"

import { formatLine } from "../../../src/telemetry/logs.ts"
import { record } from "../../domain/outbound/records.ts"
import { makeWorld } from "../../support/World.ts"

/** A running world, and each line of its log. */
const loggedWorld = Effect.gen(function* () {
  const lines: Array<string> = []
  const logger = Logger.make((options) => void lines.push(formatLine.log(options)))
  const world = yield* makeWorld()
  yield* Effect.provide(world.start, Logger.layer([logger]))
  const told = (message: string | RegExp) =>
    lines
      .map((line) => JSON.parse(line))
      .filter((line) => (typeof message === "string" ? line.message === message : message.test(line.message)))
  return { world, lines, told }
})

const warning = "ids of this journey contain personal data: the producer should send a pseudonym as cliente.id"

describe("ids that hold personal data", () => {
  it.effect("SPEC 1.7: are counted by journey, warned of once, and masked in every line", () =>
    Effect.gen(function* () {
      const { lines, told, world } = yield* loggedWorld
      const orders = [
        record({ id_correlacao: undefined, "cliente.id": "joao.silva@example.com" }),
        record({ id_correlacao: "pedido|52998224725|1" }),
        record({ id_correlacao: "pedido|123|2", "cliente.id": "+5511910002201" }),
        record({ id_correlacao: "pedido|123|3" }),
        record({ id_correlacao: "j|ana@example.com|4", cod_jornada: "inventada" })
      ]
      for (const order of orders) yield* world.produce(order)
      yield* world.responded(orders.length)
      const warnings = told(warning)
      assert.deepStrictEqual(warnings.map(({ cod_jornada, level }) => [level, cod_jornada]).toSorted(), [
        ["WARN", "desconhecida"],
        ["WARN", "pedido_entregue_amanha"]
      ])
      const counted = (yield* world.metrics).flatMap((metric) =>
        metric.id === "ctx_personal_ids_total" && metric.type === "Counter"
          ? [[metric.attributes?.["journey"], Number(metric.state.count)]]
          : []
      )
      assert.deepStrictEqual(Object.fromEntries(counted), { pedido_entregue_amanha: 3, desconhecida: 1 })
      for (const line of lines) assert.notMatch(line, /joao|52998224725|11910002201|ana@/)
      assert.include(
        told("communication ended").map((line) => line.id_correlacao),
        "pedido|***|1"
      )
    })
  )
})

describe("refusals in the log", () => {
  it.effect("SPEC 9.6: the line of a refused record has the reason, without personal data", () =>
    Effect.gen(function* () {
      const { told, world } = yield* loggedWorld
      yield* world.produce("{")
      yield* world.produce(record({ cod_jornada: undefined, id_correlacao: "a" }))
      yield* world.responded(2)
      const [unreadable, incomplete] = told("record refused: MENSAGEM_INVALIDA")
      assert.match(unreadable.detalhe, /JSON/)
      assert.match(incomplete.detalhe, /cod_jornada/)
    })
  )

  it.effect("SPEC 9.6: the line of a refused call has the vendor's words, without personal data, cut at 200", () =>
    Effect.gen(function* () {
      const { told, world } = yield* loggedWorld
      const words = `Invalid number +5511910002201 of ana@example.com ${"x".repeat(300)}`
      yield* world.weni.faults.add({ kind: "status", status: 400, body: { message: words } })
      yield* world.produce(record({ id_correlacao: "a" }))
      yield* world.responded(1)
      const [refused] = told(/^dispatch attempt 1: /)
      assert.strictEqual(refused.detalhe, `Invalid number *** of ***@*** ${"x".repeat(169)}…`)
      assert.lengthOf(refused.detalhe, 200)

      yield* world.serviceNow.faults.add({
        kind: "status",
        status: 400,
        body: { error: { message: "Operation Failed", detail: "cliente 529.982.247-25\ninválido" } },
        match: { method: "POST" }
      })
      yield* world.produce(record({ id_correlacao: "b", cod_canais: ["itsm"] }))
      yield* world.responded(2)
      const failed = told(/^case not opened: /)
      assert.deepStrictEqual(
        failed.map(({ detalhe }) => detalhe),
        ["Operation Failed: cliente *** inválido"]
      )
    })
  )
})
