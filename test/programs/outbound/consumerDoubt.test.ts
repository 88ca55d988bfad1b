import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"

import { HeldBack, NotConnected, Refused } from "../../../src/domain/vendor/failureReasons.ts"
import { customerCreationsIn, type CreationStore } from "../../../src/layers/journal/memory/creations.ts"
import { ownershipMemory, makeLockServer } from "../../../src/layers/ownership/OwnershipMemory.ts"
import { ConsumerCreation } from "../../../src/programs/outbound/ConsumerCreation.ts"
import { Consumers, type ConsumerToCreate } from "../../../src/programs/outbound/Consumers.ts"
import { ServiceNowError } from "../../../src/programs/vendor/ServiceNowError.ts"
import { type CustomerCreation, CustomerCreations } from "../../../src/services/CustomerCreations.ts"
import { settableClock } from "../../support/settableClock.ts"
import { SettingsTest } from "../../support/settings.ts"

const keys = { document: "52998224725", email: "ana@example.com", phone: "+5511999990000" }
const identities = ["document 52998224725", "email ana@example.com", "id c-1", "phone 99990000"]
const start = 1_000_000
/** TCP_ORPHAN_TIMEOUT: how long after its first byte a crashed process's last byte may be sent. */
const kernelHolds = 105_000
/** SERVICENOW_TIMEOUT. */
const timeout = 65_000

interface Scene {
  readonly store?: CreationStore
  /** Nobody else had a lock after it, milliseconds. */
  readonly validFrom?: number
  /** The process creates the customer twice, one after the other. */
  readonly twice?: boolean
  /** What a look finds. Nobody if absent. */
  readonly find?: Consumers["Service"]["findConsumer"]
  readonly create?: <E>(input: ConsumerToCreate<E>) => Effect.Effect<{ sysId: string; avisos: [] }, ServiceNowError | E>
}

/** One creation of one customer, and what the instance was asked meanwhile. */
const creation = Effect.fnUntraced(function* ({
  create,
  find = () => Effect.succeed({ avisos: [] }),
  store = new Map(),
  twice = false,
  validFrom = start + 6000
}: Scene) {
  yield* TestClock.setTime(start)
  const calls: Array<readonly [call: string, at: number, doubt?: number]> = []
  const note = (call: string, doubt?: number) =>
    Effect.map(Clock.currentTimeMillis, (at) => void calls.push(doubt === undefined ? [call, at] : [call, at, doubt]))
  const vendor = Layer.mock(Consumers)({
    findConsumer: (...asked) => Effect.andThen(note("find"), find(...asked)),
    createConsumer: (input) =>
      Effect.gen(function* () {
        yield* note("create", input.inDoubtSince)
        if (create !== undefined) return yield* create(input)
        yield* input.beforePost
        return { sysId: "new", avisos: [] }
      })
  })
  const layer = ConsumerCreation.layer.pipe(
    Layer.provide([
      vendor,
      ownershipMemory(makeLockServer(), validFrom),
      Layer.succeed(CustomerCreations, customerCreationsIn(store)),
      SettingsTest({})
    ])
  )
  const work = Effect.flatMap(ConsumerCreation, (it) => {
    const created = it.create("c-1", { firstName: "Ana", phone: keys.phone }, keys)
    return twice ? Effect.andThen(Effect.exit(created), created) : created
  })
  const fiber = yield* Effect.forkChild(Effect.exit(Effect.provide(work, layer)))
  for (let turn = 0; turn < 20 && fiber.pollUnsafe() === undefined; turn++) yield* TestClock.adjust(0)
  return { exit: yield* Fiber.join(fiber), calls, store }
})

const made = Exit.succeed({ sysId: "new", origem: "criado" as const, avisos: [] as ReadonlyArray<string> })

describe("the creation of a customer", () => {
  it.effect("SPEC 3.3: is not preceded by a second look, and leaves its outcome at each identity", () =>
    Effect.gen(function* () {
      const { calls, exit, store } = yield* creation({})
      assert.deepStrictEqual(exit, made)
      assert.deepStrictEqual(calls, [["create", start]])
      assert.deepStrictEqual<ReadonlyArray<CustomerCreation>>(
        [...store.values()],
        identities.map((identity) => ({ identity, begunAt: start, sysId: "new" }))
      )
    })
  )

  it.effect(
    "SPEC 3.3, 4.3: one that another process left without an outcome is in doubt until it may have been sent",
    () =>
      Effect.gen(function* () {
        const store: CreationStore = new Map([
          ["email ana@example.com", { identity: "email ana@example.com", begunAt: 5 }]
        ])
        let reckoned: unknown
        const create = <E>({ beforePost }: ConsumerToCreate<E>) =>
          Effect.gen(function* () {
            reckoned = store.get("email ana@example.com")
            yield* beforePost
            return { sysId: "new", avisos: [] as [] }
          })
        const { calls, exit } = yield* creation({ store, create })
        assert.deepStrictEqual(exit, made)
        assert.deepStrictEqual(calls, [["create", start, start + 6000 + kernelHolds]])
        const sentUntil = start + 6000 + kernelHolds
        assert.deepStrictEqual(reckoned, { identity: "email ana@example.com", begunAt: 5, sentUntil })
        assert.deepStrictEqual(store.get("email ana@example.com")?.sysId, "new")
      })
  )

  it.effect("SPEC 3.3, 4.3: later processes do not postpone the time until which it may have been sent", () =>
    Effect.gen(function* () {
      const phone = { identity: "phone 99990000", begunAt: 5, sentUntil: 700_000 }
      const { calls } = yield* creation({ store: new Map([[phone.identity, phone]]) })
      assert.deepStrictEqual(calls, [["create", start, 700_000]])
    })
  )

  it.effect("SPEC 3.3: in a process that has its database alone, nobody has sent after the creation began", () =>
    Effect.gen(function* () {
      const phone = { identity: "phone 99990000", begunAt: 900_000 }
      const { calls } = yield* creation({ store: new Map([[phone.identity, phone]]), validFrom: 10 })
      assert.deepStrictEqual(calls, [["create", start, 900_000 + kernelHolds]])
    })
  )

  it.effect("SPEC 3.3: one with an outcome leaves no doubt: a second look decides who it is", () =>
    Effect.gen(function* () {
      const phone = { identity: "phone 99990000", begunAt: 900_000, sysId: "somebody" }
      const { calls, exit } = yield* creation({ store: new Map([[phone.identity, phone]]) })
      assert.deepStrictEqual(exit, made)
      assert.deepStrictEqual(calls, [
        ["find", start],
        ["create", start]
      ])
    })
  )

  const customer = { sysId: "of the other", avisos: [] as [] }

  it.effect("SPEC 3.3: a creation that is overtaken while it waits to send sends nothing, and looks again", () =>
    Effect.gen(function* () {
      const store: CreationStore = new Map()
      let sent = 0
      const other: CustomerCreation = { identity: "phone 99990000", begunAt: start - 1, sysId: "of the other" }
      const create = <E>({ beforePost }: ConsumerToCreate<E>) =>
        Effect.gen(function* () {
          if (store.size === 0) store.set(other.identity, other)
          yield* beforePost
          sent += 1
          return customer
        })
      const { calls } = yield* creation({ store, create })
      assert.deepStrictEqual(calls, [
        ["create", start],
        ["find", start],
        ["create", start]
      ])
      assert.strictEqual(sent, 1)
    })
  )

  it.effect("SPEC 3.3: a creation that is overtaken before a later request looks again", () =>
    Effect.gen(function* () {
      const store: CreationStore = new Map()
      const other: CustomerCreation = { identity: "phone 99990000", begunAt: start, sysId: "of the other" }
      const create = <E>({ beforePost }: ConsumerToCreate<E>) =>
        Effect.gen(function* () {
          if (store.size > 0) return customer
          yield* beforePost
          store.set(other.identity, other)
          yield* beforePost
          return yield* Effect.die("sent")
        })
      const { calls, exit } = yield* creation({ store, create })
      assert.isTrue(Exit.isSuccess(exit))
      assert.deepStrictEqual(
        calls.map(([call]) => call),
        ["create", "create"]
      )
    })
  )

  it.effect("SPEC 3.3: another process's intent, begun while this one waited to send, is a doubt", () =>
    Effect.gen(function* () {
      const store: CreationStore = new Map()
      const other: CustomerCreation = { identity: "phone 99990000", begunAt: start }
      const create = <E>({ beforePost, inDoubtSince }: ConsumerToCreate<E>) =>
        Effect.gen(function* () {
          if (inDoubtSince !== undefined) return customer
          store.set(other.identity, other)
          yield* beforePost
          return yield* Effect.die("sent")
        })
      const { calls, exit } = yield* creation({ store, create })
      assert.deepStrictEqual(exit, Exit.succeed({ sysId: "of the other", origem: "criado" as const, avisos: [] }))
      assert.deepStrictEqual(calls, [
        ["create", start],
        ["create", start, start + 6000 + kernelHolds]
      ])
    })
  )

  for (const hours of [2, -2]) {
    it.effect(`SPEC 3.3, 4.3: the end of a doubt stays where it is when the wall clock is set by ${hours} hours`, () =>
      Effect.gen(function* () {
        const { clock, jump } = yield* settableClock
        const store: CreationStore = new Map([["phone 99990000", { identity: "phone 99990000", begunAt: 5 }]])
        const doubts: Array<number | undefined> = []
        const create = <E>({ beforePost, inDoubtSince }: ConsumerToCreate<E>) =>
          Effect.gen(function* () {
            if (doubts.push(inDoubtSince) === 2) return customer
            jump(hours * 3_600_000)
            // Another process is faster, so this one begins again from what it reads.
            store.set("id c-1", { identity: "id c-1", begunAt: start, sysId: "of the other" })
            yield* beforePost
            return yield* Effect.die("sent")
          })
        yield* Effect.provideService(creation({ store, create }), Clock.Clock, clock)
        assert.deepStrictEqual(doubts, [start + 6000 + kernelHolds, start + 6000 + kernelHolds])
      })
    )
  }

  it.effect(
    "SPEC 3.3, 4.3: a process's own lost creation is in doubt until its own request was sent, and not longer",
    () =>
      Effect.gen(function* () {
        const lost = new ServiceNowError({
          operation: "createConsumer",
          reason: new Refused({ status: 503, message: "no", detail: "" }),
          attempts: 1
        })
        const create = <E>({ afterPost, beforePost, inDoubtSince }: ConsumerToCreate<E>) =>
          Effect.gen(function* () {
            yield* beforePost
            afterPost?.(start + 10)
            return inDoubtSince === undefined ? yield* lost : customer
          })
        const { calls, exit, store } = yield* creation({ create, twice: true })
        assert.deepStrictEqual(exit, Exit.succeed({ sysId: "of the other", origem: "criado" as const, avisos: [] }))
        assert.deepStrictEqual(calls, [
          ["create", start],
          ["create", start, start + 10]
        ])
        assert.deepStrictEqual<ReadonlyArray<CustomerCreation>>(
          [...store.values()],
          identities.map((identity) => ({ identity, begunAt: start, sysId: "of the other" }))
        )
      })
  )

  it.effect("SPEC 3.3: a refused look leaves the intent of another process", () =>
    Effect.gen(function* () {
      const phone = { identity: "phone 99990000", begunAt: 5, sentUntil: 700_000 }
      const reason = new Refused({ status: 403, message: "no", detail: "" })
      const failure = new ServiceNowError({ operation: "createConsumer", reason, attempts: 1 })
      const { store } = yield* creation({
        store: new Map([[phone.identity, phone]]),
        create: () => Effect.fail(failure)
      })
      assert.deepStrictEqual([...store.values()], [phone])
    })
  )

  for (const [status, left] of [
    [403, 0],
    [503, 4]
  ] as const) {
    it.effect(`SPEC 3.3: ${status}: ${left === 0 ? "a refusal takes the creation back" : "it stays in doubt"}`, () =>
      Effect.gen(function* () {
        const failure = new ServiceNowError({
          operation: "createConsumer",
          reason: new Refused({ status, message: "no", detail: "" }),
          attempts: 1
        })
        const { exit, store } = yield* creation({
          create: ({ beforePost }) => Effect.andThen(beforePost, Effect.fail(failure))
        })
        assert.isTrue(Exit.isFailure(exit))
        assert.strictEqual(store.size, left)
      })
    )
  }

  const duplicate = new ServiceNowError({
    operation: "createConsumer",
    reason: new Refused({ status: 403, message: "Operation Failed", detail: "Unique Key violation (Duplicate entry)" }),
    attempts: 1
  })
  const refuseDuplicate = <E>({ beforePost }: ConsumerToCreate<E>) => Effect.andThen(beforePost, Effect.fail(duplicate))

  it.effect(
    "SPEC 3.3: refused as a duplicate: each value is queried alone, and a consumer that has one of them is used",
    () =>
      Effect.gen(function* () {
        const { calls, exit, store } = yield* creation({
          create: refuseDuplicate,
          find: (_, sight) =>
            Effect.succeed({
              avisos: [],
              ...(sight?.blind.size === 4 && { found: { sysId: "theirs", origem: "email" } })
            })
        })
        assert.deepStrictEqual(exit, Exit.succeed({ sysId: "theirs", origem: "email" as const, avisos: [] }))
        assert.deepStrictEqual(
          calls.map(([call]) => call),
          ["create", "find"]
        )
        assert.strictEqual(store.size, 0)
      })
  )

  it.effect("SPEC 3.3: refused as a duplicate of somebody who is not shown: refused", () =>
    Effect.gen(function* () {
      const { exit } = yield* creation({ create: refuseDuplicate })
      assert.deepStrictEqual(exit, Exit.fail(duplicate))
    })
  )

  it.effect("SPEC 3.5: nobody is created whom a second look may have missed", () =>
    Effect.gen(function* () {
      const phone = { identity: "phone 99990000", begunAt: 5, sysId: "somebody" }
      const { calls, exit } = yield* creation({
        store: new Map([[phone.identity, phone]]),
        find: () => Effect.succeed({ avisos: ["refused"], unseen: ["digits"] })
      })
      assert.deepStrictEqual(exit, Exit.succeed({ sysId: undefined, avisos: ["refused"] }))
      assert.deepStrictEqual(calls, [["find", start]])
    })
  )

  for (const [what, appearsUntil, rows] of [
    ["nothing of it was sent: it is taken back", undefined, []],
    [
      "its request may have left: it is in doubt until then",
      start + 90_000,
      identities.map((identity) => ({ identity, begunAt: start, sentUntil: start + 90_000 - timeout }))
    ]
  ] as const) {
    it.effect(`SPEC 3.3, 9.2: a creation waits for ServiceNow, and ${what}`, () =>
      Effect.gen(function* () {
        const reason = new HeldBack({
          reason: new NotConnected({ detail: "no" }),
          ...(appearsUntil !== undefined && { appearsUntil })
        })
        const failure = new ServiceNowError({ operation: "createConsumer", reason, attempts: 1 })
        const { store } = yield* creation({
          create: ({ beforePost }) => Effect.andThen(beforePost, Effect.fail(failure))
        })
        assert.deepStrictEqual<ReadonlyArray<CustomerCreation>>([...store.values()], rows)
      })
    )
  }
})
