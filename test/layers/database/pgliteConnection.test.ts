import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"

import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

import { Database } from "../../../src/layers/database/Database.ts"
import { pgliteConnection } from "../../../src/layers/database/DatabasePglite.ts"
import { DatabaseStatusRef } from "../../../src/layers/database/DatabaseStatusRef.ts"
import { SettingsTest } from "../../support/settings.ts"

/** A server that never hangs up by itself and sends back what it reads; `received` is what each connection sent. */
const echo = Effect.acquireRelease(
  Effect.promise(async () => {
    const directory = mkdtempSync(join(tmpdir(), "brom-ctx-"))
    const sockets: Array<Socket> = []
    const received: Array<string> = []
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      sockets.push(socket)
      // Its peer closed the connection.
      socket.on("error", () => socket.destroy())
      socket.on("data", (data) => {
        received.push(data.toString("hex"))
        socket.write(data)
      })
    })
    const path = join(directory, "socket")
    server.listen(path)
    await once(server, "listening")
    return { directory, path, received, server, sockets }
  }),
  ({ directory, server, sockets }) =>
    Effect.promise(async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, "close")
      rmSync(directory, { recursive: true })
    })
)

const cancelRequest = "0000001004d2162e0000002a0000000d"

describe("pgliteConnection", () => {
  it.live("SPEC 9.4: hangs up after a CancelRequest, written before it is connected, and sends it whole", () =>
    Effect.gen(function* () {
      const { path, received } = yield* echo
      const connection = pgliteConnection(path)
      connection.write(Buffer.from(cancelRequest, "hex"))
      yield* Effect.promise(() => once(connection, "close"))
      yield* Effect.promise(async () => {
        while (received.length === 0) await new Promise(setImmediate)
      })
      assert.deepStrictEqual(received, [cancelRequest])
    })
  )

  it.live("stays open for any other message, even one of 16 bytes", () =>
    Effect.gen(function* () {
      const { path, received } = yield* echo
      const connection = pgliteConnection(path)
      for (const message of ["510000000f53454c4543542031000000", "0000000804d2162f"]) {
        connection.write(Buffer.from(message, "hex"))
        const [answer] = yield* Effect.promise(() => once(connection, "data"))
        assert.strictEqual(answer.toString("hex"), message)
      }
      assert.strictEqual(received.length, 2)
      assert.isTrue(connection.writable)
      connection.destroy()
    })
  )

  it.live(
    "SPEC 9.4: an interrupted statement undoes its transaction and leaves the database to the next one",
    () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        yield* sql`CREATE TABLE interrupted (n INT)`
        for (let turns = 0; turns < 6; turns++) {
          const work = yield* Effect.forkChild(
            sql.withTransaction(
              Effect.andThen(
                sql`INSERT INTO interrupted VALUES (${turns})`,
                sql`SELECT count(*) FROM generate_series(1, 300000)`.pipe(Effect.andThen(Effect.never))
              )
            )
          )
          // Each round interrupts it elsewhere: before, while and after a statement is under way.
          for (let turn = 0; turn < turns * 2; turn++) yield* Effect.promise(() => new Promise(setImmediate))
          yield* Fiber.interrupt(work)
          assert.deepStrictEqual(yield* sql`SELECT count(*)::int AS n FROM interrupted`, [{ n: 0 }])
        }
      }).pipe(
        Effect.provide(
          Database.pipe(Layer.provide([DatabaseStatusRef, SettingsTest({ database: { dataDir: "memory://" } })]))
        )
      ),
    20_000
  )
})
