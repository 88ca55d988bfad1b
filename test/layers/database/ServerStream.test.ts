import { createServer, type AddressInfo, type Socket } from "node:net"

import { assert, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"

import { databaseAccess } from "../../../src/layers/database/databaseAccess.ts"

/** The port of a server that accepts every connection and never sends a byte. */
const silentServer = Effect.acquireRelease(
  Effect.callback<{ readonly port: number; readonly close: () => void }>((resume) => {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => sockets.add(socket.on("error", () => undefined)))
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo
      const close = () => {
        server.close()
        for (const socket of sockets) socket.destroy()
      }
      resume(Effect.succeed({ port, close }))
    })
  }),
  ({ close }) => Effect.sync(close)
)

/** Why the connection for the URL ended, once a statement has been written to it. */
const endOf = (url: string) =>
  Effect.callback<string>((resume) => {
    const socket = databaseAccess(Redacted.make(url)).config("50 millis").stream?.()
    if (socket === undefined) return resume(Effect.succeed("no socket"))
    socket.on("error", (error: Error) => resume(Effect.succeed(error.message)))
    socket.write("BEGIN")
    return Effect.sync(() => socket.destroy())
  })

it.live("SPEC 9.1: a connection that does not answer is destroyed, even while a statement waits", () =>
  Effect.gen(function* () {
    const { port } = yield* silentServer
    assert.strictEqual(yield* endOf(`postgres://user@127.0.0.1:${port}/db`), "no answer within 0.05 seconds")
  })
)

it.live("CONTRACT DATABASE_URL: host and port of the query win, as for libpq", () =>
  Effect.gen(function* () {
    const { port } = yield* silentServer
    const url = `postgres://user@nowhere.invalid:1/db?host=127.0.0.1&port=${port}`
    assert.strictEqual(yield* endOf(url), "no answer within 0.05 seconds")
  })
)

it.live("CONTRACT DATABASE_URL: a host that is a directory is a Unix socket, one in brackets an IPv6 address", () =>
  Effect.gen(function* () {
    assert.strictEqual(
      yield* endOf("postgres://user@localhost/db?host=/no/such/directory&port=5433"),
      "connect ENOENT /no/such/directory/.s.PGSQL.5433"
    )
    assert.match(yield* endOf("postgres://user@[::1]:1/db"), /^connect E\w+ ::1:1/)
  })
)
