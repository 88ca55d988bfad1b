import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"

import { assert, it } from "@effect/vitest"
import { Effect } from "effect"

import { DatabaseStatus } from "../../../src/services/DatabaseStatus.ts"
import { Journal } from "../../../src/services/Journal.ts"
import { journalIn } from "./openDirectory.ts"

const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "brom-ctx-test-"))),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true }))
)

/** The last position that a process reports before it is killed, in the middle of its work, after `many` reports. */
const killedAfter = (directory: string, many: number) =>
  Effect.promise(async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, "appendForEver.ts"), directory], {
      stdio: ["ignore", "pipe", "inherit"]
    })
    let last = -1
    for await (const line of createInterface(child.stdout)) {
      if (/^\d+$/.test(line)) last = Number(line)
      if (last === many) child.kill("SIGKILL")
    }
    return last
  })

const load = Journal.use((journal) => journal.load("a"))

it.live("SPEC 9.3: what PGlite acknowledged survives kill -9, with no gap, and so does the next start", () =>
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const last = yield* killedAfter(directory, 40)
    const [facts, state] = yield* Effect.provide(
      Effect.all([load, DatabaseStatus.use((status) => status.state)]),
      journalIn(directory)
    )
    assert.isAtLeast(facts.length, last + 1)
    assert.deepStrictEqual(
      facts,
      facts.map((_, number) => ({ _tag: "ResponseAcknowledged", at: 1, number }))
    )
    assert.deepStrictEqual(state, { reachable: true, holder: true, detail: `PGlite in ${directory}` })
    assert.deepStrictEqual(yield* Effect.provide(load, journalIn(directory)), facts)
  })
)
