import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

import { assert, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Scope } from "effect"

import { DatabaseStatusRef } from "../../../src/layers/database/DatabaseStatusRef.ts"
import { directoryLock } from "../../../src/layers/database/directoryLock.ts"
import { DatabaseStatus } from "../../../src/services/DatabaseStatus.ts"

const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "brom-ctx-test-"))),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true }))
)

/** Another process with the lock, until it is killed. */
const holder = (directory: string) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const child = spawn(process.execPath, [join(import.meta.dirname, "holdDirectory.ts"), directory], {
        stdio: ["ignore", "pipe", "inherit"]
      })
      await once(child.stdout, "data")
      return child
    }),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )

const detailBecomes = (wanted: string) =>
  Effect.gen(function* () {
    const status = yield* DatabaseStatus
    for (let polls = 0; polls < 500; polls++) {
      const { detail } = yield* status.state
      if (detail === wanted) return
      yield* Effect.sleep("10 millis")
    }
    assert.strictEqual((yield* status.state).detail, wanted)
  })

it.live("CONTRACT DATA_DIR: a second process waits, logs for which one, and starts when the first is killed", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const child = yield* holder(directory)
    const waiting = yield* Effect.forkChild(Effect.scoped(directoryLock(directory)))
    yield* detailBecomes(`process ${child.pid} works in ${directory}: waiting until it ends`)
    assert.isUndefined(waiting.pollUnsafe())
    child.kill("SIGKILL")
    yield* Fiber.join(waiting)
  }).pipe(Effect.provide(DatabaseStatusRef))
)

it.live("CONTRACT DATA_DIR: one process does not open it twice; a closed scope lets it go", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const first = yield* Scope.make()
    yield* Scope.provide(directoryLock(directory), first)
    const second = yield* Effect.forkChild(Effect.scoped(directoryLock(directory)))
    yield* detailBecomes(`process ${process.pid} works in ${directory}: waiting until it ends`)
    assert.isUndefined(second.pollUnsafe())
    yield* Scope.close(first, Exit.void)
    yield* Fiber.join(second)
  }).pipe(Effect.provide(DatabaseStatusRef))
)
