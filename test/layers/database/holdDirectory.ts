import { Effect } from "effect"

import { DatabaseStatusRef } from "../../../src/layers/database/DatabaseStatusRef.ts"
import { directoryLock } from "../../../src/layers/database/directoryLock.ts"

/** A process that locks the directory it is given, says so, and keeps the lock until it is killed. */
const main = Effect.gen(function* () {
  yield* directoryLock(process.argv[2] ?? "")
  process.stdout.write("held\n")
  return yield* Effect.never
})

// Keeps the process alive.
setInterval(() => undefined, 1_000_000)
void Effect.runPromise(main.pipe(Effect.scoped, Effect.provide(DatabaseStatusRef)))
