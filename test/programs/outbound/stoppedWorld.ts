import { assert } from "@effect/vitest"
import { Effect, Scope } from "effect"
import { TestClock } from "effect/testing"

import type { FaultRule } from "../../../simulators/core/FaultRule.ts"
import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import type { ReceivedOrder } from "../../../src/programs/outbound/receiveOrder.ts"
import { outbound, record } from "../../domain/outbound/records.ts"
import { actorsOf } from "../../support/actorsOf.ts"
import { channels, fixtureId, preparedWorld } from "../../support/scene.ts"
import { losableLease, stoppedAtAnswer } from "../../support/stopping.ts"
import type { World } from "../../support/World.ts"

export const accepted = "accepted"
export const refused: FaultRule = { kind: "status", status: 400 }
export const unavailable: FaultRule = { kind: "status", status: 503 }
export const lost: FaultRule = { kind: "drop", when: "after" }

/**
 * Attempt 1 was made by a process that was stopped before it knew the answer. Another process has recorded the doubt
 * and reported it. `resume` lets the first process continue, `resumeToRecord` only until it has recorded the answer.
 */
export const stoppedWorld = Effect.fnUntraced(function* (answer: FaultRule | typeof accepted) {
  const world = yield* preparedWorld()
  if (answer !== accepted) yield* world.weni.faults.add(answer)
  const { around, isStopped, resume, resumeToRecord } = stoppedAtAnswer(world)
  yield* world.startWith(around)
  yield* world.produce(record(), { partition: 0 })
  yield* world.until(isStopped)
  yield* world.broker.kill
  const second = yield* world.start
  const [response] = yield* world.responded(1)
  assert.strictEqual(channels(response).whatsapp?.response.resultado, "desconhecido")
  yield* TestClock.adjust("3 minutes")
  return { ...world, resume, resumeToRecord, second }
})

/** The order of the fixture's record, as intake hands it over. */
export const received: ReceivedOrder = {
  origin: { topic: "comunicacaoTransacional", partition: 0, offset: 0 },
  mark: { timestamp: 0, digest: "00ff00ff00ff00ff" },
  order: outbound()
}

/** As `stoppedWorld`, and the first process has lost its lease. It has no intake and no sweep. */
export const supersededWorld = Effect.fnUntraced(function* (answer: FaultRule | typeof accepted) {
  const world = yield* preparedWorld()
  if (answer !== accepted) yield* world.weni.faults.add(answer)
  const { around, isStopped, resume } = stoppedAtAnswer(world)
  const { lease, lose } = losableLease()
  const actors = yield* actorsOf(world, yield* Scope.make(), around, lease)
  yield* Effect.forkChild(actors.receive(received))
  yield* world.until(isStopped)
  yield* lose
  yield* world.start
  yield* world.produce(record(), { partition: 0 })
  yield* world.responded(1)
  yield* TestClock.adjust("3 minutes")
  return { ...world, resume }
})

/** How each attempt ended, in the order in which that was recorded. */
export const settled = (world: World) =>
  Effect.map(world.facts(fixtureId), (facts) =>
    facts.flatMap((fact) =>
      fact._tag === "DispatchSettled" || fact._tag === "DispatchRefused"
        ? [`${fact.attempt} ${fact._tag === "DispatchSettled" ? fact.outcome : "refused"}`]
        : []
    )
  )

export const viewOf = (world: World) => world.store.communications.get(fixtureId)?.view

/** When everything that is due has been done. */
export const quiet = (world: World) =>
  world.until(Effect.sync(() => viewOf(world)?.due === undefined && viewOf(world)?.status !== "working"))

/** What the responses of the communication itself say about the dispatch, without repeats. */
export const reported = (responses: ReadonlyArray<Json>) =>
  responses
    .filter(({ duplicado, evento }) => evento === "comunicacao" && duplicado === undefined)
    .map((response) => {
      const { whatsapp } = channels(response)
      return [response.id_resposta, whatsapp?.status, whatsapp?.response.status, whatsapp?.response.resultado]
    })

/** The response to a repeat of the record. */
export const repeatOf = Effect.fnUntraced(function* (world: World) {
  const before = (yield* world.responses).length
  yield* world.produce(record(), { partition: 0 })
  const repeat = (yield* world.responded(before + 1)).at(-1)
  assert.strictEqual(repeat?.duplicado, true)
  return repeat
})
