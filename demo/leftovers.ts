import { Effect } from "effect"

import { leftOver, type Scenario } from "./scenario.ts"
import { endedOn, produce } from "./stream.ts"
import type { World } from "./world.ts"

/** An event of a message that nobody sent. It waits for its communication, which never comes. */
const orphan = {
  message_id: "orphan-1",
  evento: "lida",
  timestamp: "2026-01-16T10:59:00Z",
  context: { cod_jornada: "pedido_entregue_amanha", id_contexto: "pedido_entregue_amanha|none|none" }
}

const produceAll = (world: World, scenarios: ReadonlyArray<Scenario>) =>
  Effect.forEach(scenarios, (scenario) => produce(world, scenario), { discard: true })

/** Leaves an operator something to do: dispatches in doubt, Cases that were refused, dead letters, an event without owner. */
export const leaveWork = Effect.fnUntraced(function* (world: World, from: number) {
  const before = yield* endedOn(world, world.settings.topics.in)
  const scenarios = leftOver(from)
  yield* produceAll(world, scenarios)
  yield* world.broker.append({
    topic: world.settings.topics.inbound,
    key: "orphan",
    value: JSON.stringify(orphan),
    headers: {}
  })
  yield* Effect.repeat(Effect.delay(endedOn(world, world.settings.topics.in), "50 millis"), {
    until: (ended) => ended >= before + scenarios.length
  })
})
