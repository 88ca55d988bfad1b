import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as fc from "fast-check"

import { RecordHeaders } from "../../../src/domain/record/RecordHeaders.ts"
import { timestampText } from "../../../src/domain/record/recordTime.ts"
import type { KafkaRecord } from "../../../src/services/Kafka.ts"
import { record } from "../../domain/outbound/records.ts"
import { anyHeaders, anyRecord, anyTimestamp } from "../../support/anyRecord.ts"
import { fixtureId, headersOf, preparedWorld, runningWorld, textOf } from "../../support/scene.ts"
import type { World } from "../../support/World.ts"
import { event } from "../inbound/scene.ts"

const samples = 150
const sample = <A>(arbitrary: fc.Arbitrary<A>): ReadonlyArray<A> => fc.sample(arbitrary, samples)

const allEnded = ({ store, until }: World, count: number) => until(Effect.sync(() => store.records.size === count))

const originalOf = (letter: KafkaRecord) => {
  const headers = headersOf(letter)
  return `${headers["dlq-topico"]}/${headers["dlq-particao"]}/${headers["dlq-offset"]}`
}

/** Each of these records has a dead letter with its own bytes. */
const assertLetters = (sent: ReadonlyArray<KafkaRecord>, letters: ReadonlyArray<KafkaRecord>) => {
  const byOriginal = new Map(letters.map((letter) => [originalOf(letter), letter]))
  assert.strictEqual(letters.length, sent.length)
  for (const one of sent) {
    const letter = byOriginal.get(`${one.topic}/${one.partition}/${one.offset}`)
    assert.deepStrictEqual([letter?.key, letter?.value], [one.key, one.value])
    assert.deepStrictEqual(letter?.headers.withoutPrefix("dlq-"), one.headers)
    assert.strictEqual(letter && headersOf(letter)["dlq-timestamp"], timestampText(one))
    assert.strictEqual(letter?.headers.has("dlq-truncado"), false)
  }
}

describe("nothing in a record's bytes is a defect", () => {
  it.effect("SPEC 9.5: any record of orders ends, and is kept in a dead letter byte by byte", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      const sent = yield* Effect.forEach(sample(anyRecord), ({ headers, key, timestamp, value }) =>
        world.broker.append({
          topic: world.settings.topics.in,
          key,
          value,
          headers: RecordHeaders.of(headers),
          timestamp
        })
      )
      yield* allEnded(world, samples)
      assertLetters(sent, yield* world.deadLetters)
    })
  )

  it.effect("SPEC 9.5: any record of events ends, and is kept in a dead letter byte by byte", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      const sent = yield* Effect.forEach(sample(anyRecord), ({ headers, key, timestamp, value }) =>
        world.broker.append({
          topic: world.settings.topics.inbound,
          key,
          value,
          headers: RecordHeaders.of(headers),
          timestamp
        })
      )
      yield* allEnded(world, samples)
      assertLetters(sent, yield* world.inboundDeadLetters)
    })
  )

  it.effect("SPEC 8.3, 9.5: a parked event keeps any headers and any timestamp for its dead letter", () =>
    Effect.gen(function* () {
      const world = yield* preparedWorld({ settings: { orphanAfter: 30_000 } })
      yield* world.start
      const orphan = event("entregue", { context: { id_contexto: fixtureId } })
      const sent = yield* Effect.forEach(sample(fc.tuple(anyHeaders, anyTimestamp)), ([headers, timestamp]) =>
        world.answer(orphan, { headers: RecordHeaders.of(headers), timestamp })
      )
      yield* world.until(
        Effect.map(world.inboundDeadLetters, (letters) => letters.length === samples),
        1000
      )
      assertLetters(sent, yield* world.inboundDeadLetters)
    })
  )

  it.effect("SPEC 9.5: an order and its events are processed, whatever headers and timestamps they have", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      const twice: ReadonlyArray<readonly [string, string | null]> = [
        ["a", null],
        ["a", "1"],
        ["traceparent", null]
      ]
      const headers = RecordHeaders.of([...twice, [Uint8Array.of(0xff), "x"]])
      yield* world.produce(record(), { headers, timestamp: 2n ** 63n - 1n })
      const [response] = yield* world.responded(1)
      assert.strictEqual(response?.response_status, "success")
      for (const timestamp of [-(2n ** 63n), 2n ** 63n - 1n]) {
        const { createdAt: _, ...timeless } = event("entregue", { context: { id_contexto: fixtureId } })
        yield* world.answer(timeless, { headers, timestamp, partition: 0 })
      }
      const all = yield* world.responded(3)
      assert.deepStrictEqual(
        all.map(({ evento, response_status }) => [evento, response_status]),
        [
          ["comunicacao", "success"],
          ["entregue", "success"],
          ["entregue", "success"]
        ]
      )
      assert.lengthOf(yield* world.deadLetters, 0)
    })
  )
})

describe("dead letters of records that are too large for their topic", () => {
  const limit = 1_048_588
  const long = (length: number) => "x".repeat(length)

  it.effect.each([
    ["a value", long(limit - 200), { key: "k", headers: { h: "1" } }, "true", { key: "k", h: "1" }],
    ["headers", "{", { key: "k", headers: { h: long(limit - 200) } }, "value,headers", { key: "k" }],
    ["a key", "{", { key: long(limit - 200), headers: { h: "1" } }, "value,headers,key", { key: null }],
    [
      "a key and headers",
      "{",
      { key: long(limit / 2), headers: { h: long(limit / 2 - 100) } },
      "value,headers",
      {
        key: long(limit / 2)
      }
    ]
  ] as const)(
    "SPEC 2.1: with %s that leaves no room for the reason, the record ends, and the letter says what it lacks",
    ([_, value, placed, truncated, kept]) =>
      Effect.gen(function* () {
        const world = yield* preparedWorld()
        const service = yield* world.start
        yield* world.produce(value, placed)
        yield* world.responded(1)
        const [letter, ...others] = yield* world.deadLetters
        assert.lengthOf(others, 0)
        const { h, ...headers } = headersOf(letter)
        assert.strictEqual(headers["dlq-truncado"], truncated)
        assert.strictEqual(headers["dlq-codigo"], "MENSAGEM_INVALIDA")
        assert.strictEqual(letter?.value, null)
        assert.deepStrictEqual({ key: textOf(letter?.key), ...(h !== undefined && { h }) }, kept)
        assert.strictEqual(world.store.records.size, 1)
        yield* service.stop
      })
  )
})
