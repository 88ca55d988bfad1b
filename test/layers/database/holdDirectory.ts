import { Effect } from "effect"

import { DatabaseStatusRef } from "../../../src/layers/database/DatabaseStatusRef.ts"
import { directoryLock } from "../../../src/layers/database/directoryLock.ts"

/** A process that takes the lock of the directory it is given, says so, and keeps it until it dies. */
const main = Effect.gen(function* () {
  yield* directoryLock(process.argv[2] ?? "")
  process.stdout.write("held\n")
  return yield* Effect.never
})

// Something has to keep the process alive.
setInterval(() => undefined, 1_000_000)
void Effect.runPromise(main.pipe(Effect.scoped, Effect.provide(DatabaseStatusRef)))
