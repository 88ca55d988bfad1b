import { createServer } from "node:net"

import { Effect } from "effect"

/** Below the ports of outgoing connections, so the port of a stopped server is still free when the server starts again. */
const [lowest, highest] = [20_000, 32_000]

const isFree = (port: number) =>
  Effect.callback<boolean>((resume) => {
    const server = createServer()
    server.once("error", () => resume(Effect.succeed(false)))
    server.listen(port, "127.0.0.1", () => server.close(() => resume(Effect.succeed(true))))
  })

/** The first of `count` consecutive free ports. It is random, because other runs on this machine look for ports too. */
export const freePorts = Effect.fnUntraced(function* (count: number): Effect.fn.Return<number> {
  for (;;) {
    const first = lowest + Math.floor(Math.random() * (highest - lowest))
    const row = yield* Effect.forEach(Array.from({ length: count }), (_, at) => isFree(first + at))
    if (!row.includes(false)) return first
  }
})

export const freePort = freePorts(1)
