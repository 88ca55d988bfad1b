import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

import { assert, describe, it } from "@effect/vitest"

import { makeWaiter, WaitQueue } from "../../../src/layers/breaker/WaitQueue.ts"
import { makeCallState } from "../../../src/services/Breakers.ts"
import { backgroundPermit } from "../../../src/services/StartPermit.ts"

setFlagsFromString("--expose-gc")
const collectGarbage: () => void = runInNewContext("gc")

const permit = (held: boolean) => ({ held, release: () => undefined })
const waiter = (inProgress = true) => makeWaiter(makeCallState(), permit(!inProgress))

describe("WaitQueue", () => {
  it("SPEC 9.2: keeps nothing of a waiter that has left, even while the first one waits", async () => {
    const queue = new WaitQueue()
    const first = waiter()
    queue.add(first)
    const left = Array.from({ length: 1000 }, () => {
      const one = waiter()
      queue.add(one)
      queue.remove(one)
      return new WeakRef(one)
    })
    // A reference that was read or made in a turn of the event loop is kept until its end.
    await new Promise((resolve) => setImmediate(resolve))
    collectGarbage()
    assert.strictEqual(left.filter((one) => one.deref() !== undefined).length, 0)
    assert.strictEqual(queue.first(), first)
  })

  it("SPEC 4.6: a refused call comes first", () => {
    const queue = new WaitQueue()
    queue.add(waiter())
    const callState = makeCallState()
    callState.history.refusedAfter = 7
    const refused = makeWaiter(callState, permit(true))
    queue.add(refused)
    assert.strictEqual(queue.first(), refused)
  })

  it("SPEC 4.6, 8.8: a call that waited too long before comes first", () => {
    const queue = new WaitQueue()
    queue.add(waiter())
    const overdue = makeWaiter({ ...makeCallState(), isOverdue: true }, permit(true))
    queue.add(overdue)
    assert.strictEqual(queue.first(), overdue)
  })

  it("is in order of arrival, with work in progress first, while waiters leave and arrive", () => {
    const queue = new WaitQueue()
    const [a, b, c, d] = [waiter(false), waiter(), waiter(), waiter()]
    for (const one of [a, b, c]) queue.add(one)
    assert.strictEqual(queue.first(), b)
    queue.remove(b)
    queue.remove(c)
    assert.strictEqual(queue.first(), a)
    queue.add(d)
    assert.strictEqual(queue.first(), d)
    queue.remove(d)
    queue.remove(a)
    assert.isUndefined(queue.first())
    queue.add(b)
    assert.strictEqual(queue.first(), b)
  })

  it("SPEC 9.5: calls of sweeps and of starting work take turns, however many wait on one side", () => {
    const queue = new WaitQueue()
    const closes = Array.from({ length: 100 }, () => makeWaiter(makeCallState(), backgroundPermit))
    const orders = [waiter(false), waiter(false)]
    for (const one of [...closes, ...orders]) queue.add(one)
    const admitted = Array.from({ length: 5 }, (_, number) => {
      const next = queue.first()
      if (next !== undefined)
        queue.admit(next, false, { number, at: 0, answeredBegun: 0, beginning: { at: 0, holds: 0 } as never })
      return next
    })
    assert.deepStrictEqual(
      admitted.map((one) => (one === undefined ? undefined : orders.includes(one))),
      [true, false, true, false, false]
    )
  })
})
