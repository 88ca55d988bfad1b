import { spawn } from "node:child_process"
import { chmodSync, existsSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"

import { assert, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"

import { Database } from "../../src/layers/database/Database.ts"
import { DatabaseStatusRef } from "../../src/layers/database/DatabaseStatusRef.ts"
import { freePort } from "../support/freePorts.ts"
import { SettingsTest } from "../support/settings.ts"
import { databaseUrl } from "./support/environment.ts"
import { ownDatabase } from "./support/ownDatabase.ts"
import { eventually } from "./support/service.ts"
import { temporaryDirectory } from "./support/temporaryFile.ts"

/** Debian's package `pgbouncer`. */
const binary = "/usr/sbin/pgbouncer"

const accepts = (port: number) =>
  Effect.callback<boolean>((resume) => {
    const socket = connect(port, "127.0.0.1")
    socket.once("connect", () => resume(Effect.succeed(true))).once("error", () => resume(Effect.succeed(false)))
    return Effect.sync(() => socket.destroy())
  })

/** A URL to a database of its own through a PgBouncer in this mode. */
const pooled = Effect.fnUntraced(function* (mode: "session" | "transaction") {
  const url = new URL(yield* ownDatabase(databaseUrl))
  const [directory, port] = [yield* temporaryDirectory, yield* freePort]
  chmodSync(directory, 0o755)
  const [config, users] = [join(directory, "pgbouncer.ini"), join(directory, "users")]
  writeFileSync(users, '"postgres" ""')
  writeFileSync(
    config,
    [
      "[databases]",
      `* = host=${url.hostname} port=${url.port}`,
      "[pgbouncer]",
      `listen_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =`,
      `auth_type = trust\nauth_file = ${users}\npool_mode = ${mode}`,
      "ignore_startup_parameters = statement_timeout,idle_in_transaction_session_timeout"
    ].join("\n")
  )
  yield* Effect.acquireRelease(
    Effect.sync(() => {
      const isRoot = process.getuid?.() === 0
      const [command = "", ...more] = isRoot ? ["setpriv", "--reuid=postgres", "--clear-groups", binary] : [binary]
      return spawn(command, [...more, config], { stdio: "ignore" })
    }),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )
  yield* eventually("PgBouncer listens", accepts(port))
  url.port = String(port)
  return url.href
})

/** Opens the database as a start of the service does. */
const opened = (url: string) =>
  Layer.build(
    Database.pipe(
      Layer.provide(DatabaseStatusRef),
      Layer.provide(SettingsTest({ database: { url: Redacted.make(url), dataDir: "unused" } }))
    )
  )

it.live.skipIf(!existsSync(binary))(
  "CONTRACT DATABASE_URL: PgBouncer in transaction mode is refused with the reason, in session mode it is used",
  () =>
    Effect.gen(function* () {
      yield* opened(yield* pooled("session"))
      const refusal = yield* Effect.flip(opened(yield* pooled("transaction")))
      assert.match(refusal.message, /^DATABASE_URL: a pooler in front of .* \(transaction mode\)/)
    }).pipe(Effect.scoped)
)
