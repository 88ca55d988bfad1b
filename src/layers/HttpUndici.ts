import { Effect, Layer } from "effect"
import { Agent } from "undici"

import { Http } from "../services/Http.ts"
import { exchange } from "./http/exchange.ts"

/**
 * `idle`: a socket is given up before common servers close it (Node after 5 s, load balancers after 60 s), and undici
 * looks at it once more before it writes. What remains is a server that closes while the request is on its way: that
 * is a `ConnectionLost` like any other, since nobody can tell it from a lost answer.
 */
const idle = 4000

const open = Effect.sync(
  () =>
    new Agent({
      // HTTP/2 sends a request again by itself after GOAWAY; one exchange must be one request.
      allowH2: false,
      pipelining: 1,
      keepAliveTimeout: idle,
      keepAliveMaxTimeout: idle,
      // The exchange has timers of its own, which tell connecting from answering.
      connect: { timeout: 10_000 },
      headersTimeout: 0,
      bodyTimeout: 0
    })
)

/** `Http` on undici: connections are kept alive per origin and closed with the scope; nothing global is touched. */
export const HttpUndici = Layer.effect(
  Http,
  Effect.map(
    Effect.acquireRelease(open, (agent) => Effect.promise(() => agent.destroy())),
    (agent) => Http.of({ send: (request) => exchange(agent, request) })
  )
)
