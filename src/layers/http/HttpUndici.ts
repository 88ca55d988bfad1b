import { Duration, Effect, Layer } from "effect"
import { type Dispatcher, Agent } from "undici"

import { memo } from "../../domain/values/memo.ts"
import { proxyAuthorization, proxyFor } from "../../domain/values/proxyFor.ts"
import { ConnectionLost, NotConnected, Timeout } from "../../domain/vendor/failureReasons.ts"
import { connectTimeout, type HttpAnswer, HttpError, type HttpRequest, Http } from "../../services/Http.ts"
import { Settings } from "../../services/Settings.ts"
import { CurrentStartPermit, type StartPermit } from "../../services/StartPermit.ts"
import { resettingConnector } from "./resettingConnector.ts"

/** Maximum bytes that are read of an answer. A longer answer counts as lost. */
const maxBody = 8 * 1024 * 1024

type Received = Readonly<Record<string, string | ReadonlyArray<string> | undefined>>

const areTexts = (received: Received): received is Readonly<Record<string, string>> => {
  for (const name in received) if (typeof received[name] !== "string") return false
  return true
}

const joined = (received: Received): HttpAnswer["headers"] =>
  Object.fromEntries(
    Object.entries(received).map(([name, value]) => [
      name,
      typeof value === "object" ? value.join(", ") : (value ?? "")
    ])
  )

/** Collects one answer as it arrives. */
const collectAnswer = () => {
  const chunks: Array<Buffer> = []
  let size = 0
  let status: number | undefined
  let headers: HttpAnswer["headers"] = {}
  return {
    /** The last call counts: informational answers come before the final one. */
    start: (code: number, received: Received) => {
      if (code < 200) return
      status = code
      headers = areTexts(received) ? received : joined(received)
    },
    /** Returns false once the body exceeds `maxBody`. */
    add: (chunk: Buffer): boolean => {
      size += chunk.byteLength
      if (size > maxBody) return false
      chunks.push(chunk)
      return true
    },
    /** The status, if it has arrived. */
    known: (): { readonly status?: number } => (status === undefined ? {} : { status }),
    whole: (): HttpAnswer => ({ status: status ?? 0, headers, body: Buffer.concat(chunks).toString("utf8") })
  }
}

const codeOf = (error: unknown) =>
  typeof error === "object" && error !== null && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined

const detailOf = (error: unknown) => {
  const message = error instanceof Error ? error.message : String(error)
  const code = codeOf(error)
  if (code === undefined || message.includes(code)) return message
  return message === "" ? code : `${code}: ${message}`
}

/**
 * Classifies an error of undici or of the socket. Before sending began (refused, unknown host, TLS, connect time-out),
 * the request was certainly not carried out. From then on (reset, closed, truncated answer), the outcome is unknown.
 */
const connectionFailure = (
  error: unknown,
  sending: boolean,
  known: { readonly status?: number }
): NotConnected | ConnectionLost =>
  sending ? new ConnectionLost({ detail: detailOf(error), ...known }) : new NotConnected({ detail: detailOf(error) })

/**
 * The failure when `HttpRequest.mayBegin` returns false. In Portuguese, because it may become a response's `detalhe`.
 */
export const notBegun = new NotConnected({
  detail: "não enviado: este processo pode ter perdido a comunicação",
  withheld: true
})

/** Index at which the path of an absolute URL begins. */
export const pathAt = (url: string): number => {
  const at = url.indexOf("/", url.indexOf("//") + 2)
  return at === -1 ? url.length : at
}

/** Milliseconds for connecting, which is not part of the time-out. */
const connectWithin = (timeout: number) => Math.min(timeout, connectTimeout)

/** Matches a URL that may stand in a request's first line. A fragment is never sent and does not identify a request. */
const encodedUrl = /^https?:\/\/[!"$-.0->@-~]+(?:\/[!"$-~]*)?$/

const failed = (reason: HttpError["reason"]) => Effect.fail(new HttpError({ reason }))

/** How a request goes to a proxy that forwards it. A request to an https origin goes through a tunnel instead. */
const forwarded = (request: HttpRequest, origin: string, proxy: URL) => {
  const authorization = proxyAuthorization(proxy)
  return {
    origin: proxy.origin,
    path: request.url,
    headers: {
      ...request.headers,
      host: new URL(origin).host,
      ...(authorization !== undefined && { "proxy-authorization": authorization })
    }
  }
}

/** Returns where a request goes: to its origin, or to the proxy that forwards it. */
const routeOf = (request: HttpRequest, proxyOf: ProxyOf) => {
  const at = pathAt(request.url)
  const origin = request.url.slice(0, at)
  const proxy = origin.startsWith("http:") ? proxyOf(origin) : undefined
  return proxy === undefined
    ? { isForwarded: false, target: { origin, path: request.url.slice(at) || "/", headers: request.headers } }
    : { isForwarded: true, target: forwarded(request, origin, proxy) }
}

/** The answer of a forwarding proxy that has not forwarded the request. */
const proxyAuthenticationRequired = 407

type ProxyOf = (origin: string) => URL | undefined

/** Sends one request once, on one connection. A request that fails before `onRequestStart` was certainly never sent. */
const exchange = (
  dispatcher: Dispatcher,
  request: HttpRequest,
  startPermit: StartPermit,
  proxyOf: ProxyOf
): Effect.Effect<HttpAnswer, HttpError> =>
  Effect.callback<HttpAnswer, HttpError>((resume) => {
    if (!encodedUrl.test(request.url))
      return resume(Effect.die(new Error("a URL that is not encoded: nothing is sent")))
    const { isForwarded, target } = routeOf(request, proxyOf)
    const answer = collectAnswer()
    let sending: Dispatcher.DispatchController | undefined
    let connecting: NodeJS.Timeout | undefined
    let answering: NodeJS.Timeout | undefined
    let ended = false

    const release = () => {
      ended = true
      clearTimeout(connecting)
      clearTimeout(answering)
    }
    const end = (result: Effect.Effect<HttpAnswer, HttpError>) => {
      if (ended) return
      release()
      resume(result)
    }
    const abandon = (result: Effect.Effect<HttpAnswer, HttpError>) => {
      if (ended) return
      release()
      // Close the connection first, because the caller relies on it once it has the result.
      sending?.abort(new Error("abandoned"))
      resume(result)
    }
    const timedOut = () => {
      abandon(failed(new Timeout({ after: Duration.millis(request.timeout), ...answer.known() })))
    }
    const notConnected = () => {
      if (sending === undefined) abandon(failed(new NotConnected({ detail: "connect timeout" })))
    }
    // After a process pause, timers fire first. Handle what arrived meanwhile before giving up the request.
    const after = (millis: number, giveUp: () => void) => setTimeout(() => setImmediate(giveUp), millis)

    dispatcher.dispatch(
      {
        ...target,
        method: request.method,
        body: request.body ?? null
      },
      {
        onRequestStart: (controller) => {
          // A second start would mean that undici resends on its own, which must never happen.
          if (ended || sending !== undefined) return controller.abort(new Error("abandoned"))
          if (request.mayBegin?.() === false) {
            end(failed(notBegun))
            return controller.abort(new Error("abandoned"))
          }
          sending = controller
          clearTimeout(connecting)
          answering = after(request.timeout, timedOut)
          startPermit.release()
        },
        onResponseStart: (_, status, headers) => answer.start(status, headers),
        onResponseData: (_, chunk) => {
          if (!answer.add(chunk)) abandon(failed(connectionFailure("answer too large", true, answer.known())))
        },
        onResponseEnd: () => {
          const whole = answer.whole()
          const isRefused = isForwarded && whole.status === proxyAuthenticationRequired
          end(isRefused ? failed(new NotConnected({ detail: "the proxy refused (407)" })) : Effect.succeed(whole))
        },
        onResponseError: (_, error) => end(failed(connectionFailure(error, sending !== undefined, answer.known())))
      }
    )
    // On a kept-alive connection the request is already on its way.
    if (sending === undefined && !ended) connecting = after(connectWithin(request.timeout), notConnected)
    return Effect.sync(() => {
      release()
      sending?.abort(new Error("interrupted"))
    })
  })

/**
 * Idle milliseconds after which a socket is closed, before common servers close it (Node after 5 s, load balancers
 * after 60 s). undici checks the socket once more before it writes. A server can still close while the request is on
 * its way. That is an ordinary `ConnectionLost`, because it cannot be distinguished from a lost answer.
 */
const idle = 4000

/**
 * Milliseconds after which a connection takes no further request. The next connection looks the name up again, so a name
 * whose address has changed is followed within a minute.
 */
const longest = 45_000

const openAgent = (proxyOf: ProxyOf, longestUse: number) =>
  new Agent({
    // HTTP/2 resends a request on its own after GOAWAY. One exchange must be one request.
    allowH2: false,
    pipelining: 1,
    keepAliveTimeout: idle,
    keepAliveMaxTimeout: idle,
    clientTtl: longestUse,
    // The exchange has its own timers, which distinguish connecting from answering.
    connect: resettingConnector(proxyOf),
    headersTimeout: 0,
    bodyTimeout: 0
  })

/** `Http` over any dispatcher of undici. */
export const httpOver = (dispatcher: Dispatcher, proxyOf: ProxyOf = () => undefined): Http["Service"] =>
  Http.of({
    send: (request) =>
      Effect.withFiber((fiber) => exchange(dispatcher, request, fiber.getRef(CurrentStartPermit), proxyOf))
  })

/** `Http` on undici, whose connections take requests for `longestUse` milliseconds. */
export const makeHttp = Effect.fnUntraced(function* (longestUse: number) {
  const { proxies } = yield* Settings
  const proxyOf = memo(10, (origin: string) => proxyFor(origin, proxies))
  const agent = yield* Effect.acquireRelease(
    Effect.sync(() => openAgent(proxyOf, longestUse)),
    (open) => Effect.promise(() => open.destroy())
  )
  return httpOver(agent, proxyOf)
})

/** `Http` on undici. Connections are kept alive per origin and closed with the scope. No global state is touched. */
export const HttpUndici = Layer.effect(Http, makeHttp(longest))
