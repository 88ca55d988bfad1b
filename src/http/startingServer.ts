import { createServer, type RequestListener, type Server } from "node:http"

const part = { ready: false, detail: "the service is starting" }

const starting = {
  ready: false,
  parts: { database: part, kafka: part, topics: part, servicenow: part },
  breakers: {}
}

/** By the path of the request. */
const answers: Readonly<Record<string, readonly [status: number, body: object]>> = {
  "/health/live": [200, { live: true }],
  "/health/ready": [503, starting]
}

const answer: RequestListener = ({ url }, response) => {
  const [status, body] = answers[url ?? ""] ?? [503, { error: "the service is starting" }]
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" })
  response.end(JSON.stringify(body))
}

/**
 * Creates an HTTP server that answers as a starting service until it gets its own listener. The port opens before the
 * routes are built, and Node does not answer requests without a listener, so a probe during that time would hang.
 */
export const startingServer = (): Server => {
  const server = createServer()
  server.on("request", answer)
  server.on("newListener", (event, listener) => {
    if (event === "request" && listener !== answer) server.off("request", answer)
  })
  return server
}
