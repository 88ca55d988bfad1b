import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { record } from "../../domain/outbound/records.ts"
import { defaultJourneys } from "../../support/defaultJourneys.ts"
import { bodyOf, journeysWith, runningWorld, writes } from "../../support/scene.ts"

const order = (changes: Json = {}) => record({ cod_canais: ["itsm"], ...changes })

describe("the Case's body", () => {
  it.effect("SPEC 4.1: texts are cut at 160 and 4000 whole characters", () =>
    Effect.gen(function* () {
      const journeys = defaultJourneys
        .replace(/short_description: .*/, "short_description: '{{titulo}}'")
        .replace(/description: >-\n.*\n.*\n/, "description: '{{texto}}'\n")
      const world = yield* runningWorld({ journeys })
      yield* world.produce(
        order({ "dados_jornada.titulo": `${"t".repeat(159)}😀x`, "dados_jornada.texto": "é".repeat(4001) })
      )
      yield* world.responded(1)
      const [post] = yield* writes(world.serviceNow)
      assert.strictEqual(bodyOf(post).short_description, `${"t".repeat(159)}😀`)
      assert.strictEqual(bodyOf(post).description, "é".repeat(4000))
    })
  )

  it.effect("SPEC 4.1: templates see dados_jornada first, then cliente, and what is nowhere is empty", () =>
    Effect.gen(function* () {
      const journeys = defaultJourneys.replace(
        /short_description: .*/,
        "short_description: '{{nome}}/{{num_nota}}/{{email}}/{{nada}}/{{num_pedido}}'"
      )
      const world = yield* runningWorld({ journeys })
      yield* world.produce(order({ "dados_jornada.nome": "Loja" }))
      yield* world.responded(1)
      const [post] = yield* writes(world.serviceNow)
      assert.strictEqual(bodyOf(post).short_description, "Loja/12345566/joao.silva@example.com//OBM3028874-01")
    })
  )

  it.effect("SPEC 4.1: the operator's group and opener are sent, a journey's own win", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld({
        settings: { serviceNow: { assignmentGroup: "g".repeat(32), openedBy: "o".repeat(32) } },
        journeys: defaultJourneys.replace("      state: 10", "      assignment_group: jornada\n      state: 10")
      })
      yield* world.produce(order())
      yield* world.responded(1)
      const body = bodyOf((yield* writes(world.serviceNow))[0])
      assert.deepStrictEqual([body.assignment_group, body.opened_by], ["jornada", "o".repeat(32)])
    })
  )

  const dates: Readonly<Record<string, readonly [changes: Json, date: string]>> = {
    dat_entrega: [{ "dados_jornada.dat_entrega": "2025-12-24" }, "24/12/2025"],
    "the event's local day plus the journey's days": [{ tims_evento: "2025-10-01T02:59:59Z" }, "01/10/2025"],
    "the local day, one moment later": [{ tims_evento: "2025-10-01T03:00:00Z" }, "02/10/2025"]
  }
  for (const [name, [changes, date]] of Object.entries(dates)) {
    it.effect(`SPEC 4.2: data_entrega is ${name}`, () =>
      Effect.gen(function* () {
        const world = yield* runningWorld()
        yield* world.produce(order(changes))
        yield* world.responded(1)
        const body = bodyOf((yield* writes(world.serviceNow))[0])
        assert.strictEqual(body.short_description, `Confirmação de entrega do pedido OBM3028874-01 para ${date}`)
      })
    )
  }
})

it.effect("SPEC 4.1: a journey's further Case fields are sent", () =>
  Effect.gen(function* () {
    const world = yield* runningWorld({
      journeys: journeysWith({}).replace("      state: 10", "      u_canal: '{{cod}}'\n      state: 10")
    })
    yield* world.serviceNow.change({ extraFields: ["u_canal"] })
    yield* world.produce(order({ "dados_jornada.cod": 7 }))
    yield* world.responded(1)
    assert.strictEqual(bodyOf((yield* writes(world.serviceNow))[0]).u_canal, "7")
  })
)
