import { connect, type Socket } from "node:net"

import { Duration } from "effect"

interface Address {
  readonly host: string
  readonly port: number
}

/** The address that the driver would use. Parameters of the URL win over its authority, as in libpq. */
const addressOf = (url: URL): Address => ({
  host: url.searchParams.get("host") ?? (decodeURIComponent(url.hostname.replace(/^\[(.*)\]$/, "$1")) || "localhost"),
  port: Number(url.searchParams.get("port") ?? url.port) || 5432
})

const opened = ({ host, port }: Address): Socket =>
  host.startsWith("/")
    ? connect({ path: `${host}/.s.PGSQL.${port}` })
    : connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 10_000 })

/**
 * Makes connections to the server of `url`, for PgClient's `stream`. A connection is destroyed after `silence` without a
 * byte in either direction. This ends every statement on it, also those that cannot be interrupted (`BEGIN`, `COMMIT`,
 * `ROLLBACK`). An idle connection is closed, too, and the pool opens another one. Returns `undefined` for an invalid URL,
 * which the driver reports better.
 */
export const postgresSocket = (url: string, silence: Duration.Input): (() => Socket) | undefined => {
  const parsed = URL.parse(url)
  if (parsed === null) return undefined
  const address = addressOf(parsed)
  const limit = Duration.fromInputUnsafe(silence)
  const reason = `no answer within ${Duration.toSeconds(limit)} seconds`
  return () => {
    const socket = opened(address)
    socket.setTimeout(Duration.toMillis(limit), () => socket.destroy(new Error(reason)))
    return socket
  }
}
