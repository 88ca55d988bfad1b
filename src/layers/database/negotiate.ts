import { readFileSync } from "node:fs"
import { connect, isIP, type Socket } from "node:net"
import { connect as connectTls, type ConnectionOptions, getCACertificates } from "node:tls"

import { Redacted } from "effect"

import type { DatabaseServer, DatabaseTls } from "../settings/databaseUrl.ts"

/** One way to a server: a host, with or without TLS. */
export interface Approach {
  readonly host: string
  readonly port: number
  readonly tls?: DatabaseTls
  /** The connection continues in plain text if the server has no TLS. */
  readonly optional: boolean
}

/** The ways to each host in the order in which libpq tries them. */
export const approachesOf = ({ hosts, tls }: DatabaseServer): ReadonlyArray<ReadonlyArray<Approach>> =>
  hosts.map(({ host, port }) => {
    const plain: Approach = { host, port, optional: false }
    const encrypted: Approach = { host, port, tls, optional: tls.mode === "prefer" }
    // libpq encrypts nothing on a Unix socket, whatever the mode is.
    if (tls.mode === "disable" || host.startsWith("/")) return [plain]
    if (tls.mode === "allow") return [plain, encrypted]
    return tls.mode === "prefer" ? [encrypted, plain] : [encrypted]
  })

const read = (file: string | undefined) => (file === undefined ? undefined : readFileSync(file))

/** What the mode verifies. As for libpq, a root certificate makes every mode verify by it. */
const tlsOptions = ({ certificate, key, mode, passphrase, rootCertificate }: DatabaseTls, host: string) => {
  const isVerified = mode === "verify-ca" || mode === "verify-full" || rootCertificate !== undefined
  const ca =
    rootCertificate === "system"
      ? [...getCACertificates("default"), ...getCACertificates("system")]
      : read(rootCertificate)
  const options: ConnectionOptions = {
    host,
    // An IP address must not be sent as a server name. The certificate is still verified against it.
    ...(isIP(host) === 0 && { servername: host }),
    rejectUnauthorized: isVerified,
    ...(mode !== "verify-full" && { checkServerIdentity: () => undefined }),
    ...(ca !== undefined && { ca }),
    ...(certificate !== undefined && { cert: read(certificate) }),
    ...(key !== undefined && { key: read(key) }),
    ...(passphrase !== undefined && { passphrase: Redacted.value(passphrase) })
  }
  return options
}

/** Asks for TLS (PostgreSQL "SSL Session Encryption"). */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])
const [YES, NO] = [0x53, 0x4e]

type Opened = (failure: Error | undefined, socket?: Socket) => void

/**
 * Opens a connection by this approach, with TLS if it has it. Destroys it after `silence` milliseconds without a byte
 * in either direction. Calls `opened` once. Returns a function that abandons it.
 */
export const negotiate = (
  { host, optional, port, tls }: Approach,
  { reason, silence }: { readonly silence: number; readonly reason: string },
  opened: Opened
): (() => void) => {
  let current: Socket = host.startsWith("/")
    ? connect({ path: `${host}/.s.PGSQL.${port}` })
    : connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 10_000 })
  const fail = (failure: Error) => {
    unwatch(current)
      .on("error", () => {})
      .destroy()
    opened(failure)
  }
  const onClose = () => fail(new Error("the server closed the connection"))
  const watch = (socket: Socket) => {
    current = socket.once("error", fail).once("close", onClose)
    socket.setTimeout(silence, () => socket.destroy(new Error(reason)))
  }
  const unwatch = (socket: Socket) => socket.off("error", fail).off("close", onClose)
  const end = (socket: Socket) => {
    unwatch(socket)
    opened(undefined, socket)
  }
  const encrypt = (plain: Socket, settings: DatabaseTls) => {
    unwatch(plain).setTimeout(0)
    try {
      watch(connectTls({ ...tlsOptions(settings, host), socket: plain }))
    } catch (failure) {
      return fail(failure instanceof Error ? failure : new Error(String(failure)))
    }
    current.once("secureConnect", () => end(current))
  }
  watch(current)
  current.once("connect", () => {
    const plain = current
    if (tls === undefined) return end(plain)
    plain.write(SSL_REQUEST)
    plain.once("data", (answer: Buffer) => {
      plain.pause()
      // Further bytes may have been injected by a third party before the encryption begins.
      if (answer.length === 1 && answer[0] === YES) return encrypt(plain, tls)
      if (answer.length === 1 && answer[0] === NO && optional) return end(plain)
      fail(new Error(answer[0] === NO ? "the server does not support TLS" : "the server refused to negotiate TLS"))
    })
  })
  return () =>
    void unwatch(current)
      .on("error", () => {})
      .destroy()
}
