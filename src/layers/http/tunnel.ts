import { request } from "node:http"
import type { Socket } from "node:net"

import { proxyAuthorization } from "../../domain/values/proxyFor.ts"

/** Milliseconds for the proxy's answer. */
const limit = 10_000

/**
 * Asks the proxy at the other end of `connection` for a tunnel to `target` (`host:port`). Nothing of a request has left
 * before the tunnel stands, so a failure means that the request was never sent.
 */
export const openTunnel = (connection: Socket, proxy: URL, target: string, opened: (refusal?: Error) => void): void => {
  const authorization = proxyAuthorization(proxy)
  const fail = (reason: string) => opened(new Error(`the proxy ${proxy.host} ${reason}`))
  const asked = request({
    method: "CONNECT",
    path: target,
    headers: { host: target, ...(authorization !== undefined && { "proxy-authorization": authorization }) },
    createConnection: () => connection,
    timeout: limit
  })
  asked.once("connect", ({ statusCode }, socket, head) => {
    if (statusCode !== 200) return fail(`refused the tunnel to ${target} (${statusCode})`)
    socket.setTimeout(0).removeAllListeners("timeout")
    if (head.length > 0) socket.unshift(head)
    opened()
  })
  // Any answer but 200 may also come as an ordinary response.
  asked.once("response", ({ statusCode }) => fail(`refused the tunnel to ${target} (${statusCode})`))
  asked.once("timeout", () => fail("does not answer"))
  asked.once("error", ({ message }) => fail(`ended the connection: ${message}`))
  asked.end()
}
