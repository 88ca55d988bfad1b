import { createServer as createHttpServer } from "node:http"
import { createServer, type Server as HttpsServer } from "node:https"
import type { Socket } from "node:net"
import { TLSSocket } from "node:tls"

import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { Dispatcher } from "undici"

import { httpOver } from "../../../src/layers/http/HttpUndici.ts"
import { Http, type HttpRequest } from "../../../src/services/Http.ts"
import { httpServer, tcpServer, HttpOwn } from "./httpServer.ts"
import { loopbackCertificate, loopbackKey, trustLoopback } from "./loopbackCertificate.ts"

trustLoopback()

const secure = { key: loopbackKey, cert: loopbackCertificate }

const send = Effect.fnUntraced(function* (request: Partial<HttpRequest> & { readonly url: string }) {
  const http = yield* Http
  return yield* http.send({ method: "POST", headers: {}, timeout: 5000, ...request })
})

/** More than the server's kernel buffers while nothing reads, and less than the client's kernel buffers in addition. */
const body = "x".repeat(1024 * 1024)

/** Reads nothing until `reading` is done, then everything. Completes with the number of bytes and the error, at the end. */
const stoppedServer = Effect.fnUntraced(function* (protocol: "http" | "https") {
  const reading = yield* Deferred.make<void>()
  const ended = yield* Deferred.make<{ readonly bytes: number; readonly error: string | undefined }>()
  const read = (socket: Socket) => {
    let bytes = 0
    let error: string | undefined
    socket.on("error", (cause: NodeJS.ErrnoException) => (error = cause.code))
    socket.on("close", () => Deferred.doneUnsafe(ended, Effect.succeed({ bytes, error })))
    const start = () => socket.on("data", (chunk: Buffer) => (bytes += chunk.byteLength))
    Effect.runFork(Effect.andThen(Deferred.await(reading), Effect.sync(start)))
  }
  const origin = yield* tcpServer((socket) => {
    if (protocol === "http") return read(socket)
    const encrypted = new TLSSocket(socket, { isServer: true, ...secure })
    // The handshake needs both directions, so the raw bytes stop with the first request.
    encrypted.once("secure", () => socket.pause())
    read(encrypted)
    Effect.runFork(
      Effect.andThen(
        Deferred.await(reading),
        Effect.sync(() => socket.resume())
      )
    )
  })
  return { origin: origin.replace("http:", `${protocol}:`), reading, ended }
})

describe("HttpUndici: an attempt that is given up", () => {
  for (const protocol of ["http", "https"] as const) {
    it.live(`SPEC 4.3, 5.3: over ${protocol}, bytes that the kernel still holds at the time-out never arrive`, () =>
      Effect.gen(function* () {
        const { ended, origin, reading } = yield* stoppedServer(protocol)
        const { reason } = yield* Effect.flip(send({ url: origin, body, timeout: 300 }))
        assert.strictEqual(reason._tag, "Timeout")
        yield* Deferred.succeed(reading, undefined)
        const { bytes, error } = yield* Deferred.await(ended)
        assert.strictEqual(error, "ECONNRESET")
        assert.isBelow(bytes, body.length)
      }).pipe(Effect.provide(HttpOwn))
    )

    it.live(`SPEC 9.4: over ${protocol}, an interrupted request drops them, too`, () =>
      Effect.gen(function* () {
        const { ended, origin, reading } = yield* stoppedServer(protocol)
        const begun = yield* Deferred.make<void>()
        const mayBegin = () => {
          Deferred.doneUnsafe(begun, Effect.void)
          return true
        }
        const fiber = yield* Effect.forkChild(send({ url: origin, body, mayBegin }))
        yield* Deferred.await(begun)
        yield* Effect.sleep("100 millis")
        yield* Fiber.interrupt(fiber)
        yield* Deferred.succeed(reading, undefined)
        assert.strictEqual((yield* Deferred.await(ended)).error, "ECONNRESET")
      }).pipe(Effect.provide(HttpOwn))
    )
  }

  it.live("SPEC 4.3, 5.3: a server that closes its side without reading gets no more of the request", () =>
    Effect.gen(function* () {
      const ended = yield* Deferred.make<{ readonly bytes: number; readonly error: string | undefined }>()
      const origin = yield* tcpServer((socket) => {
        let bytes = 0
        let error: string | undefined
        socket.on("error", (cause: NodeJS.ErrnoException) => (error = cause.code))
        socket.on("close", () => Deferred.doneUnsafe(ended, Effect.succeed({ bytes, error })))
        setTimeout(() => socket.end(), 100)
        setTimeout(() => socket.on("data", (chunk: Buffer) => (bytes += chunk.byteLength)), 300)
      })
      const { reason } = yield* Effect.flip(send({ url: origin, body }))
      assert.strictEqual(reason._tag, "ConnectionLost")
      const { bytes, error } = yield* Deferred.await(ended)
      assert.strictEqual(error, "ECONNRESET")
      assert.isBelow(bytes, body.length)
    }).pipe(Effect.provide(HttpOwn))
  )

  it.live("SPEC 5.3: a connection that was answered in full is closed without a reset", () =>
    Effect.gen(function* () {
      const closed = yield* Deferred.make<string | undefined>()
      const origin = yield* httpServer((request, response) => {
        let error: string | undefined
        request.socket.on("error", (cause: NodeJS.ErrnoException) => (error = cause.code))
        request.socket.on("close", () => Deferred.doneUnsafe(closed, Effect.succeed(error)))
        response.setHeader("connection", "close").end("ok")
      })
      yield* send({ url: origin, body: "{}" })
      assert.isUndefined(yield* Deferred.await(closed))
    }).pipe(Effect.provide(HttpOwn))
  )
})

describe("HttpUndici: after an attempt was given up", () => {
  for (const protocol of ["http", "https"] as const) {
    it.live(`SPEC 4.6: over ${protocol}, the next attempt has a connection of its own`, () =>
      Effect.gen(function* () {
        let served = 0
        const answer = createServer(secure, (_, response) => void (++served > 1 && response.end("ok")))
        const plain = createHttpServer((_, response) => void (++served > 1 && response.end("ok")))
        const server = protocol === "http" ? plain : answer
        const origin = (yield* tcpServer((socket) => server.emit("connection", socket))).replace(
          "http:",
          `${protocol}:`
        )
        assert.strictEqual((yield* Effect.flip(send({ url: origin, timeout: 200 }))).reason._tag, "Timeout")
        assert.strictEqual((yield* send({ url: origin })).body, "ok")
      }).pipe(Effect.provide(HttpOwn))
    )
  }
})

/** An HTTPS server whose handshake begins `delay` after the connection. */
const slowHandshake = Effect.fnUntraced(function* (delay: number, answerAfter: number) {
  const https: HttpsServer = createServer(secure, (_, response) => setTimeout(() => response.end("ok"), answerAfter))
  const origin = yield* tcpServer((socket) => setTimeout(() => https.emit("connection", socket), delay))
  return origin.replace("http:", "https:")
})

describe("HttpUndici: when the time-out begins", () => {
  it.live("SPEC 4.6: with the first byte of the request, however long connecting took", () =>
    Effect.gen(function* () {
      const origin = yield* slowHandshake(300, 300)
      assert.strictEqual((yield* send({ url: origin, timeout: 450 })).status, 200)
    }).pipe(Effect.provide(HttpOwn))
  )

  it.live("SPEC 4.6: connecting has as long of its own, and what never connected was never sent", () =>
    Effect.gen(function* () {
      const origin = yield* slowHandshake(5000, 0)
      const started = performance.now()
      const { reason } = yield* Effect.flip(send({ url: origin, timeout: 300 }))
      assert.strictEqual(reason._tag, "NotConnected")
      assert.isAtLeast(performance.now() - started, 290)
    }).pipe(Effect.provide(HttpOwn))
  )
})

/** A client that starts each request twice and answers the second one. */
class StartsTwice extends Dispatcher {
  readonly aborted: Array<number> = []

  override dispatch(_: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const controller = (number: number): Dispatcher.DispatchController => ({
      aborted: false,
      paused: false,
      reason: null,
      rawHeaders: [],
      rawTrailers: [],
      abort: () => void this.aborted.push(number),
      pause: () => undefined,
      resume: () => undefined
    })
    handler.onRequestStart?.(controller(1), {})
    handler.onRequestStart?.(controller(2), {})
    if (this.aborted.includes(2)) handler.onResponseError?.(controller(2), new Error("aborted"))
    else handler.onResponseEnd?.(controller(2), {})
    return true
  }
}

describe("HttpUndici: one exchange is one request", () => {
  it.effect("SPEC 5.3: a second start by the HTTP client itself is aborted, and the outcome is unknown", () =>
    Effect.gen(function* () {
      const client = new StartsTwice()
      const http = httpOver(client)
      const request: HttpRequest = { method: "POST", url: "http://vendor.test/", headers: {}, timeout: 1000 }
      assert.strictEqual((yield* Effect.flip(http.send(request))).reason._tag, "ConnectionLost")
      assert.deepStrictEqual(client.aborted, [2])
    })
  )
})
