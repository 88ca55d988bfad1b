import { createServer, type RequestListener, type Server } from "node:http"

const answer = JSON.stringify({ error: "the service is starting" })

const refuse: RequestListener = (_, response) => {
  response.writeHead(503, { "content-type": "application/json", "cache-control": "no-store", "retry-after": "1" })
  response.end(answer)
}

/**
 * Creates an HTTP server that answers 503 until it gets a listener of its own. The port is taken before the routes are built,
 * and Node never answers a request that nobody listens for: a probe of that moment would hang.
 */
export const startingServer = (): Server => {
  const server = createServer()
  server.on("request", refuse)
  server.on("newListener", (event, listener) => {
    if (event === "request" && listener !== refuse) server.off("request", refuse)
  })
  return server
}
