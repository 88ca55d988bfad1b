import { Effect, Redacted } from "effect"

import type { Proxies } from "../../domain/values/proxyFor.ts"
import * as parse from "./parsers.ts"
import type { Parser, Reader } from "./parsers.ts"

const isEncoded = (text: string): boolean => {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/** `proxy:3128` means `http://proxy:3128`, as for curl. */
const proxyUrl: Parser<Redacted.Redacted> = {
  expected: "a URL such as http://proxy:3128 (TLS to the proxy itself and SOCKS are not supported)",
  secret: true,
  parse: (value) => {
    const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`)
    if (url === null || url.protocol !== "http:") return undefined
    return isEncoded(url.username) && isEncoded(url.password) ? Redacted.make(url.href) : undefined
  }
}

/** The name in lower case wins, as for curl. */
const either = Effect.fnUntraced(function* <A>(reader: Reader, name: string, parser: Parser<A>) {
  const upper = yield* reader.optional(name, parser)
  return (yield* reader.optional(name.toLowerCase(), parser)) ?? upper
})

/** Reads the variables that most programs obey for requests through a proxy (CONTRACT "Environment"). */
export const readProxies = Effect.fnUntraced(function* (reader: Reader) {
  const http = yield* either(reader, "HTTP_PROXY", proxyUrl)
  const https = yield* either(reader, "HTTPS_PROXY", proxyUrl)
  const proxies: Proxies = {
    ...(http !== undefined && { http }),
    ...(https !== undefined && { https }),
    except: (yield* either(reader, "NO_PROXY", parse.text)) ?? ""
  }
  return proxies
})
