import { connect, createServer, type Socket } from "node:net"

import { Effect } from "effect"

/**
 * What happens to the connections that were open during a silence. `late`: the bytes sent meanwhile arrive late, like
 * retransmitted packets. `dead`: Postgres has closed them, and this side is not notified, as behind a firewall that has
 * dropped them.
 */
export type Afterwards = "late" | "dead"

interface Pair {
  readonly client: Socket
  readonly server: Socket
}

/** A proxy to a port of this machine that can go silent: connections stay open, new ones are accepted, but no byte passes. */
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
    // If only the far side closes a connection, this side is not notified.
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
