import { isIPv4, isIPv6 } from "node:net"
import { userInfo } from "node:os"

import { Redacted } from "effect"

const sslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const

interface DatabaseHost {
  /** A name, an address, or the directory of a Unix socket. */
  readonly host: string
  readonly port: number
}

/** How connections are encrypted and what is verified, by libpq's names. The files are read for each connection. */
export interface DatabaseTls {
  readonly mode: (typeof sslModes)[number]
  /** A file, or `system` for the roots of Node and of the system. */
  readonly rootCertificate?: string
  readonly certificate?: string
  readonly key?: string
  readonly passphrase?: Redacted.Redacted
}

/** What a `DATABASE_URL` says. */
export interface DatabaseServer {
  readonly hosts: readonly [DatabaseHost, ...ReadonlyArray<DatabaseHost>]
  readonly username: string
  readonly password?: Redacted.Redacted
  readonly database: string
  readonly options?: string
  readonly applicationName: string
  /** Seconds for one attempt. */
  readonly connectTimeout: number
  readonly tls: DatabaseTls
}

/** The URL's problems, none of which contains a secret; or its meaning, and what to warn about. */
export type DatabaseUrlReading =
  | { readonly problems: ReadonlyArray<string> }
  | { readonly server: DatabaseServer; readonly warnings: ReadonlyArray<string> }

/** The parameters, with their supported values. */
const choices: Readonly<Record<string, ReadonlyArray<string>>> = {
  sslmode: sslModes,
  ssl: ["true", "false"],
  // Every connection has to write.
  target_session_attrs: ["any", "read-write", "primary"],
  // What the driver cannot do may be left out, but not required.
  channel_binding: ["disable", "prefer"],
  gssencmode: ["disable", "prefer"],
  load_balance_hosts: ["disable"],
  client_encoding: ["UTF8", "utf8", "UTF-8", "utf-8", "auto"]
}
const texts = [
  "host",
  "port",
  "user",
  "password",
  "dbname",
  "application_name",
  "fallback_application_name",
  "options",
  "connect_timeout",
  "sslrootcert",
  "sslcert",
  "sslkey",
  "sslpassword"
]
const known = [...texts, ...Object.keys(choices)]

const scheme = /^postgres(?:ql)?:\/\//i

/** Returns undefined for a `%` without two hexadecimal digits, bytes that are not UTF-8, and NUL. */
const decoded = (text: string): string | undefined => {
  try {
    const plain = decodeURIComponent(text)
    return plain.includes("\0") ? undefined : plain
  } catch {
    return undefined
  }
}

/** The parts before their percent-encoding is undone, as libpq splits them. */
const split = (text: string) => {
  const rest = text.replace(scheme, "")
  const userinfo = /^([^@/]*)@/.exec(rest)?.[1]
  const afterUser = userinfo === undefined ? rest : rest.slice(userinfo.length + 1)
  const [, hosts = "", database = "", query = ""] = /^([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(afterUser) ?? []
  const colon = userinfo?.indexOf(":") ?? -1
  return {
    username: colon === -1 ? userinfo : userinfo?.slice(0, colon),
    password: colon === -1 ? undefined : userinfo?.slice(colon + 1),
    hosts: hosts === "" ? [] : hosts.split(","),
    database,
    query: query.split("&").filter((pair) => pair !== "")
  }
}

/** Collects the parameters. A name is quoted only where it cannot be a part of a secret. */
const readQuery = (query: ReadonlyArray<string>, problems: Array<string>) => {
  const found = new Map<string, string>()
  for (const pair of query) {
    const at = pair.indexOf("=")
    const name = at === -1 ? pair : pair.slice(0, at)
    const written = pair.slice(name.length + 1)
    const value = decoded(name === "options" ? written.replaceAll("+", " ") : written)
    const allowed = choices[name]
    if (!known.includes(name)) {
      const shown = /^[a-z][a-z0-9_]{0,40}$/i.test(name) ? `the parameter ${name}` : "a parameter that is not shown"
      problems.push(`${shown} is not known, expected one of ${known.toSorted().join(", ")}`)
    } else if (found.has(name)) {
      problems.push(`the parameter ${name} is given twice`)
    } else if (value === undefined) {
      problems.push(`${name}: wrong percent-encoding`)
    } else if (allowed !== undefined && !allowed.includes(value)) {
      const shown = /^[\w-]{1,30}$/.test(value) ? value : "a value that is not shown"
      problems.push(`${name}: read ${shown}, expected ${allowed.join(" | ")}`)
    }
    found.set(name, value ?? "")
  }
  return found
}

const encode = "(in a user or password / ? # @ : and % have to be percent-encoded)"

const portOf = (text: string, problems: Array<string>): number => {
  const port = text === "" ? 5432 : /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (port < 1 || port > 65_535) problems.push(`a port is not a number from 1 to 65535 ${encode}`)
  return port
}

const isHost = (host: string): boolean =>
  host.startsWith("/") || isIPv4(host) || isIPv6(host) || /^[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_.])?$/i.test(host)

/** `name:port`, `[address]:port`, or an encoded directory. */
const splitHost = (text: string) => {
  const [, bracketed, name = "", port = ""] = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/s.exec(text) ?? [
    "",
    undefined,
    " ",
    ""
  ]
  return { host: bracketed ?? name, port, bracketed: bracketed !== undefined }
}

const readHosts = (
  authority: ReadonlyArray<string>,
  query: ReadonlyMap<string, string>,
  problems: Array<string>
): DatabaseServer["hosts"] => {
  const written = authority.map(splitHost)
  const names = query.get("host")?.split(",") ?? written.map(({ host }) => decoded(host) ?? " ")
  const ports = query.get("port")?.split(",") ?? (written.length > 0 ? written.map(({ port }) => port) : [""])
  if (written.some(({ bracketed, host }) => bracketed && !isIPv6(host))) {
    problems.push("a host in brackets is not an IPv6 address")
  }
  if (ports.length > 1 && ports.length !== names.length) {
    problems.push(`read ${names.length} hosts and ${ports.length} ports, expected one port, or as many as hosts`)
  }
  const numbers = ports.map((port) => portOf(port, problems))
  const hosts = (names.length === 0 ? [""] : names).map((name, index) => {
    const host = name === "" ? "localhost" : name
    if (!isHost(host)) problems.push(`a host is neither a name, an address nor a directory ${encode}`)
    return { host, port: (numbers.length === 1 ? numbers[0] : numbers[index]) ?? 5432 }
  })
  const [first = { host: "localhost", port: 5432 }, ...others] = hosts
  return [first, ...others]
}

const modeOf = (query: ReadonlyMap<string, string>, problems: Array<string>): DatabaseTls["mode"] => {
  const ssl = { true: "verify-full", false: "disable" } as const
  const bySsl = Object.entries(ssl).find(([value]) => value === query.get("ssl"))?.[1]
  const mode = sslModes.find((one) => one === query.get("sslmode"))
  if (bySsl !== undefined && mode !== undefined && bySsl !== mode) {
    problems.push(`ssl=${query.get("ssl")} means sslmode=${bySsl}, and sslmode is ${mode}: expected one of the two`)
  }
  return mode ?? bySsl ?? (query.get("sslrootcert") === "system" ? "verify-full" : "prefer")
}

const readTls = (query: ReadonlyMap<string, string>, problems: Array<string>): DatabaseTls => {
  const mode = modeOf(query, problems)
  const of = (name: string) => (query.get(name) === "" ? undefined : query.get(name))
  const [rootCertificate, certificate, key, passphrase] = [
    of("sslrootcert"),
    of("sslcert"),
    of("sslkey"),
    of("sslpassword")
  ]
  if (rootCertificate === "system" && mode !== "verify-full") {
    problems.push(`sslrootcert=system is too weak with sslmode=${mode}, expected sslmode=verify-full`)
  }
  if ((certificate === undefined) !== (key === undefined)) {
    problems.push("sslcert, sslkey: read only one of the two, expected both or none")
  }
  return {
    mode,
    ...(rootCertificate !== undefined && { rootCertificate }),
    ...(certificate !== undefined && { certificate }),
    ...(key !== undefined && { key }),
    ...(passphrase !== undefined && { passphrase: Redacted.make(passphrase) })
  }
}

const warningsOf = ({ hosts, tls }: DatabaseServer): ReadonlyArray<string> =>
  tls.mode === "require" && tls.rootCertificate === undefined && hosts.some(({ host }) => !host.startsWith("/"))
    ? [
        "sslmode=require without sslrootcert encrypts, but anybody in between can pretend to be the server: " +
          "use sslmode=verify-full"
      ]
    : []

/** Returns undefined for a user id without a name, as containers have. */
const systemUser = (): string | undefined => {
  try {
    return userInfo().username
  } catch {
    return undefined
  }
}

/**
 * Reads a `DATABASE_URL` as libpq does, strictly: anything unknown, given twice or not supported is a problem. A URL
 * without a user means `defaultUser`.
 */
export const readDatabaseUrl = (text: string, defaultUser = systemUser()): DatabaseUrlReading => {
  if (!scheme.test(text)) {
    return { problems: ["read a value that is not shown, expected a postgres:// or postgresql:// URL"] }
  }
  const problems: Array<string> = []
  const parts = split(text)
  const query = readQuery(parts.query, problems)
  const part = (name: string, encoded: string | undefined): string | undefined => {
    const plain = encoded === undefined ? undefined : decoded(encoded)
    if (plain === undefined && encoded !== undefined) problems.push(`${name}: wrong percent-encoding`)
    return plain === "" ? undefined : plain
  }
  const hosts = readHosts(parts.hosts, query, problems)
  const username = query.get("user") ?? part("the user", parts.username) ?? defaultUser
  if (username === undefined || username === "") problems.push("the user is missing")
  const password = query.get("password") ?? part("the password", parts.password)
  const database = query.get("dbname") ?? part("the database", parts.database) ?? username ?? ""
  const options = query.get("options")
  const timeout = query.get("connect_timeout") ?? "5"
  if (!/^[1-9]\d{0,4}$/.test(timeout)) problems.push("connect_timeout: expected a whole number of seconds above 0")
  const server: DatabaseServer = {
    hosts,
    username: username ?? "",
    ...(password !== undefined && { password: Redacted.make(password) }),
    database,
    ...(options !== undefined && options !== "" && { options }),
    applicationName: query.get("application_name") || query.get("fallback_application_name") || "brom-ctx",
    connectTimeout: Number(timeout),
    tls: readTls(query, problems)
  }
  return problems.length > 0 ? { problems } : { server, warnings: warningsOf(server) }
}
