import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

import { Data, Effect, Exit, type Scope } from "effect"

import type { SimAnswer, SimRequest, Simulator } from "./Simulator.ts"

export class CannotListen extends Data.TaggedError("CannotListen")<{
  readonly host: string
  readonly port: number
  readonly detail: string
}> {
  override get message() {
    return `cannot listen on ${this.host}:${this.port}: ${this.detail}`
  }
}

const maxBody = 8 * 1024 * 1024

const headersOf = (message: IncomingMessage): Record<string, string> => {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value
  }
  return headers
}

const requestOf = (message: IncomingMessage, body: string): SimRequest => {
  const [path = "/", ...query] = (message.url ?? "/").split("?")
  return {
    method: message.method ?? "GET",
    path,
    query: new URLSearchParams(query.join("?")),
    headers: headersOf(message),
    body
  }
}

const show = (answer: SimAnswer, message: IncomingMessage, response: ServerResponse) => {
  switch (answer) {
    case "hang":
      return
    case "drop":
      message.socket.destroy()
      return
    case "refuse":
      // The connection exists already, so a reset is the nearest thing. In process it is a refused connection.
      message.socket.resetAndDestroy()
      return
    default:
      response.writeHead(answer.status, { ...answer.headers, "content-length": Buffer.byteLength(answer.body) })
      response.end(answer.body)
  }
}

const listen = (server: Server, host: string, port: number) =>
  Effect.callback<number, CannotListen>((resume) => {
    const failed = (error: Error) => resume(Effect.fail(new CannotListen({ host, port, detail: error.message })))
    server.once("error", failed)
    server.listen(port, host, () => {
      server.off("error", failed)
      resume(Effect.succeed((server.address() as AddressInfo).port))
    })
  })

/**
 * Serves a simulator over HTTP/1.1 until the scope closes. That cuts every connection, even hanging ones. Port 0 takes
 * a free one. A request is carried out even if its client goes away.
 */
export const serveSimulator = Effect.fnUntraced(function* (
  simulator: Simulator,
  options: { readonly port: number; readonly host?: string }
): Effect.fn.Return<{ readonly url: string }, CannotListen, Scope.Scope> {
  const { host = "127.0.0.1", port } = options
  const runFork = Effect.runForkWith(yield* Effect.context())
  const server = createServer({ keepAliveTimeout: 75_000, requestTimeout: 0 }, (message, response) => {
    const chunks: Array<Buffer> = []
    let size = 0
    message.on("data", (chunk: Buffer) => {
      size += chunk.length
      if (size > maxBody) message.socket.destroy()
      else chunks.push(chunk)
    })
    message.on("error", () => {})
    message.on("end", () => {
      const request = requestOf(message, Buffer.concat(chunks).toString("utf8"))
      runFork(simulator.handle(request)).addObserver((exit) => {
        if (Exit.isSuccess(exit)) return show(exit.value, message, response)
        show({ status: 500, headers: { "content-type": "text/plain" }, body: String(exit.cause) }, message, response)
      })
    })
  })
  yield* Effect.addFinalizer(() =>
    Effect.callback<void>((resume) => {
      server.close(() => resume(Effect.void))
      server.closeAllConnections()
    })
  )
  const bound = yield* listen(server, host, port)
  return { url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}` }
})
