import { spawn } from "node:child_process"
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs"
import { delimiter, join } from "node:path"

import { assert, it } from "@effect/vitest"
import { Effect } from "effect"

import { eventually } from "./support/service.ts"
import { temporaryDirectory } from "./support/temporaryFile.ts"

/** `npm run chaos` with commands that only record their calls. `inside` runs in the namespace. */
const startChaos = Effect.fnUntraced(function* (inside: string) {
  const directory = yield* temporaryDirectory
  const file = join(directory, "calls")
  const stub = (name: string, script = "") => {
    const path = join(directory, name)
    writeFileSync(path, `#!/bin/sh\necho "${name} $1 $2" >>"${file}"\n${script}\n`)
    chmodSync(path, 0o755)
  }
  stub("ip")
  stub("mvn")
  stub("unshare", `[ "$2" = true ] || { ${inside}; }`)
  const jars = join(directory, "jars")
  const child = spawn(process.execPath, ["test/chaos/main.ts"], {
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      ...process.env,
      PATH: [directory, process.env["PATH"]].join(delimiter),
      KAFKA_VERSION: "4.1.1",
      KAFKA_LIB: jars
    }
  })
  let errors = ""
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()))
  const closed = new Promise<number | null>((resolve) => child.once("close", resolve))
  yield* Effect.addFinalizer(() => Effect.sync(() => child.kill("SIGKILL")))
  const calls = () =>
    existsSync(file) ? readFileSync(file, "utf8").trim().replaceAll(process.execPath, "node").split("\n") : []
  return {
    child,
    jars,
    calls,
    ended: Effect.map(
      Effect.promise(() => closed),
      (code) => ({ code, errors })
    )
  }
})

const called = ["ip -V ", "unshare --net true", "mvn -q -B", "unshare --net node"]

it.live("npm run chaos downloads its servers before it enters a network without a route to other hosts", () =>
  Effect.gen(function* () {
    const { calls, ended, jars } = yield* startChaos("exit 5")
    assert.deepStrictEqual(yield* ended, { code: 5, errors: `downloading Kafka 4.1.1 to ${jars}\n` })
    assert.deepStrictEqual(calls(), called)
  })
)

it.live("a terminated npm run chaos waits until the run in its network has stopped its servers", () =>
  Effect.gen(function* () {
    const { calls, child, ended } = yield* startChaos(
      `trap 'echo stopped >>"$(dirname "$0")/calls"; exit 3' TERM; while :; do sleep 0.1; done`
    )
    yield* eventually(
      "the network is entered",
      Effect.sync(() => calls().length === called.length)
    )
    child.kill("SIGINT")
    child.kill("SIGTERM")
    assert.strictEqual((yield* ended).code, 3)
    assert.deepStrictEqual(calls(), [...called, "stopped"])
  })
)
