import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"

import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import { freePort } from "../support/freePorts.ts"
import { databaseUrl } from "./support/environment.ts"
import { ownDatabase } from "./support/ownDatabase.ts"
import { eventually } from "./support/service.ts"
import { makeTopics } from "./support/topics.ts"

/** The directory that `tools/image/run-dockerfile.sh build` has built from the Dockerfile; undefined if it was not run. */
const image = process.env.IMAGE_DIR

type Environment = Readonly<Record<string, string>>

const args = (command: string, stage: string, environment: Environment) => [
  "tools/image/run-dockerfile.sh",
  command,
  image ?? "",
  stage,
  ...Object.entries(environment).map(([name, value]) => `${name}=${value}`)
]

const exitOf = (child: ChildProcess) =>
  Effect.callback<number | null>((resume) => {
    if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.succeed(child.exitCode))
    child.once("exit", (code) => resume(Effect.succeed(code)))
  })

/** Runs the stage's CMD, with its ENV and USER. */
const run = (stage: string, environment: Environment) =>
  Effect.acquireRelease(
    Effect.sync(() => spawn("sh", args("run", stage, environment), { stdio: "ignore" })),
    (child) =>
      Effect.andThen(
        Effect.sync(() => child.kill("SIGKILL")),
        exitOf(child)
      )
  )

/** The exit code of the stage's own HEALTHCHECK. */
const health = (stage: string, environment: Environment) =>
  spawnSync("sh", args("health", stage, environment), { timeout: 10_000 }).status

/** The folders of compiled code: one for each Node, CPU, user and set of V8's flags. */
const compiled = () => readdirSync(`${image}/service/app/compiled`)

const userOf = (child: ChildProcess) => /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]

describe.runIf(image !== undefined)("the Dockerfile's steps", () => {
  it("leave out development packages and everything else that the service does not need", () => {
    for (const path of [
      "node_modules/vitest",
      "node_modules/vite",
      "node_modules/preact",
      "node_modules/node",
      "simulators",
      "test",
      ".git"
    ])
      assert.isFalse(existsSync(`${image}/service/app/${path}`), path)
    assert.isTrue(existsSync(`${image}/simulators/app/simulators/main.ts`))
  })

  it("CONTRACT GET /: contain the built console, compressed", () => {
    for (const path of ["index.html", "index.html.br", "index.html.gz"])
      assert.isTrue(existsSync(`${image}/service/app/console/dist/${path}`), path)
  })

  it.live(
    "SPEC 9.4, CONTRACT HTTP: both images start without rights, report their health, work, and end on SIGTERM",
    () =>
      Effect.gen(function* () {
        const topics = yield* makeTopics()
        yield* topics.open
        const ports = { SIM_SERVICENOW_PORT: String(yield* freePort), SIM_WENI_PORT: String(yield* freePort) }
        const simulators = yield* run("simulators", ports)
        yield* eventually(
          "the simulators' health",
          Effect.sync(() => health("simulators", ports) === 0)
        )
        const http = { HTTP_PORT: String(yield* freePort) }
        assert.strictEqual(health("service", http), 1)
        const built = compiled()
        assert.strictEqual(built.length, 1)
        const service = yield* run("service", {
          ...topics.environment,
          ...http,
          DATABASE_URL: yield* ownDatabase(databaseUrl),
          SERVICENOW_URL: `http://127.0.0.1:${ports.SIM_SERVICENOW_PORT}`,
          SERVICENOW_USERNAME: "integration",
          SERVICENOW_PASSWORD: "any",
          WENI_URL: `http://127.0.0.1:${ports.SIM_WENI_PORT}`,
          WENI_API_KEY: "any",
          WENI_API_SECRET: "any"
        })
        yield* eventually(
          "the service's health",
          Effect.sync(() => health("service", http) === 0)
        )
        if (process.getuid?.() === 0) {
          assert.strictEqual(userOf(service), "1000")
          assert.strictEqual(userOf(simulators), "1000")
        }
        // The image has the project's own journeys, for which the fixture is too old.
        const order = JSON.parse(readFileSync("fixtures/comunicacaoTransacional.json", "utf8"))
        yield* topics.send([JSON.stringify({ ...order, tims_evento: new Date().toISOString() })])
        yield* eventually(
          "a response",
          Effect.map(topics.responses, (all) => all.length === 1)
        )
        const [response] = yield* topics.responses
        assert.strictEqual(response?.headers.response_status, "success")
        for (const child of [service, simulators]) {
          child.kill("SIGTERM")
          assert.strictEqual(yield* exitOf(child), 0)
        }
        assert.strictEqual(health("service", http), 1)
        // The service found the code compiled at build. Otherwise it would have written its own.
        assert.deepStrictEqual(compiled(), built)
      }).pipe(Effect.scoped)
  )
})
