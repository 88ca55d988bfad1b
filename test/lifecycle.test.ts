import { setImmediate } from "node:timers/promises"
import { runInNewContext } from "node:vm"

import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import { compactHeap } from "../src/lifecycle.ts"

describe("settleHeap", () => {
  it.live("collects what nobody holds, and leaves no way to ask for it again", () =>
    Effect.gen(function* () {
      const left = new WeakRef({ large: "text" })
      // A WeakRef holds its target until the turn ends that made it.
      yield* Effect.promise(() => setImmediate())
      yield* compactHeap
      assert.isUndefined(left.deref())
      assert.strictEqual(runInNewContext("typeof gc"), "undefined")
    })
  )
})
