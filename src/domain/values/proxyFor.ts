import { Redacted } from "effect"

/**
 * The proxies of `HTTP_PROXY` and `HTTPS_PROXY`, whose URLs may hold a password, and the hosts that are reached without
 * a proxy.
 */
export interface Proxies {
  readonly http?: Redacted.Redacted
  readonly https?: Redacted.Redacted
  readonly except: string
}

/** `::1` of `[::1]`, in lower case and without the dot at the end of a full name. */
const plainHost = (host: string): string =>
  host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/(?<=.)\.$/, "")

/** `host`, `host:port`, `[address]:port`, `.domain`, `*.domain` or `*`. */
const entryOf = (entry: string) => {
  const [, host = entry, port = ""] =
    /^(\[[^\]]*\])(?::(\d+))?$/.exec(entry) ?? /^([^:]*)(?::(\d+))?$/.exec(entry) ?? []
  return { host: plainHost(host), port }
}

/** An entry without a leading dot includes its subdomains. `*.domain` excludes the domain itself. */
const isExcepted = (host: string, port: string, entry: string): boolean => {
  const given = entryOf(entry)
  if (given.port !== "" && given.port !== port) return false
  if (given.host === "*") return true
  const domain = given.host.replace(/^\*?\./, "")
  return (host === domain && !given.host.startsWith("*")) || host.endsWith(`.${domain}`)
}

/**
 * Returns the proxy for this URL, as `curl` and undici read the variables: an https URL takes `HTTPS_PROXY`, else
 * `HTTP_PROXY`. `NO_PROXY` is a list of hosts, separated by commas or blanks.
 */
export const proxyFor = (url: string, { except, http, https }: Proxies): URL | undefined => {
  const { hostname, port, protocol } = new URL(url)
  const isSecure = protocol === "https:"
  const proxy = isSecure ? (https ?? http) : http
  if (proxy === undefined) return undefined
  const target = port === "" ? (isSecure ? "443" : "80") : port
  const entries = except.split(/[,\s]+/).filter((entry) => entry !== "")
  return entries.some((entry) => isExcepted(plainHost(hostname), target, entry))
    ? undefined
    : new URL(Redacted.value(proxy))
}

/** The `proxy-authorization` of a proxy with user and password in its URL. */
export const proxyAuthorization = ({ password, username }: URL): string | undefined =>
  username === "" && password === ""
    ? undefined
    : `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64")}`
