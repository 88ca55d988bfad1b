import { createServer as createHttpServer, request, type IncomingMessage, type Server } from "node:http"
import { createServer as createSecureServer } from "node:https"
import { connect, type AddressInfo, type Socket } from "node:net"
import type { Duplex } from "node:stream"

import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Redacted } from "effect"

import { HttpUndici, makeHttp } from "../../../src/layers/http/HttpUndici.ts"
import { Http, type HttpRequest } from "../../../src/services/Http.ts"
import { SettingsTest } from "../../support/settings.ts"
import { httpServer, nobody, tcpServer } from "./httpServer.ts"
import { loopbackCertificate, loopbackKey, trustLoopback } from "./loopbackCertificate.ts"

trustLoopback()

const served = <S extends Server>(server: S, protocol: string) =>
  Effect.acquireRelease(
    Effect.callback<string>((resume) => {
      server.listen(0, "127.0.0.1", () => {
        resume(Effect.succeed(`${protocol}://127.0.0.1:${(server.address() as AddressInfo).port}`))
      })
    }),
    () =>
      Effect.sync(() => {
        server.closeAllConnections()
        server.close()
      })
  )

const secureServer = (answer: (incoming: IncomingMessage) => string) =>
  served(
    createSecureServer({ key: loopbackKey, cert: loopbackCertificate }, (incoming, response) => {
      response.end(answer(incoming))
    }),
    "https"
  )

const passOn = (client: Duplex, server: Socket) => {
  client.on("error", () => server.destroy()).on("close", () => server.destroy())
  server.on("error", () => client.destroy()).on("close", () => client.destroy())
  client.pipe(server)
  server.pipe(client)
}

/** A proxy that forwards requests and makes tunnels: its URL, and what it was asked. */
const proxy = Effect.gen(function* () {
  const asked: Array<string> = []
  const note = ({ headers, method, url }: IncomingMessage) =>
    void asked.push(`${method} ${url} ${headers["proxy-authorization"] ?? "nobody"}`)
  const server = createHttpServer()
  server.on("request", (incoming: IncomingMessage, response) => {
    note(incoming)
    const onward = request(incoming.url ?? "", { method: incoming.method, headers: incoming.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers)
      answer.pipe(response)
    })
    incoming.pipe(onward)
  })
  server.on("connect", (incoming: IncomingMessage, client: Duplex) => {
    note(incoming)
    const [host, port] = (incoming.url ?? "").split(":")
    const onward = connect(Number(port), host)
    onward.once("connect", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n")
      passOn(client, onward)
    })
  })
  return { url: yield* served(server, "http"), asked }
})

const through = (http: string, except = "") =>
  Layer.provide(HttpUndici, SettingsTest({ proxies: { http: Redacted.make(http), except } }))

const send = (url: string, more: Partial<HttpRequest> = {}) =>
  Http.use((http) =>
    http.send({ method: "POST", url, headers: { "x-key": "k" }, body: "body", timeout: 2000, ...more })
  )

const failure = (url: string, more?: Partial<HttpRequest>) =>
  Effect.map(Effect.flip(send(url, more)), ({ reason }) => reason)

const host = (url: string) => new URL(url).host

describe("HttpUndici through a proxy", () => {
  it.live("CONTRACT HTTPS_PROXY: an https origin is reached by a tunnel", () =>
    Effect.gen(function* () {
      const vendor = yield* secureServer(({ headers, method, url }) => `${method} ${url} ${headers["x-key"]}`)
      const { asked, url } = yield* proxy
      const withUser = url.replace("://", "://user:p%40ss@")
      const answers = yield* Effect.provide(
        Effect.all([send(`${vendor}/a?b=c`), send(`${vendor}/d`)]),
        through(withUser)
      )
      assert.deepStrictEqual(
        answers.map(({ body, status }) => [status, body]),
        [
          [200, "POST /a?b=c k"],
          [200, "POST /d k"]
        ]
      )
      const authorization = `Basic ${Buffer.from("user:p@ss").toString("base64")}`
      assert.deepStrictEqual([...new Set(asked)], [`CONNECT ${host(vendor)} ${authorization}`])
    })
  )

  it.live("CONTRACT HTTP_PROXY: a request to an http origin is forwarded", () =>
    Effect.gen(function* () {
      const vendor = yield* httpServer(({ headers, url }, response) => {
        response.end(`${url} ${headers.host} ${headers["proxy-authorization"] ?? "nobody"}`)
      })
      const { asked, url } = yield* proxy
      const { body } = yield* Effect.provide(send(`${vendor}/a?b=c`), through(url))
      assert.strictEqual(body, `/a?b=c ${host(vendor)} nobody`)
      assert.deepStrictEqual(asked, [`POST ${vendor}/a?b=c nobody`])
    })
  )

  it.live("CONTRACT NO_PROXY: an excepted host is reached directly", () =>
    Effect.gen(function* () {
      const vendor = yield* httpServer((_, response) => response.end("direct"))
      const { body } = yield* Effect.provide(send(vendor), through(yield* nobody, "127.0.0.1"))
      assert.strictEqual(body, "direct")
    })
  )

  it.live("SPEC 5.3: until the tunnel stands nothing was sent: a proxy that is away, refuses or never answers", () =>
    Effect.gen(function* () {
      let begun = 0
      const mayBegin = () => ++begun > 0
      const vendor = "https://vendor.invalid"
      const away = yield* nobody
      const closing = yield* tcpServer((socket) => void socket.once("data", () => socket.destroy()))
      const silent = yield* tcpServer(() => {})
      const refusing = yield* tcpServer((socket) => {
        socket.once("data", () => socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"))
      })
      const reasons = yield* Effect.forEach([away, closing, refusing, silent], (url) =>
        Effect.provide(failure(vendor, { mayBegin, timeout: 300 }), through(url))
      )
      assert.deepStrictEqual(
        reasons.map(({ _tag }) => _tag),
        ["NotConnected", "NotConnected", "NotConnected", "NotConnected"]
      )
      assert.strictEqual(begun, 0)
      assert.include(JSON.stringify(reasons[2]), "refused the tunnel to vendor.invalid:443 (407)")
    })
  )

  it.live("SPEC 5.3: a forwarding proxy that asks for a password has not forwarded the request", () =>
    Effect.gen(function* () {
      const refusing = yield* httpServer((_, response) => response.writeHead(407).end())
      const reason = yield* Effect.provide(failure("http://vendor.invalid/"), through(refusing))
      assert.strictEqual(reason._tag, "NotConnected")
    })
  )

  it.live("SPEC 4.6, 5.3: a 407 that no forwarding proxy gave is the vendor's own answer", () =>
    Effect.gen(function* () {
      const plain = yield* httpServer((_, response) => response.writeHead(407).end())
      const secure = yield* served(
        createSecureServer({ key: loopbackKey, cert: loopbackCertificate }, (_, response) => {
          response.writeHead(407).end()
        }),
        "https"
      )
      const { url } = yield* proxy
      const status = (vendor: string) => Effect.map(send(vendor), (answer) => answer.status)
      assert.strictEqual(yield* Effect.provide(status(plain), through(url, "127.0.0.1")), 407)
      assert.strictEqual(yield* Effect.provide(status(secure), through(url)), 407)
    })
  )

  it.live("SPEC 5.3: once the tunnel stands, a lost answer is ConnectionLost", () =>
    Effect.gen(function* () {
      const vendor = yield* served(
        createSecureServer({ key: loopbackKey, cert: loopbackCertificate }, ({ socket }) => void socket.destroy()),
        "https"
      )
      const { url } = yield* proxy
      assert.strictEqual((yield* Effect.provide(failure(vendor), through(url)))._tag, "ConnectionLost")
    })
  )
})

describe("HttpUndici with connections of a limited age", () => {
  it.live(
    "CONTRACT Environment: an old connection ends its request and takes no other, so its name is looked up again",
    () =>
      Effect.gen(function* () {
        const sockets: Array<Socket> = []
        let answerSlow = () => {}
        const vendor = yield* httpServer(({ socket, url }, response) => {
          sockets.push(socket)
          if (url === "/slow") answerSlow = () => response.end("slow")
          else response.end("fast")
        })
        const http = yield* Effect.provide(makeHttp(1), SettingsTest())
        const ask = (path: string) => http.send({ method: "GET", url: `${vendor}${path}`, headers: {}, timeout: 5000 })
        yield* ask("/fast")
        yield* Effect.sleep("20 millis")
        const slow = yield* Effect.forkChild(ask("/slow"), { startImmediately: true })
        while (sockets.length < 2) yield* Effect.sleep("5 millis")
        yield* Effect.sleep("20 millis")
        yield* ask("/fast")
        answerSlow()
        assert.strictEqual((yield* Fiber.join(slow)).body, "slow")
        assert.strictEqual(new Set(sockets).size, 3)
      })
  )
})
