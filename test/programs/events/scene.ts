import { Effect } from "effect"

import type { Json } from "../../../src/domain/Canal.ts"
import { fixture, makeWorld, type WorldOptions } from "../../support/World.ts"

export const fixtureId = "pedido_entregue_amanha|550e8400-e29b-41d4-a716-446655440000|805566999OBM3028874-01"

/** A running service whose fixture communication was sent, and answered by nobody yet; its Case is CS0001005. */
export const sentWorld = Effect.fnUntraced(function* (options: WorldOptions = {}) {
  const world = yield* makeWorld(options)
  yield* world.start
  yield* world.produce(fixture("comunicacaoTransacional.json"))
  yield* world.responded(1)
  return world
})

export type SentWorld = Effect.Success<ReturnType<typeof sentWorld>>

/** The fixture's Case as ServiceNow has it. */
export const caseOf = Effect.fnUntraced(function* (world: SentWorld) {
  const [theCase] = yield* world.serviceNow.cases
  return theCase === undefined ? yield* Effect.die(new Error("no Case")) : theCase
})

const context = {
  cod_jornada: "pedido_entregue_amanha",
  id_contexto: fixtureId,
  id_case: "CS0001005"
}

/** A canonical event of the fixture's communication. */
export const event = (evento: string, fields: Json = {}): Json => ({
  message_id: "wamid.1",
  evento,
  timestamp: "2025-09-30T15:31:02Z",
  fullNumber: "+5511999999999",
  context,
  ...fields
})

export const reply = (texto: string, fields: Json = {}): Json =>
  event("resposta", { message_id: `wamid.${texto}`, timestamp: "2025-09-30T15:40:10Z", texto, ...fields })

/** The response to the events of one `evento`, in order. */
export const responsesTo = Effect.fnUntraced(function* (world: SentWorld, evento: string) {
  return (yield* world.responses).filter((response) => response.evento === evento)
})
