import { connect, createServer, type Socket } from "node:net"

import { Effect } from "effect"

/**
 * What becomes of the connections that a silence met. `late`: what was sent meanwhile arrives late, as packets do that were sent
 * again. `dead`: Postgres has given them up, and this side never hears of it, as behind a firewall that has forgotten them.
 */
export type Afterwards = "late" | "dead"

interface Pair {
  readonly client: Socket
  readonly server: Socket
}

/** A way to a port of this machine that can go silent: connections stay open, new ones are accepted, no byte goes through. */
export const silentProxy = Effect.fnUntraced(function* (target: number) {
  const pairs = new Set<Pair>()
  let silent = false

  const unite = ({ client, server }: Pair) => {
    client.pipe(server)
    server.pipe(client)
  }
  const part = ({ client, server }: Pair) => {
    client.unpipe(server).pause()
    server.unpipe(client).pause()
  }
  const listener = createServer((client) => {
    const pair = { client, server: connect(target, "127.0.0.1") }
    pairs.add(pair)
    const hangUp = () => {
      pairs.delete(pair)
      client.destroy()
      pair.server.destroy()
    }
    client.on("error", hangUp).on("close", hangUp)
    // A connection that is given up on the far side only is never heard of on this one.
    pair.server.on("error", hangUp).on("end", hangUp)
    if (!silent) unite(pair)
  })
  const port = yield* Effect.acquireRelease(
    Effect.callback<number>((resume) => {
      listener.listen(0, "127.0.0.1", () => {
        const address = listener.address()
        resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
      })
    }),
    () =>
      Effect.sync(() => {
        listener.close()
        for (const { client, server } of pairs) {
          client.destroy()
          server.destroy()
        }
      })
  )
  return {
    port,
    silence: Effect.sync(() => {
      silent = true
      pairs.forEach(part)
    }),
    heal: (afterwards: Afterwards) =>
      Effect.sync(() => {
        silent = false
        pairs.forEach((pair) => (afterwards === "late" ? unite(pair) : pair.server.destroy()))
      })
  }
})
