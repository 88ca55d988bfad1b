import type { PgClientConfig } from "@effect/sql-pg/PgClient"
import { Duration, type Redacted, Redacted as Secret } from "effect"

import { readDatabaseUrl } from "../settings/databaseUrl.ts"
import { approachesOf } from "./negotiate.ts"
import { type Route, ServerStream } from "./ServerStream.ts"

/** How to reach the server of a `DATABASE_URL`. All connections of the process begin here. */
interface DatabaseAccess {
  /** Hosts and database, the parts of the URL that a log may contain. */
  readonly place: string
  /** Makes the configuration of a connection that is destroyed after `silence` without a byte in either direction. */
  readonly config: (silence: Duration.Input, purpose?: string) => PgClientConfig
}

const shownHost = ({ host, port }: { readonly host: string; readonly port: number }): string =>
  host.startsWith("/") ? host : `${host.includes(":") ? `[${host}]` : host}:${port}`

/** Reads the URL, which the settings have accepted. */
export const databaseAccess = (url: Redacted.Redacted): DatabaseAccess => {
  const reading = readDatabaseUrl(Secret.value(url))
  if ("problems" in reading) throw new Error(`DATABASE_URL: ${reading.problems.join("; ")}`)
  const { server } = reading
  const route: Route = { hosts: approachesOf(server), next: 0 }
  const config: DatabaseAccess["config"] = (silence, purpose) => {
    const limit = Duration.fromInputUnsafe(silence)
    const limits = {
      silence: Duration.toMillis(limit),
      reason: `no answer within ${Duration.toSeconds(limit)} seconds`
    }
    return {
      // For spans. The stream decides which host it reaches.
      host: server.hosts[0].host,
      port: server.hosts[0].port,
      username: server.username,
      ...(server.password !== undefined && { password: server.password }),
      database: server.database,
      ...(server.options !== undefined && { startupOptions: server.options }),
      applicationName: purpose === undefined ? server.applicationName : `${server.applicationName} ${purpose}`,
      connectTimeout: Duration.seconds(server.connectTimeout),
      maxMessageSize: 1_073_741_824,
      stream: () => new ServerStream(route, limits)
    }
  }
  return { place: `${server.hosts.map(shownHost).join(",")}/${server.database}`, config }
}
