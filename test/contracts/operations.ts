import { assert, layer } from "@effect/vitest"
import { Effect, type Layer } from "effect"

import { mostFailures, type NewOperation, type OperationItem, Operations } from "../../src/services/Operations.ts"

const run = crypto.randomUUID()
let counter = 0

/** A new operation, later than all earlier ones. */
const fresh = (fields: Partial<NewOperation> = {}): NewOperation => ({
  id: `op-${run}-${String(counter++).padStart(6, "0")}`,
  action: "retry",
  by: "ana",
  at: 1_763_866_000_000 + counter,
  reason: "campo criado",
  ...fields
})

const now = 1_763_900_000_000

/** The items of one operation that may be done now. */
const itemsOf = Effect.fnUntraced(function* ({ id }: NewOperation, at = now, limit = 1000) {
  const { next } = yield* Operations
  return (yield* next(at, limit)).filter(({ operation }) => operation.id === id)
})

const only = (items: ReadonlyArray<OperationItem>): OperationItem => {
  const [first] = items
  if (first === undefined) throw new Error("no item")
  return first
}

/** What holds for every layer of `Operations`. */
export const operationsContract = (name: string, operations: Layer.Layer<Operations, unknown>): void =>
  layer(operations, { timeout: "60 seconds" })(`Operations: ${name}`, (it) => {
    it.effect("SPEC 10.3: an operation is done when its last item has ended, and reports its failures", () =>
      Effect.gen(function* () {
        const { begin, finish, get } = yield* Operations
        const one = fresh()
        yield* begin(one, ["a", "b"])
        assert.deepStrictEqual(yield* get(one.id), { ...one, state: "running", total: 2, done: 0, failures: [] })
        const items = yield* itemsOf(one)
        assert.deepStrictEqual(
          items.map(({ id, position }) => [id, position]),
          [
            ["a", 0],
            ["b", 1]
          ]
        )
        assert.deepStrictEqual(only(items).operation.reason, one.reason)
        yield* finish(only(items), now, { id: "a", reason: "it was sent", tag: "Sent" })
        yield* finish(only(items), now, { id: "a", reason: "it was sent", tag: "Sent" })
        assert.strictEqual((yield* get(one.id))?.done, 1)
        yield* finish(only(yield* itemsOf(one)), now + 5)
        assert.deepStrictEqual(yield* get(one.id), {
          ...one,
          state: "done",
          total: 2,
          done: 2,
          failures: [{ id: "a", reason: "it was sent", tag: "Sent" }],
          endedAt: now + 5
        })
        assert.deepStrictEqual(yield* itemsOf(one), [])
      })
    )

    it.effect("SPEC 10.3: an operation begins once, and one without items is done at once", () =>
      Effect.gen(function* () {
        const { begin, get } = yield* Operations
        const [one, none] = [fresh(), fresh({ action: "reveal", target: "c-1" })]
        yield* begin(one, ["a"])
        yield* begin(one, ["a", "b"])
        yield* begin(none, [], {
          done: 2,
          failures: [
            { id: "x", reason: "not there", tag: "NotFound" },
            { id: "y", reason: "gone" }
          ]
        })
        assert.strictEqual((yield* get(one.id))?.total, 1)
        assert.deepStrictEqual(yield* get(none.id), {
          ...none,
          state: "done",
          total: 2,
          done: 2,
          failures: [
            { id: "x", reason: "not there", tag: "NotFound" },
            { id: "y", reason: "gone" }
          ],
          endedAt: none.at
        })
        assert.isUndefined(yield* get(`${one.id}?`))
      })
    )

    it.effect("SPEC 10.3: an item that is too early goes to the end of the queue", () =>
      Effect.gen(function* () {
        const { begin, finish, get, postpone } = yield* Operations
        const one = fresh({ action: "resend" })
        yield* begin(one, ["a", "b", "c"])
        yield* postpone(only(yield* itemsOf(one)), now + 1000)
        assert.deepStrictEqual(
          (yield* itemsOf(one)).map(({ id }) => id),
          ["b", "c"]
        )
        assert.deepStrictEqual(
          (yield* itemsOf(one, now + 1000)).map(({ id }) => id),
          ["b", "c", "a"]
        )
        yield* postpone(only(yield* itemsOf(one)), now + 1000)
        assert.deepStrictEqual(
          (yield* itemsOf(one, now + 1000)).map(({ id }) => id),
          ["c", "a", "b"]
        )
        for (const item of yield* itemsOf(one, now + 1000)) yield* finish(item, now)
        assert.strictEqual((yield* get(one.id))?.state, "done")
      })
    )

    it.effect("SPEC 10.3: items that were postponed and then failed are all reported", () =>
      Effect.gen(function* () {
        const { begin, finish, get, postpone } = yield* Operations
        const one = fresh({ action: "resend" })
        yield* begin(one, ["a", "b"])
        for (const id of ["a", "b"]) {
          const item = only((yield* itemsOf(one)).filter((found) => found.id === id))
          yield* postpone(item, now)
          yield* postpone(item, now)
          const postponed = only((yield* itemsOf(one)).filter((found) => found.id === id))
          yield* finish(postponed, now, { id, reason: "it was sent" })
        }
        const { done, failures, state } = (yield* get(one.id))!
        assert.deepStrictEqual([done, state], [2, "done"])
        assert.deepStrictEqual(failures, [
          { id: "a", reason: "it was sent" },
          { id: "b", reason: "it was sent" }
        ])
      })
    )

    it.effect("SPEC 10.3: an item that two processes tried is no failure if one of them acted", () =>
      Effect.gen(function* () {
        const { begin, finish, get } = yield* Operations
        const one = fresh({ action: "resend" })
        yield* begin(one, ["a", "b"])
        const [first, second] = yield* itemsOf(one)
        yield* finish(first!, now, { id: "a", reason: "it was sent" })
        yield* finish(first!, now + 1)
        yield* finish(second!, now + 2)
        yield* finish(second!, now + 3, { id: "b", reason: "it was sent" })
        const { done, endedAt, failures, state } = (yield* get(one.id))!
        assert.deepStrictEqual(
          { done, endedAt, failures, state },
          { done: 2, endedAt: now + 2, failures: [], state: "done" }
        )
      })
    )

    it.effect("SPEC 10.3: items that are postponed at once get different positions", () =>
      Effect.gen(function* () {
        const { begin, postpone, stop } = yield* Operations
        const one = fresh({ action: "resend" })
        yield* begin(one, ["a", "b", "c", "d", "e", "f", "g", "h"])
        const items = yield* itemsOf(one)
        yield* Effect.forEach(items, (item) => postpone(item, now), { concurrency: "unbounded" })
        const places = (yield* itemsOf(one)).map(({ position }) => position)
        assert.deepStrictEqual(places, [8, 9, 10, 11, 12, 13, 14, 15])
        yield* stop(one.id, now)
      })
    )

    it.effect(
      "SPEC 10.3: an operation that a process does itself is running in the trail until the process reports its end",
      () =>
        Effect.gen(function* () {
          const { beginOwn, end, get } = yield* Operations
          const one = fresh({ action: "redrive" })
          yield* beginOwn(one, 3)
          yield* beginOwn(one, 5)
          assert.deepStrictEqual(yield* get(one.id), { ...one, state: "running", total: 3, done: 0, failures: [] })
          assert.deepStrictEqual(yield* itemsOf(one), [])
          const failures = [
            { id: "t/0/1", reason: "NotFound", tag: "NotFound" as const },
            { id: "t/0/3", reason: "as an earlier version tells it" }
          ]
          const ended = { ...one, state: "done" as const, total: 3, done: 3, failures, endedAt: now }
          yield* end(one.id, now, { done: 3, failures })
          assert.deepStrictEqual(yield* get(one.id), ended)
          yield* end(one.id, now + 1, { done: 3, failures: [{ id: "t/0/2", reason: "Refused" }] })
          assert.deepStrictEqual(yield* get(one.id), ended)
        })
    )

    it.effect("SPEC 10.3: an operation whose process crashed is stopped; one that has items, or ended, is not", () =>
      Effect.gen(function* () {
        const { begin, beginOwn, end, get, stop, stopAbandoned } = yield* Operations
        const [own, young, done, many] = [
          fresh({ at: 1000 }),
          fresh({ at: 2000 }),
          fresh({ at: 1000 }),
          fresh({ at: 1000 })
        ]
        for (const one of [own, young, done]) yield* beginOwn(one, 2)
        yield* end(done.id, now, { done: 2, failures: [] })
        yield* begin(many, ["a"])
        assert.strictEqual(yield* stopAbandoned(2000, now), 1)
        assert.deepStrictEqual(yield* get(own.id), {
          ...own,
          state: "stopped",
          total: 2,
          done: 0,
          failures: [],
          endedAt: now
        })
        const states = yield* Effect.forEach([young, done, many], ({ id }) => Effect.map(get(id), (it) => it?.state))
        assert.deepStrictEqual(states, ["running", "done", "running"])
        yield* end(own.id, now + 1, { done: 2, failures: [] })
        assert.deepInclude(yield* get(own.id), { state: "stopped", done: 2, endedAt: now })
        for (const { id } of [young, many]) yield* stop(id, now)
      })
    )

    it.effect("SPEC 10.3: a stopped operation starts nothing more, and items in progress still count", () =>
      Effect.gen(function* () {
        const { begin, finish, get, stop } = yield* Operations
        const one = fresh()
        yield* begin(one, ["a", "b"])
        const [first, second] = yield* itemsOf(one)
        yield* finish(first!, now)
        yield* stop(one.id, now + 1)
        assert.deepStrictEqual(yield* itemsOf(one), [])
        yield* finish(second!, now + 2)
        yield* stop(one.id, now + 3)
        const stopped = yield* get(one.id)
        assert.deepStrictEqual([stopped?.state, stopped?.done, stopped?.endedAt], ["stopped", 1, now + 1])
      })
    )

    it.effect("SPEC 10.3: the trail is paged, newest first", () =>
      Effect.gen(function* () {
        const { begin, list } = yield* Operations
        const at = 1_800_000_000_000
        const all = [fresh({ at }), fresh({ at: at + 1 }), fresh({ at: at + 1 })]
        for (const one of all) yield* begin(one, [])
        const [newest, second] = yield* list(2)
        assert.deepStrictEqual([newest?.id, second?.id], [all[2]?.id, all[1]?.id])
        const [third] = yield* list(1, second)
        assert.strictEqual(third?.id, all[0]?.id)
      })
    )

    it.effect("SPEC 10.3: each operation has its own queue, with a limited number of items at once", () =>
      Effect.gen(function* () {
        const { begin, next, stop } = yield* Operations
        const [one, other] = [fresh(), fresh()]
        yield* begin(one, ["a", "b", "c"])
        yield* begin(other, ["d"])
        const found = (yield* next(now, 2)).filter(({ operation: { id } }) => id === one.id || id === other.id)
        assert.deepStrictEqual(
          found.map(({ id }) => id),
          ["a", "b", "d"]
        )
        for (const { id } of [one, other]) yield* stop(id, now)
      })
    )

    it.effect("SPEC 10.3: a change to an item or to an operation leaves other operations alone", () =>
      Effect.gen(function* () {
        const { begin, finish, get, postpone, stop } = yield* Operations
        const [one, other] = [fresh(), fresh()]
        const running = { ...other, state: "running" as const, total: 3, done: 0, failures: [] }
        yield* begin(one, ["a", "b"])
        yield* begin(other, ["c", "d", "e"])
        const places = Effect.map(itemsOf(other), (items) => items.map(({ id, position }) => [id, position]))
        const all = [
          ["c", 0],
          ["d", 1],
          ["e", 2]
        ]
        yield* postpone(only(yield* itemsOf(one)), now + 1000)
        assert.deepStrictEqual(yield* places, all)
        yield* finish(only(yield* itemsOf(one)), now, { id: "b", reason: "it was sent" })
        assert.deepStrictEqual(yield* places, all)
        assert.deepStrictEqual(yield* get(other.id), running)
        yield* stop(one.id, now)
        assert.deepStrictEqual(yield* places, all)
        assert.deepStrictEqual(yield* get(other.id), running)
        yield* postpone(only(yield* itemsOf(other)), now)
        assert.deepStrictEqual(yield* places, [...all.slice(1), ["c", 3]])
        yield* stop(other.id, now)
      })
    )

    it.effect("SPEC 10.3: only the first failures are reported", () =>
      Effect.gen(function* () {
        const { begin, finish, get } = yield* Operations
        const one = fresh()
        const ids = Array.from({ length: mostFailures + 2 }, (_, index) => `c-${index}`)
        yield* begin(one, ids)
        for (const item of yield* itemsOf(one, now, ids.length)) yield* finish(item, now, { id: item.id, reason: "x" })
        const { done, failures, state } = (yield* get(one.id))!
        assert.deepStrictEqual([done, failures.length, state], [ids.length, mostFailures, "done"])
      })
    )

    it.effect("SPEC 10.3: operations that ended before RETENTION are deleted, and running ones are kept", () =>
      Effect.gen(function* () {
        const { begin, get, prune, stop } = yield* Operations
        const [old, young, running] = [fresh({ at: 1999 }), fresh({ at: 2000 }), fresh({ at: 1000 })]
        yield* begin(old, [])
        yield* begin(young, [])
        yield* begin(running, ["a"])
        assert.strictEqual(yield* prune(2000), 1)
        assert.isUndefined(yield* get(old.id))
        assert.isDefined(yield* get(young.id))
        assert.strictEqual((yield* get(running.id))?.state, "running")
        yield* stop(running.id, now)
      })
    )
  })
