import { createServer, type AddressInfo } from "node:net"

import { assert, it } from "@effect/vitest"
import { Effect, Logger, Redacted } from "effect"

import { describeSqlError } from "../../../src/layers/database/availability.ts"
import { withSessionSettings } from "../../../src/layers/database/sessionSettings.ts"

/** A server that refuses each session with this SQLSTATE. */
const refusing = (state: string) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<ReturnType<typeof createServer>>((resume) => {
        const fields = Buffer.from(`SFATAL\0C${state}\0Munsupported startup parameter\0\0`)
        const head = Buffer.alloc(5, "E")
        head.writeInt32BE(fields.length + 4, 1)
        const server = createServer((socket) => {
          socket.on("error", () => {})
          socket.once("data", () => socket.end(Buffer.concat([head, fields])))
        }).listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) => Effect.sync(() => server.close())
    ),
    (server) => ({ url: Redacted.make(`postgres://u@127.0.0.1:${(server.address() as AddressInfo).port}/d`) })
  )

it.live("SPEC 9.1: behind a pooler that refuses the settings the service goes without them, and says so", () =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const logger = Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))])
    const pool = yield* refusing("08P01")
    assert.deepStrictEqual(yield* Effect.provide(withSessionSettings(pool), logger), pool)
    assert.deepStrictEqual(lines, [
      "pooler refuses statement_timeout: a timed-out statement may keep running in the database"
    ])
  })
)

it.live("SPEC 9.1: any other refusal is a failure", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(withSessionSettings(yield* refusing("57P03")))
    assert.strictEqual(describeSqlError(error), "57P03 unsupported startup parameter")
  })
)
