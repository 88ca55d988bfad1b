import { assert, it } from "@effect/vitest"
import { Effect } from "effect"

import { fixture } from "../../support/World.ts"
import { event, fixtureId, reply, responsesTo, sentWorld } from "./scene.ts"

const otherId = "pedido_entregue_amanha|c2|R2"

it.effect("SPEC 9.5: a communication that ServiceNow does not answer for holds up no close of others", () =>
  Effect.gen(function* () {
    // 07:51 in São Paulo; the desk opens at 08:00.
    const world = yield* sentWorld({ at: Date.parse("2025-09-30T10:51:00Z") })
    yield* world.produce({ ...fixture("comunicacaoTransacional.json"), id_correlacao: otherId })
    yield* world.responded(2)
    yield* world.serviceNow.faults.add({ kind: "timeout", times: -1, match: { id: fixtureId } })
    // Given up at 07:57:35, tried again from 07:58:35 until after 08:04.
    yield* world.answer(event("entregue"))
    yield* world.answer(reply("SIM", { context: { id_contexto: otherId } }))
    yield* world.until(Effect.map(responsesTo(world, "fechamento"), (all) => all.length === 1))
    const [close] = yield* responsesTo(world, "fechamento")
    assert.strictEqual(close?.id_correlacao, otherId)
    assert.match(String(close?.tims_resposta), /^2025-09-30T11:00:0[01]/)
    assert.lengthOf(yield* responsesTo(world, "entregue"), 1)
  }).pipe(Effect.scoped)
)
