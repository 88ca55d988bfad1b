import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"

import { RedrivesMemory } from "../../../src/layers/journal/memory/RedrivesMemory.ts"
import type { Selection } from "../../../src/programs/operator/deadLetters.ts"
import { redrive, type RedriveOptions } from "../../../src/programs/operator/redrive.ts"
import { record } from "../../domain/outbound/records.ts"
import { defaultJourneys } from "../../support/defaultJourneys.ts"
import type { Around } from "../../support/interposed.ts"
import { operatorOf } from "../../support/operator.ts"
import { channels, erroOf, fixtureId, headersOf, preparedWorld, textOf } from "../../support/scene.ts"
import { type World } from "../../support/World.ts"
import { event } from "../inbound/scene.ts"

const otherJourneys = defaultJourneys.replace("pedido_entregue_amanha:", "outra_jornada:")

/** An operator's session: what it redrives is remembered until the test ends. */
const operator = (world: World) =>
  Effect.map(Layer.build(Layer.merge(operatorOf(world), RedrivesMemory)), (context) => ({
    redrive: (selection: Selection, options: Partial<RedriveOptions> = {}) =>
      Effect.provideContext(redrive(selection, { dryRun: false, again: false, ...options }), context)
  }))

/** A record that was refused as of an unknown journey, and a service that knows the journey now. */
const mendedWorld = Effect.gen(function* () {
  const world = yield* preparedWorld()
  const before = yield* world.startWithJourneys(otherJourneys)
  const sent = yield* world.produce(record(), { partition: 0, key: "k1", headers: { traceparent: "00-1-2-01" } })
  yield* world.responded(1)
  yield* before.stop
  yield* world.start
  return { world, sent }
})

const place = "comunicacaoTransacional.dlq/1/0"

describe("redriving dead letters", () => {
  it.effect("SPEC 2.6: a record of an unknown journey opens its Case once the journey is there", () =>
    Effect.gen(function* () {
      const { sent, world } = yield* mendedWorld
      const [letter] = yield* world.deadLetters
      assert.strictEqual(`${letter?.topic}/${letter?.partition}/${letter?.offset}`, place)
      const { redrive } = yield* operator(world)
      const [result, ...others] = yield* redrive({ code: "JORNADA_DESCONHECIDA" })
      assert.deepStrictEqual(
        [result?.place, result?.outcome, result?.letter?.id, others],
        [place, { _tag: "Redriven" }, fixtureId, []]
      )
      const redriven = (yield* world.broker.records(world.settings.topics.in)).find((it) =>
        it.headers.has("dlq-redrive")
      )
      assert.deepStrictEqual(redriven?.value, sent.value)
      assert.strictEqual(textOf(redriven?.key), "k1")
      assert.deepStrictEqual(headersOf(redriven), { traceparent: "00-1-2-01", "dlq-redrive": place })
      const [, response] = yield* world.responded(2)
      assert.strictEqual(response?.response_status, "success")
      assert.isUndefined(response?.duplicado)
      assert.strictEqual(channels(response).itsm?.response.number, "CS0001005")
      assert.lengthOf(yield* world.serviceNow.cases, 1)
      assert.lengthOf(yield* world.deadLetters, 1)
    })
  )

  it.effect("SPEC 8.3: an event without a known communication is applied once its communication is there", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld()
      yield* world.start
      yield* world.answer(event("entregue", { context: { id_contexto: fixtureId } }), { partition: 0 })
      const [orphan] = yield* world.responded(1)
      assert.strictEqual(orphan?.evento, "correlacao_desconhecida")
      yield* world.produce(record())
      yield* world.responded(2)
      const { redrive } = yield* operator(world)
      const [result] = yield* redrive({ topic: "inbound", code: "CORRELACAO_DESCONHECIDA" })
      assert.deepStrictEqual([result?.outcome, result?.letter?.id], [{ _tag: "Redriven" }, fixtureId])
      const [, , delivered] = yield* world.responded(3)
      assert.deepStrictEqual(
        [delivered?.evento, delivered?.response_status, delivered?.duplicado],
        ["entregue", "success", undefined]
      )
    })
  )

  it.effect("SPEC 9.7: a record that failed on our own defect resumes where it was once the defect is fixed", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld()
      const dies: Around = (call, effect) => (call === "Http.send" ? Effect.die(new Error("our own fault")) : effect)
      const before = yield* world.startWith(dies)
      yield* world.produce(record(), { partition: 0 })
      const [failed] = yield* world.responded(1)
      assert.strictEqual(erroOf(failed).codigo, "ERRO_INTERNO")
      yield* before.stop
      yield* world.start
      const { redrive } = yield* operator(world)
      assert.deepStrictEqual(
        (yield* redrive({ code: "ERRO_INTERNO" })).map(({ outcome }) => outcome),
        [{ _tag: "Redriven" }]
      )
      const responses = yield* world.responded(3)
      // The communication had begun: its response is that of the first record, and the second one repeats it (SPEC
      // 1.4).
      assert.deepStrictEqual(
        responses
          .slice(1)
          .map(({ duplicado, id_resposta, response_status }) => [response_status, id_resposta, duplicado]),
        [
          ["success", `${fixtureId}#1`, undefined],
          ["success", `${fixtureId}#1`, true]
        ]
      )
      assert.lengthOf(yield* world.serviceNow.cases, 1)
    })
  )

  it.effect("CONTRACT Commands: a dry run reports what would be done, and publishes and records nothing", () =>
    Effect.gen(function* () {
      const { world } = yield* mendedWorld
      const { redrive } = yield* operator(world)
      const outcomes = (options: Partial<RedriveOptions>) =>
        Effect.map(redrive({}, options), (all) => all.map(({ outcome }) => outcome._tag))
      assert.deepStrictEqual(yield* outcomes({ dryRun: true }), ["WouldRedrive"])
      assert.lengthOf(yield* world.broker.records(world.settings.topics.in), 1)
      assert.deepStrictEqual(yield* outcomes({}), ["Redriven"])
      assert.deepStrictEqual(yield* outcomes({ dryRun: true }), ["Already"])
      assert.deepStrictEqual(yield* outcomes({ dryRun: true, again: true }), ["WouldRedrive"])
      assert.lengthOf(yield* world.broker.records(world.settings.topics.in), 2)
    })
  )

  it.effect("CONTRACT Commands: a second run sends nothing, unless it is told to", () =>
    Effect.gen(function* () {
      const { world } = yield* mendedWorld
      const { redrive } = yield* operator(world)
      yield* redrive({})
      yield* world.responded(2)
      const [result] = yield* redrive({ places: new Set([place]) })
      assert.strictEqual(result?.outcome._tag, "Already")
      assert.lengthOf(yield* world.broker.records(world.settings.topics.in), 2)
      const [again] = yield* redrive({ places: new Set([place]) }, { again: true })
      assert.strictEqual(again?.outcome._tag, "Redriven")
      const responses = yield* world.responded(3)
      assert.strictEqual(responses[2]?.duplicado, true)
      assert.lengthOf(yield* world.serviceNow.cases, 1)
    })
  )

  it.effect("CONTRACT Dead letter: a redriven record that is refused again is a new dead letter that says so", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld()
      yield* world.startWithJourneys(otherJourneys)
      yield* world.produce(record(), { partition: 0, key: "k1" })
      yield* world.responded(1)
      const { redrive } = yield* operator(world)
      yield* redrive({})
      yield* world.responded(2)
      const results = yield* redrive({}, { dryRun: true })
      assert.deepStrictEqual(
        results.map(({ letter, outcome }) => [letter?.redriveOf, outcome._tag]),
        [
          [undefined, "Already"],
          [place, "WouldRedrive"]
        ]
      )
    })
  )

  it.effect("SPEC 2.1: letters that cannot be redriven are reported: truncated, of another topic, not found", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld()
      const letter = (headers: Readonly<Record<string, string>>) =>
        world.broker.append({
          topic: world.settings.topics.inDlq,
          key: null,
          value: "{}",
          partition: 0,
          headers: { "dlq-codigo": "X", "dlq-particao": "0", "dlq-offset": "7", ...headers }
        })
      yield* world.broker.createTopic(world.settings.topics.inboundDlq)
      yield* letter({ "dlq-topico": world.settings.topics.in, "dlq-truncado": "true" })
      yield* letter({ "dlq-topico": "alheio" })
      yield* letter({})
      const { redrive } = yield* operator(world)
      const places = new Set([0, 1, 2, 9].map((offset) => `comunicacaoTransacional.dlq/0/${offset}`))
      assert.deepStrictEqual(
        (yield* redrive({ places })).map(({ outcome, place }) => [place.slice(-1), outcome]),
        [
          [
            "0",
            {
              _tag: "Impossible",
              why: "its value was left out (dlq-truncado): send the original again",
              tag: "Truncated"
            }
          ],
          [
            "1",
            { _tag: "Impossible", why: "dlq-topico alheio is neither TOPIC_IN nor TOPIC_INBOUND", tag: "OtherTopic" }
          ],
          ["2", { _tag: "Impossible", why: "it does not say which record it is of", tag: "NoOriginal" }],
          ["9", { _tag: "NotFound" }]
        ]
      )
      assert.lengthOf(yield* world.broker.records(world.settings.topics.in), 0)
    })
  )

  it.effect("CONTRACT Commands: letters go out in the order of their originals, whatever partition they lie in", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld()
      const { topics } = world.settings
      yield* world.broker.createTopic(topics.in, 1)
      yield* world.broker.createTopic(topics.inboundDlq)
      for (const [index, at] of [3, 1, 2].entries()) {
        yield* world.broker.append({
          topic: topics.inDlq,
          key: null,
          value: `${at}`,
          partition: index % 2,
          headers: {
            "dlq-topico": topics.in,
            "dlq-particao": "0",
            "dlq-offset": String(at),
            "dlq-timestamp": String(at)
          }
        })
      }
      const { redrive } = yield* operator(world)
      yield* redrive({})
      const sent = yield* world.broker.records(topics.in)
      assert.deepStrictEqual(
        sent.map(({ value }) => textOf(value)),
        ["1", "2", "3"]
      )
    })
  )
})
