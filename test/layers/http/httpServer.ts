import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http"
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net"

import { Effect, Layer } from "effect"

import { HttpUndici } from "../../../src/layers/http/HttpUndici.ts"
import { SettingsTest } from "../../support/settings.ts"

const listening = (server: Server) =>
  Effect.callback<string>((resume) => {
    server.listen(0, "127.0.0.1", () => {
      resume(Effect.succeed(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
    })
  })

const stopped = (server: Server) =>
  Effect.callback<void>((resume) => {
    if ("closeAllConnections" in server && typeof server.closeAllConnections === "function")
      server.closeAllConnections()
    server.close(() => resume(Effect.void))
  })

/** An HTTP server on loopback, for the scope. Returns its origin. */
export const httpServer = (answer: (request: IncomingMessage, response: ServerResponse) => void) => {
  const server = createServer(answer satisfies RequestListener)
  return Effect.acquireRelease(listening(server), () => stopped(server))
}

/** A server without HTTP. `onSocket` decides what it does. */
export const tcpServer = (onSocket: (socket: Socket) => void) => {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on("error", () => sockets.delete(socket))
    onSocket(socket)
  })
  return Effect.acquireRelease(listening(server), () =>
    Effect.suspend(() => {
      for (const socket of sockets) socket.destroy()
      return stopped(server)
    })
  )
}

/** The origin of a port without a listener. */
export const nobody = Effect.scoped(httpServer(() => {}))

/** `HttpUndici` without a proxy. */
export const HttpOwn = Layer.provide(HttpUndici, SettingsTest())
