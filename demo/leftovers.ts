import { Effect } from "effect"

import { leftOver, type Scenario } from "./scenario.ts"
import { endedOn, pollUntil, produce } from "./stream.ts"
import type { World } from "./world.ts"

/** An event of a message that was never sent. It waits for a communication that never comes. */
const orphan = {
  message_id: "orphan-1",
  evento: "lida",
  timestamp: "2026-01-16T10:59:00Z",
  context: { cod_jornada: "pedido_entregue_amanha", id_contexto: "pedido_entregue_amanha|none|none" }
}

const produceAll = (world: World, scenarios: ReadonlyArray<Scenario>) =>
  Effect.forEach(scenarios, (scenario) => produce(world, scenario), { discard: true })

/**
 * Leaves work for an operator: dispatches in doubt, refused Cases, dead letters, and an event without a communication.
 */
export const leaveWork = Effect.fnUntraced(function* (world: World, from: number) {
  const ended = endedOn(world, world.settings.topics.in)
  const before = yield* ended
  const scenarios = leftOver(from)
  yield* produceAll(world, scenarios)
  yield* world.broker.append({
    topic: world.settings.topics.inbound,
    key: "orphan",
    value: JSON.stringify(orphan),
    headers: {}
  })
  yield* pollUntil(Effect.map(ended, (count) => count >= before + scenarios.length))
})
