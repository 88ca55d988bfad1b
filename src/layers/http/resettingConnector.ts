import type { Socket } from "node:net"

import { buildConnector } from "undici"

/**
 * Milliseconds of undici's own limit for each step of connecting. An exchange gives up earlier, but its connection may
 * still be on its way then.
 */
const limit = 10_000

/** How undici says that a connection has no request on it: it was idle, or its last answer is complete. */
const nothingOpen = new Set(["socket idle timeout", "reset"])

/**
 * Makes `destroy` reset the connection while a request is open on it. Otherwise the kernel would still deliver the
 * bytes of a request that was given up. TLS cannot be reset itself, so `tcp` is the connection below it, whose end ends
 * `socket` with the same reason.
 */
const resetWhenGivenUp = <S extends Socket>(socket: S, tcp: Socket): S => {
  const destroy = socket.destroy.bind(socket)
  let reason: Error | undefined
  let reset = false
  socket.destroy = (error) => {
    reason ??= error
    if (reset || (error !== undefined && nothingOpen.has(error.message))) return destroy(reason)
    reset = true
    tcp.resetAndDestroy()
    return socket
  }
  return socket
}

const connector = buildConnector({ timeout: limit, allowH2: false })

/**
 * Connects for undici, over TCP first and then over TLS where the protocol asks for it. When a request is given up, its
 * connection is reset: what the kernel holds of it is never sent (SPEC 4.3, 5.3).
 */
export const resettingConnector: buildConnector.connector = (options, callback) => {
  const { servername: _, ...plain } = options
  const secure = options.protocol === "https:"
  const port = options.port || (secure ? "443" : "80")
  connector({ ...plain, protocol: "http:", port }, (failure, tcp) => {
    if (failure !== null) return callback(failure, null)
    if (!secure) return callback(null, resetWhenGivenUp(tcp, tcp))
    connector({ ...options, httpSocket: tcp }, (refusal, encrypted) => {
      if (refusal === null) return callback(null, resetWhenGivenUp(encrypted, tcp))
      tcp.destroy()
      callback(refusal, null)
    })
  })
}
