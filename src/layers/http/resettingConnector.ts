import type { Socket } from "node:net"

import { buildConnector } from "undici"

import { openTunnel } from "./tunnel.ts"

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

type Options = buildConnector.Options
type Callback = Parameters<buildConnector.connector>[1]

const portOf = ({ port, protocol }: Options): string => port || (protocol === "https:" ? "443" : "80")

/** Continues over TLS if the protocol requires it. */
const encrypt = (options: Options, tcp: Socket, callback: Callback): void => {
  if (options.protocol !== "https:") return callback(null, resetWhenGivenUp(tcp, tcp))
  connector({ ...options, port: portOf(options), httpSocket: tcp }, (refusal, encrypted) => {
    if (refusal === null) return callback(null, resetWhenGivenUp(encrypted, tcp))
    tcp.destroy()
    callback(refusal, null)
  })
}

/** Connects over TCP to a proxy, and through it to the target. */
const connectThrough = (proxy: URL, target: string, callback: Callback): void => {
  const hostname = proxy.hostname.replace(/^\[(.*)\]$/, "$1")
  connector({ hostname, host: proxy.host, protocol: "http:", port: proxy.port || "80" }, (failure, tcp) => {
    if (failure !== null) return callback(failure, null)
    openTunnel(tcp, proxy, target, (refusal) => {
      if (refusal === undefined) return callback(null, tcp)
      tcp.destroy()
      callback(refusal, null)
    })
  })
}

/**
 * Connects for undici, over TCP first and then over TLS if the protocol requires it. When a request is given up, its
 * connection is reset, so the kernel never sends what it still holds of it (SPEC 4.3, 5.3). `proxyOf` names the proxy
 * through which an https origin is reached.
 */
export const resettingConnector =
  (proxyOf: (origin: string) => URL | undefined): buildConnector.connector =>
  (options, callback) => {
    const proxy = options.protocol === "https:" ? proxyOf(`https://${options.host}`) : undefined
    const connected: Callback = (failure, tcp) => {
      if (failure !== null) return callback(failure, null)
      encrypt(options, tcp, callback)
    }
    if (proxy !== undefined) {
      return connectThrough(proxy, options.port === "" ? `${options.host}:443` : `${options.host}`, connected)
    }
    const { servername: _, ...plain } = options
    connector({ ...plain, protocol: "http:", port: portOf(options) }, connected)
  }
