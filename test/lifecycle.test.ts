import { setImmediate } from "node:timers/promises"
import { runInNewContext } from "node:vm"

import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import { compactHeap } from "../src/lifecycle.ts"

describe("compactHeap", () => {
  it.live("collects unreferenced objects and leaves no `gc` function behind", () =>
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
