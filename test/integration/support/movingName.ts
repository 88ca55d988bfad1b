import { connect, createServer, type Socket } from "node:net"

import { Effect } from "effect"

/**
 * A name that leads to one port of this machine after the other, as a virtual address or a load balancer does. When the name
 * moves, open connections stay where they are. `cut` ends all of them.
 */
export const movingName = Effect.fnUntraced(function* (first: number) {
  const open = new Set<Socket>()
  let target = first
  const listener = createServer((client) => {
    const server = connect(target, "127.0.0.1")
    const hangUp = () => {
      open.delete(client)
      client.destroy()
      server.destroy()
    }
    open.add(client)
    client.on("error", hangUp).on("close", hangUp)
    server.on("error", hangUp).on("close", hangUp)
    client.pipe(server)
    server.pipe(client)
  })
  const cut = Effect.sync(() => open.forEach((client) => client.destroy()))
  const port = yield* Effect.acquireRelease(
    Effect.callback<number>((resume) => {
      listener.listen(0, "127.0.0.1", () => {
        const address = listener.address()
        resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
      })
    }),
    () =>
      Effect.andThen(
        cut,
        Effect.sync(() => listener.close())
      )
  )
  return { port, cut, lead: (next: number) => Effect.sync(() => void (target = next)) }
})
