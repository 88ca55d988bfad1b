import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import { CorrelationId } from "../../../src/domain/record/Origin.ts"
import { reasonText } from "../../../src/domain/vendor/reasonText.ts"
import type { ServiceNowError } from "../../../src/programs/vendor/ServiceNowError.ts"
import type { Step } from "../../support/HttpScripted.ts"
import { Operations } from "../../support/serviceNowOperations.ts"
import { inTime, refusal, rows, scripted } from "./serviceNowTest.ts"

const id = CorrelationId.make("j|c|1")
const retry = { attempts: 3, baseDelay: 500, maxDelay: 1000 }
const [ours, theirs] = ["CS0001001", "CS0001002"]

const look = (number: string) => Effect.flatMap(Operations, (serviceNow) => inTime(serviceNow.readCase(number)))
const open = Effect.flatMap(Operations, (serviceNow) =>
  inTime(serviceNow.openCase({ id, body: {}, intendedAt: 0, inDoubt: false, renewIntent: Effect.void }))
)
const customer = Effect.flatMap(Operations, (serviceNow) =>
  inTime(serviceNow.createConsumer({ consumer: { email: "a@b.c" }, keys: { email: "a@b.c" }, beforePost: Effect.void }))
)
const note = Effect.flatMap(Operations, (serviceNow) =>
  inTime(serviceNow.updateCase({ sysId: "case-1", body: { work_notes: "nota" }, inDoubt: false }))
)

/** The operation's failure, and after how many attempts. */
const failureOf = <A, R>(effect: Effect.Effect<A, ServiceNowError, R>) =>
  Effect.map(Effect.flip(effect), ({ attempts, reason }) => [reasonText(reason), attempts])

/** Looks for our number are answered with `answer`, others with no row. */
const world = (answer: () => Step, attempts = 3) =>
  scripted((request) => (request.url.includes(ours) ? answer() : rows()), { retry: { ...retry, attempts } }, true)

describe("attempts that are used up", () => {
  it.effect("SPEC 4.6: while the instance has answered no operation since the first attempt: held back", () => {
    const { layer, requests } = world(() => refusal(503))
    return Effect.gen(function* () {
      yield* look(theirs)
      assert.deepStrictEqual(yield* failureOf(look(ours)), ["HeldBack (Refused 503)", 3])
      assert.deepStrictEqual(yield* failureOf(look(ours)), ["HeldBack (Refused 503)", 3])
      assert.strictEqual(requests.length, 7)
    }).pipe(Effect.provide(layer))
  })

  it.effect("SPEC 4.6: once others are answered it has one more round, then it fails with its own reason", () => {
    const { layer, requests } = world(() => refusal(503))
    return Effect.gen(function* () {
      assert.deepStrictEqual(yield* failureOf(look(ours)), ["HeldBack (Refused 503)", 3])
      yield* look(theirs)
      assert.deepStrictEqual(yield* failureOf(look(ours)), ["Refused 503", 3])
      assert.strictEqual(requests.length, 7)
      // What it does next begins with a clean slate.
      assert.deepStrictEqual(yield* failureOf(look(ours)), ["HeldBack (Refused 503)", 3])
    }).pipe(Effect.provide(layer))
  })

  it.effect("SPEC 4.6: while others are answered: its own reason at once", () => {
    const { layer } = world(() => refusal(503))
    return Effect.gen(function* () {
      const others = Effect.forever(Effect.andThen(Effect.sleep(100), Effect.ignore(look(theirs))))
      const failure = yield* failureOf(Effect.raceFirst(look(ours), others))
      assert.deepStrictEqual(failure, ["Refused 503", 3])
    }).pipe(Effect.provide(layer))
  })

  it.effect("SPEC 4.6: an attempt that an outage begins beside others that are still answered: held back", () => {
    const { layer } = scripted(
      ({ url }) =>
        () =>
          url.includes(ours)
            ? Effect.delay(Effect.succeed(refusal(503)), 50)
            : Effect.delay(Effect.succeed(rows()), 100),
      { retry: { ...retry, attempts: 2 } },
      true
    )
    return Effect.gen(function* () {
      const [failure] = yield* Effect.all([failureOf(look(ours)), look(theirs)], { concurrency: 2 })
      assert.deepStrictEqual(failure, ["HeldBack (Refused 503)", 2])
    }).pipe(Effect.provide(layer))
  })

  it.effect("SPEC 4.6: an attempt during which others are answered again: held back", () => {
    let count = 0
    const { layer } = world(() => (++count === 1 ? refusal(503) : "hang"), 2)
    return Effect.gen(function* () {
      const other = Effect.delay(look(theirs), 10_000)
      const [failure] = yield* Effect.all([failureOf(look(ours)), other], { concurrency: 2 })
      assert.deepStrictEqual(failure, ["HeldBack (Timeout)", 2])
    }).pipe(Effect.provide(layer))
  })

  it.effect("SPEC 4.6: a 401 for everybody is held back, after one attempt", () => {
    const { layer } = world(() => refusal(401))
    return Effect.gen(function* () {
      assert.deepStrictEqual(yield* failureOf(look(ours)), ["HeldBack (Refused 401)", 1])
      yield* look(theirs)
      assert.deepStrictEqual(yield* failureOf(look(ours)), ["Refused 401", 3])
    }).pipe(Effect.provide(layer))
  })

  it.effect("SPEC 4.6: other refusals are answers: their own reason", () => {
    const { layer } = world(() => refusal(403))
    return Effect.gen(function* () {
      assert.deepStrictEqual(yield* failureOf(look(ours)), ["Refused 403", 2])
    }).pipe(Effect.provide(layer))
  })
})

describe("a doubt during an outage", () => {
  const cases: ReadonlyArray<readonly [string, typeof open | typeof customer | typeof note, string, string]> = [
    ["the look for a Case", open, "POST", "ConnectionLost"],
    ["the look for a customer", customer, "POST", "ConnectionLost"],
    ["the look for a note", note, "PATCH", "Refused 401"]
  ]
  for (const [title, effect, method, refused] of cases) {
    it.effect(`SPEC 4.3, 4.6: ${title} that nobody answers is held back`, () => {
      const { layer } = scripted((request) => (request.method === method ? "lost" : "refused"), { retry }, true)
      return Effect.gen(function* () {
        assert.deepStrictEqual((yield* failureOf<unknown, Operations>(effect))[0], "HeldBack (NotConnected)")
      }).pipe(Effect.provide(layer))
    })

    it.effect(`SPEC 4.3, 4.6: ${title} that gets a 401 like everybody is held back`, () => {
      const { layer } = scripted((request) => (request.method === method ? "lost" : refusal(401)), { retry }, true)
      return Effect.gen(function* () {
        assert.deepStrictEqual((yield* failureOf<unknown, Operations>(effect))[0], `HeldBack (${refused})`)
      }).pipe(Effect.provide(layer))
    })

    it.effect(`SPEC 4.3, 9.2: ${title} that an open breaker holds back is not given up`, () => {
      // Others were answered until the breaker opened.
      const { layer, requests } = scripted(
        (request) => (request.method === method ? "lost" : "refused"),
        { retry: { ...retry, attempts: 1 }, breaker: { failures: 1 } },
        false
      )
      return Effect.gen(function* () {
        assert.deepStrictEqual((yield* failureOf<unknown, Operations>(effect))[0], "HeldBack (ConnectionLost)")
        assert.strictEqual(requests.filter((request) => request.method === method).length, 1)
      }).pipe(Effect.provide(layer))
    })
  }
})
