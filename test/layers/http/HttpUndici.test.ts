import { assert, describe, it } from "@effect/vitest"
import { Cause, Deferred, Duration, Effect, Exit, Fiber } from "effect"

import { Http, type HttpRequest } from "../../../src/services/Http.ts"
import { CurrentStartPermit, type StartPermit } from "../../../src/services/StartPermit.ts"
import { httpServer, nobody, tcpServer, HttpOwn } from "./httpServer.ts"

const send = Effect.fnUntraced(function* (request: Partial<HttpRequest> & { readonly url: string }) {
  const http = yield* Http
  return yield* http.send({ method: "GET", headers: {}, timeout: 5000, ...request })
})

/** Why it failed, and the status if one had come. */
const failure = (request: Partial<HttpRequest> & { readonly url: string }) =>
  Effect.map(Effect.flip(send(request)), ({ reason }) => ({
    tag: reason._tag,
    ...("status" in reason && { status: reason.status }),
    ...("withheld" in reason && { withheld: reason.withheld })
  }))

describe("HttpUndici", () => {
  it.live("sends method, path, query, headers and body as they are, and gives the answer with lower-case names", () =>
    Effect.gen(function* () {
      const origin = yield* httpServer((request, response) => {
        let body = ""
        request.on("data", (chunk) => (body += chunk))
        request.on("end", () => {
          response.writeHead(418, { "X-Seen": `${request.method} ${request.url} ${request.headers["x-key"]}` })
          response.end(`"${body}"`)
        })
      })
      const answer = yield* send({
        method: "POST",
        url: `${origin}/a%20b?c=%5E`,
        headers: { "x-key": "k" },
        body: "ação"
      })
      assert.strictEqual(answer.status, 418)
      assert.strictEqual(answer.headers["x-seen"], "POST /a%20b?c=%5E k")
      assert.strictEqual(answer.body, `"ação"`)
    }).pipe(Effect.provide(HttpOwn))
  )

  it.live("DESIGN Kafka intake: a request releases the start permit before its answer arrives", () =>
    Effect.gen(function* () {
      const releases: Array<string> = []
      const origin = yield* httpServer((_, response) => {
        releases.push("served")
        response.end()
      })
      const permit: StartPermit = { held: true, release: () => void releases.push("released") }
      yield* Effect.provideService(send({ url: origin }), CurrentStartPermit, permit)
      assert.deepStrictEqual(releases, ["released", "served"])
    }).pipe(Effect.provide(HttpOwn))
  )

  it.live(
    "DESIGN Ownership: asks at the last moment, even on an open connection, and sends nothing if the answer is no",
    () =>
      Effect.gen(function* () {
        let served = 0
        const origin = yield* httpServer((_, response) => {
          served += 1
          response.end()
        })
        const request = { method: "POST", url: origin, body: "{}" } as const
        const no = { ...request, mayBegin: () => false }
        assert.deepStrictEqual(yield* failure(no), { tag: "NotConnected", withheld: true })
        assert.strictEqual((yield* send({ ...request, mayBegin: () => true })).status, 200)
        assert.deepStrictEqual(yield* failure(no), { tag: "NotConnected", withheld: true })
        assert.strictEqual((yield* send(request)).status, 200)
        assert.strictEqual(served, 2)
      }).pipe(Effect.provide(HttpOwn))
  )

  it.live("does not follow redirects", () =>
    Effect.gen(function* () {
      const origin = yield* httpServer((_, response) => response.writeHead(302, { location: "/other" }).end())
      const answer = yield* send({ url: origin })
      assert.strictEqual(answer.status, 302)
    }).pipe(Effect.provide(HttpOwn))
  )

  it.live("SPEC 5.3: a refused port is NotConnected", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* failure({ url: yield* nobody }), { tag: "NotConnected" })
    }).pipe(Effect.provide(HttpOwn))
  )

  it.live("SPEC 5.3: an unknown host is NotConnected", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* failure({ url: "http://nobody.invalid" }), { tag: "NotConnected" })
    }).pipe(Effect.provide(HttpOwn))
  )

  it.live("SPEC 5.3: a TLS handshake that fails is NotConnected", () =>
    Effect.gen(function* () {
      const origin = yield* tcpServer((socket) => socket.end("no TLS here\n"))
      assert.deepStrictEqual(yield* failure({ url: origin.replace("http:", "https:") }), { tag: "NotConnected" })
    }).pipe(Effect.provide(HttpOwn))
  )

  it.live("SPEC 5.3: a TLS handshake that never ends is NotConnected, not a time-out", () =>
    Effect.gen(function* () {
      const origin = yield* tcpServer(() => {})
      const url = origin.replace("http:", "https:")
      assert.deepStrictEqual(yield* failure({ url, timeout: 150 }), { tag: "NotConnected" })
    }).pipe(Effect.provide(HttpOwn))
  )

  it.live("SPEC 5.3: no answer is a Timeout of the given length, and the connection is given up", () =>
    Effect.gen(function* () {
      const closed = yield* Deferred.make<void>()
      const origin = yield* httpServer((request) => {
        request.socket.on("close", () => Deferred.doneUnsafe(closed, Effect.void))
      })
      const { reason } = yield* Effect.flip(send({ url: origin, timeout: 150 }))
      assert(reason._tag === "Timeout")
      assert.strictEqual(Duration.toMillis(reason.after), 150)
      yield* Deferred.await(closed)
    }).pipe(Effect.provide(HttpOwn))
  )

  it.live("SPEC 5.3: an answer that arrived while the process was stopped is not a Timeout", () =>
    Effect.gen(function* () {
      const origin = yield* tcpServer((socket) =>
        socket.on("data", () => {
          socket.write("HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{}")
          // Blocks for longer than the request may take, as after SIGSTOP, so its timer fires before its answer is
          // read.
          const until = performance.now() + 400
          while (performance.now() < until);
        })
      )
      const { body, status } = yield* send({ url: origin, timeout: 150 })
      assert.deepStrictEqual({ body, status }, { body: "{}", status: 201 })
    }).pipe(Effect.provide(HttpOwn))
  )

  it.live("SPEC 5.2: a body that never ends is a Timeout that knows the status", () =>
    Effect.gen(function* () {
      const origin = yield* httpServer((_, response) => response.writeHead(202).write("half"))
      assert.deepStrictEqual(yield* failure({ url: origin, timeout: 150 }), { tag: "Timeout", status: 202 })
    }).pipe(Effect.provide(HttpOwn))
  )

  it.live("SPEC 5.3: a connection dropped before the answer is ConnectionLost, and sent once", () =>
    Effect.gen(function* () {
      let seen = 0
      const origin = yield* httpServer((request) => {
        seen += 1
        request.socket.destroy()
      })
      assert.deepStrictEqual(yield* failure({ url: origin, method: "POST", body: "x" }), { tag: "ConnectionLost" })
      assert.deepStrictEqual(yield* failure({ url: origin }), { tag: "ConnectionLost" })
      assert.strictEqual(seen, 2)
    }).pipe(Effect.provide(HttpOwn))
  )

  it.live("SPEC 5.2: a connection dropped within the body is ConnectionLost that knows the status", () =>
    Effect.gen(function* () {
      const origin = yield* httpServer((request, response) => {
        response.writeHead(200, { "content-length": "100" }).write("half", () => request.socket.destroy())
      })
      assert.deepStrictEqual(yield* failure({ url: origin }), { tag: "ConnectionLost", status: 200 })
    }).pipe(Effect.provide(HttpOwn))
  )

  it.live("an answer over 8 MiB is ConnectionLost", () =>
    Effect.gen(function* () {
      const origin = yield* httpServer((_, response) => response.end(Buffer.alloc(8 * 1024 * 1024 + 1, "x")))
      assert.deepStrictEqual(yield* failure({ url: origin }), { tag: "ConnectionLost", status: 200 })
    }).pipe(Effect.provide(HttpOwn))
  )

  it.live("an answer that is not HTTP is ConnectionLost", () =>
    Effect.gen(function* () {
      const origin = yield* tcpServer((socket) => socket.once("data", () => socket.end("SSH-2.0\r\n\r\n")))
      assert.deepStrictEqual(yield* failure({ url: origin }), { tag: "ConnectionLost" })
    }).pipe(Effect.provide(HttpOwn))
  )

  it.live("connections are kept alive: requests one after the other need no more than two sockets", () =>
    Effect.gen(function* () {
      const sockets = new Set<unknown>()
      const origin = yield* httpServer((request, response) => {
        sockets.add(request.socket)
        response.end("ok")
      })
      yield* Effect.forEach(Array.from({ length: 10 }), () => send({ url: origin }))
      assert.isAtMost(sockets.size, 2)
    }).pipe(Effect.provide(HttpOwn))
  )

  it.live("SPEC 5.3: a socket that the server closed while it was idle is not used again", () =>
    Effect.gen(function* () {
      const closed = yield* Deferred.make<void>()
      let seen = 0
      const origin = yield* httpServer((request, response) => {
        seen += 1
        request.socket.once("close", () => Deferred.doneUnsafe(closed, Effect.void))
        response.end("ok", () => request.socket.end())
      })
      yield* send({ url: origin })
      yield* Deferred.await(closed)
      yield* send({ url: origin, method: "POST", body: "x" })
      assert.strictEqual(seen, 2)
    }).pipe(Effect.provide(HttpOwn))
  )

  it.live("interruption aborts the request", () =>
    Effect.gen(function* () {
      const arrived = yield* Deferred.make<void>()
      const closed = yield* Deferred.make<void>()
      const origin = yield* httpServer((request) => {
        request.socket.on("close", () => Deferred.doneUnsafe(closed, Effect.void))
        Deferred.doneUnsafe(arrived, Effect.void)
      })
      const fiber = yield* Effect.forkChild(send({ url: origin, timeout: 20_000 }))
      yield* Deferred.await(arrived)
      yield* Fiber.interrupt(fiber)
      yield* Deferred.await(closed)
    }).pipe(Effect.provide(HttpOwn))
  )

  it.live("many requests at once each have their own answer", () =>
    Effect.gen(function* () {
      const origin = yield* httpServer((request, response) => response.end(request.url))
      const bodies = yield* Effect.forEach(
        Array.from({ length: 50 }, (_, n) => n),
        (n) => Effect.map(send({ url: `${origin}/${n}` }), ({ body }) => body),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        bodies,
        Array.from({ length: 50 }, (_, n) => `/${n}`)
      )
    }).pipe(Effect.provide(HttpOwn))
  )

  it.live.each(["/a b", "/á", "/a#b", "?q=/x"])(
    "SPEC 9.7: a URL that is not encoded (%s) is our own defect: nothing is sent",
    (path) =>
      Effect.gen(function* () {
        const origin = yield* httpServer((_, response) => response.end("{}"))
        const exit = yield* Effect.exit(send({ url: origin + path }))
        assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
      }).pipe(Effect.provide(HttpOwn))
  )
})
