import { Effect } from "effect"

import type { Answered } from "../../../simulators/core/Simulator.ts"
import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { bodyOf, joao, writes } from "../../support/scene.ts"
import { fixture, makeWorld, type World, type WorldOptions } from "../../support/World.ts"

export const fixtureId = "pedido_entregue_amanha|550e8400-e29b-41d4-a716-446655440000|805566999OBM3028874-01"

/** The group of the fixtures that gets a Case after NÃO. */
export const humanGroup = "b85d44954a3623120004689b2d5dd60a"

/**
 * A running service whose fixture communication, with fields of `record`, was sent and is not answered; its Case is
 * CS0001005.
 */
export const sentWorld = Effect.fnUntraced(function* ({
  record = {},
  ...options
}: WorldOptions & { readonly record?: Json } = {}) {
  const world = yield* makeWorld(options)
  yield* world.serviceNow.seed([joao])
  const process = yield* world.start
  yield* world.produce({ ...fixture("comunicacaoTransacional.json"), ...record })
  yield* world.responded(1)
  return { ...world, process }
})

export type SentWorld = Effect.Success<ReturnType<typeof sentWorld>>

/** The fixture's Case as ServiceNow has it. */
export const caseOf = Effect.fnUntraced(function* (world: Pick<World, "serviceNow">) {
  const [theCase] = yield* world.serviceNow.cases
  return theCase === undefined ? yield* Effect.die(new Error("no Case")) : theCase
})

/** Its notes after the dispatch's own. */
export const notesOf = (world: Pick<World, "serviceNow">) => Effect.map(caseOf(world), ({ notes }) => notes.slice(1))

const context = {
  cod_jornada: "pedido_entregue_amanha",
  id_contexto: fixtureId,
  id_case: "CS0001005"
}

/** A canonical event of the fixture's communication; `undefined` takes a field away. */
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
export const responsesTo = Effect.fnUntraced(function* (world: Pick<World, "responses">, evento: string) {
  return (yield* world.responses).filter((response) => response.evento === evento)
})

/** Sends one event after the other, each when the one before has its response. Returns these responses. */
export const told = Effect.fnUntraced(function* (world: World, ...events: ReadonlyArray<Json>) {
  const before = (yield* world.responses).length
  for (const [index, one] of events.entries()) {
    yield* world.answer(one, { partition: 0 })
    yield* world.responded(before + index + 1)
  }
  return (yield* world.responses).slice(before)
})

/** The bodies that were sent to the Case after the dispatch's note, in order. */
export const patchesOf = (world: Pick<World, "serviceNow">) =>
  Effect.map(writes(world.serviceNow), (requests) =>
    requests
      .filter(({ method }) => method === "PATCH")
      .slice(1)
      .map(bodyOf)
  )

const table = "/api/now/table/sn_customerservice_case"

/** Somebody else's request to ServiceNow. */
const elsewhere = (world: Pick<World, "serviceNow">, method: string, path: string, body: Json) =>
  Effect.map(
    world.serviceNow.handle({
      method,
      path,
      query: new URLSearchParams(),
      headers: { authorization: `Basic ${btoa("people:secret")}` },
      body: JSON.stringify(body)
    }),
    (answer): Json => JSON.parse((answer as Answered).body).result
  )

/** People change the fixture's Case. */
export const peopleChange = (world: Pick<World, "serviceNow">, fields: Json) =>
  Effect.flatMap(caseOf(world), ({ sysId }) => elsewhere(world, "PATCH", `${table}/${sysId}`, fields))

/** Opens a Case that this service does not know. Returns its sys_id and number. */
export const openedElsewhere = (world: Pick<World, "serviceNow">, fields: Json) =>
  Effect.map(elsewhere(world, "POST", table, { state: 10, ...fields }), ({ number, sys_id }) => ({
    number: String(number),
    sysId: String(sys_id)
  }))

/** How often something was counted, by its label. */
export const counted = (world: Pick<World, "metrics">, name: string) =>
  Effect.map(world.metrics, (all) =>
    Object.fromEntries(
      all.flatMap((metric) =>
        metric.id === name && metric.type === "Counter"
          ? [[Object.values(metric.attributes ?? {}).join(" "), Number(metric.state.count)]]
          : []
      )
    )
  )
