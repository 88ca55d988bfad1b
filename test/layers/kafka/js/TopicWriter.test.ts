import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Logger } from "effect"
import { TestClock } from "effect/testing"
import type { Message } from "kafkajs"

import type { Admin } from "../../../../src/layers/kafka/js/Admin.ts"
import { BrokerFailure } from "../../../../src/layers/kafka/js/Admin.ts"
import type { MakeClient } from "../../../../src/layers/kafka/js/client.ts"
import { makeTopicWriter } from "../../../../src/layers/kafka/js/TopicWriter.ts"

const record = (value: string) => ({ topic: "topic", key: "key", value, headers: {} })

/** A record that cannot be sent, because its bytes were transferred elsewhere. */
const poison = () => {
  const value = new Uint8Array(8)
  structuredClone(value.buffer, { transfer: [value.buffer] })
  return { ...record(""), value }
}

const silent: Admin = {
  use: () => Effect.fail(new BrokerFailure({ code: "CLUSTER_AUTHORIZATION_FAILED", detail: "" }))
}

/** A broker that accepts everything. The first `defects` clients throw while they are made. */
const makeBroker = (defects: number) => {
  const sent: Array<string> = []
  let made = 0
  const producer = {
    connect: async () => {},
    disconnect: async () => {},
    send: async ({ messages }: { messages: ReadonlyArray<Message> }) => {
      sent.push(...messages.map((it) => String(it.value)))
      for (const message of messages) message.partition = 0
      return [{ topicName: "topic", partition: 0, errorCode: 0 }]
    }
  }
  const client = {
    producer: () => {
      if (made++ < defects) throw new Error("a defect of our own")
      return producer
    }
  }
  const makeClient: MakeClient = () => client as never
  return { sent, makeClient }
}

const logInto = (lines: Array<string>) =>
  Logger.layer([Logger.make(({ message, logLevel }) => void lines.push(`${logLevel} ${String(message)}`))])

/** Moves the clock second by second, because each backoff begins after answers that come by themselves. */
const ended = Effect.fnUntraced(function* <A, E>(fibers: ReadonlyArray<Fiber.Fiber<A, E>>) {
  for (let second = 0; second < 100 && fibers.some((it) => it.pollUnsafe() === undefined); second++) {
    yield* TestClock.adjust("1 second")
  }
  return fibers.map((it) => it.pollUnsafe())
})

const outcome = (exit: Exit.Exit<void, unknown> | undefined) =>
  exit === undefined ? "waits" : Exit.isFailure(exit) ? String(Cause.squash(exit.cause)) : "sent"

const sentAgain = "Error publishing crashed, resending its records one by one"

describe("TopicWriter: a defect of our own", () => {
  it.effect("SPEC 9.7: is logged, and the records it hit are still sent once", () =>
    Effect.gen(function* () {
      const { sent, makeClient } = makeBroker(1)
      const lines: Array<string> = []
      yield* Effect.gen(function* () {
        const writer = yield* makeTopicWriter(makeClient, silent, "topic")
        const writing = yield* Effect.forEach(["1", "2", "3"], (value) => Effect.forkChild(writer.write(record(value))))
        yield* TestClock.adjust(5)
        assert.deepStrictEqual([sent, lines], [[], [sentAgain]])
        yield* TestClock.adjust("1 second")
        yield* Fiber.joinAll(writing)
      }).pipe(Effect.provide(logInto(lines)))
      assert.deepStrictEqual([sent, lines], [["1", "2", "3"], [sentAgain]])
    }).pipe(Effect.scoped)
  )

  it.effect("SPEC 9.5: that one record provokes fails its publisher alone", () =>
    Effect.gen(function* () {
      const { sent, makeClient } = makeBroker(0)
      const writer = yield* makeTopicWriter(makeClient, silent, "topic")
      const writing = yield* Effect.forEach([record("1"), poison(), record("2"), record("3")], (it) =>
        Effect.forkChild(writer.write(it))
      )
      const outcomes = (yield* ended(writing)).map(outcome)
      assert.deepStrictEqual(outcomes, [
        "sent",
        "TypeError: Cannot perform Construct on a detached ArrayBuffer",
        "sent",
        "sent"
      ])
      assert.deepStrictEqual(sent, ["1", "2", "3"])
    }).pipe(Effect.scoped, Effect.provide(logInto([])))
  )

  it.effect("SPEC 9.7: that stays fails every publisher, and the topic is written again once it is gone", () =>
    Effect.gen(function* () {
      const { sent, makeClient } = makeBroker(4)
      const writer = yield* makeTopicWriter(makeClient, silent, "topic")
      for (const value of ["1", "2"]) {
        const writing = yield* Effect.forkChild(writer.write(record(value)))
        assert.deepStrictEqual((yield* ended([writing])).map(outcome), ["Error: a defect of our own"])
      }
      yield* ended([yield* Effect.forkChild(writer.write(record("3")))])
      assert.deepStrictEqual(sent, ["3"])
    }).pipe(Effect.scoped, Effect.provide(logInto([])))
  )

  it.effect("SPEC 9.7: even in the log, leaves no publisher waiting", () =>
    Effect.gen(function* () {
      const { sent, makeClient } = makeBroker(1)
      const broken = Logger.make(() => {
        throw new Error("the log is full")
      })
      const writer = yield* makeTopicWriter(makeClient, silent, "topic").pipe(Effect.provide(Logger.layer([broken])))
      const writing = yield* Effect.forkChild(writer.write(record("1")))
      assert.deepStrictEqual((yield* ended([writing])).map(outcome), ["Error: the log is full"])
      yield* ended([yield* Effect.forkChild(writer.write(record("2")))])
      assert.deepStrictEqual(sent, ["2"])
    }).pipe(Effect.scoped)
  )
})
