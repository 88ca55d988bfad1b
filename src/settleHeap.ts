import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

import { Effect } from "effect"

/**
 * One full collection that gives memory back to the system. While modules load nearly all of what is new survives, so V8 lets the
 * young generation grow to twice its limit, keeps that, and shrinks it only after 100 s without a collection. To run when the service
 * is built: 0.1 s, once, before the first record (docs/performance.md "Idle"). Without effect where V8 does not let itself be asked.
 */
export const settleHeap = Effect.ignore(
  Effect.try(() => {
    setFlagsFromString("--expose-gc")
    // `last-resort` alone gives memory back; the flag shows `gc` to contexts made after it, so to this one only.
    try {
      runInNewContext(`gc({ type: "major", flavor: "last-resort" })`)
    } finally {
      setFlagsFromString("--no-expose-gc")
    }
  })
)
