import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib"

import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { HttpRouter } from "effect/http"

import { AnswerHeaders } from "../../src/http/answers.ts"
import { consoleRoute } from "../../src/http/Console.ts"

const page = "<!doctype html><title>console</title>"
const script = "export const answer = 42\n"

/** A built console, and beside it a file that no URL may name. */
const builtFolder = () => {
  const parent = mkdtempSync(join(tmpdir(), "brom-ctx-console-"))
  const folder = join(parent, "dist")
  mkdirSync(join(folder, "assets"), { recursive: true })
  writeFileSync(join(parent, "secret.txt"), "secret")
  writeFileSync(join(folder, "index.html"), page)
  writeFileSync(join(folder, "icon.svg"), "<svg/>")
  for (const [name, text] of [["assets/main-abc123.js", script]] as const) {
    writeFileSync(join(folder, name), text)
    writeFileSync(join(folder, `${name}.br`), brotliCompressSync(text))
    writeFileSync(join(folder, `${name}.gz`), gzipSync(text))
  }
  return folder
}

const asking = Effect.fnUntraced(function* (folder: string = builtFolder()) {
  const { dispose, handler } = HttpRouter.toWebHandler(Layer.merge(consoleRoute(folder), AnswerHeaders), {
    disableLogger: true
  })
  yield* Effect.addFinalizer(() => Effect.promise(dispose))
  return Effect.fnUntraced(function* (path: string, headers: Readonly<Record<string, string>> = {}) {
    const response = yield* Effect.promise(() => handler(new Request(`http://service${path}`, { headers })))
    const bytes = Buffer.from(yield* Effect.promise(() => response.arrayBuffer()))
    return { status: response.status, headers: response.headers, bytes, text: bytes.toString() }
  })
})

describe("GET / and below", () => {
  it.effect(
    "CONTRACT GET /: every path of a page answers with the one page, even one that ends in an id with dots",
    () =>
      Effect.gen(function* () {
        const ask = yield* asking()
        const long = `/comunicacoes/${encodeURIComponent(`pedido|${"x".repeat(400)}|1.2`)}`
        for (const path of [
          "/",
          "/index.html",
          "/comunicacoes",
          "/comunicacoes/a%7Cb%7C1.2",
          "/comunicacoes?status=failure",
          long
        ]) {
          const { headers, status, text } = yield* ask(path)
          assert.strictEqual(status, 200, path)
          assert.strictEqual(text, page, path)
          assert.strictEqual(headers.get("content-type"), "text/html; charset=utf-8", path)
          assert.strictEqual(headers.get("cache-control"), "no-cache", path)
        }
      })
  )

  it.effect.each([
    "/api",
    "/api/nothing",
    "/API/nothing",
    "//api/nothing",
    "/api//nothing",
    "/health/nothing",
    "/metrics/x",
    "/docs/x",
    "/openapi.json/x",
    "/favicon.ico",
    "/assets/gone-1.js"
  ])("CONTRACT GET /: %s is not a page", (path) =>
    Effect.gen(function* () {
      const { headers, status, text } = yield* (yield* asking())(path)
      assert.strictEqual(status, 404)
      assert.strictEqual(headers.get("x-content-type-options"), "nosniff")
      assert.deepStrictEqual(JSON.parse(text), { error: "there is no such route" })
    })
  )

  it.effect.each([
    ["br, gzip", "br"],
    ["gzip, deflate, br", "br"],
    ["gzip", "gzip"],
    ["GZIP;q=0.5, br;q=0", "gzip"],
    ["gzip;q=0.0, br; q=0", null],
    ["identity", null],
    ["", null]
  ] as const)(
    "CONTRACT GET /: for Accept-Encoding `%s` the file comes as %s, compressed before",
    ([accepted, coding]) =>
      Effect.gen(function* () {
        const ask = yield* asking()
        const { bytes, headers } = yield* ask("/assets/main-abc123.js", { "accept-encoding": accepted })
        assert.strictEqual(headers.get("content-encoding"), coding)
        assert.strictEqual(headers.get("vary"), "Accept-Encoding")
        assert.strictEqual(headers.get("content-length"), String(bytes.length))
        assert.strictEqual(headers.get("content-type"), "text/javascript; charset=utf-8")
        const plain = coding === "br" ? brotliDecompressSync(bytes) : coding === "gzip" ? gunzipSync(bytes) : bytes
        assert.strictEqual(plain.toString(), script)
      })
  )

  it.effect("CONTRACT GET /: a file without a compressed form comes as it is", () =>
    Effect.gen(function* () {
      const { headers, text } = yield* (yield* asking())("/icon.svg", { "accept-encoding": "br, gzip" })
      assert.strictEqual(headers.get("content-encoding"), null)
      assert.strictEqual(headers.get("content-type"), "image/svg+xml")
      assert.strictEqual(text, "<svg/>")
    })
  )

  it.effect("CONTRACT GET /: the form that the browser has is not sent again, and each form has a tag of its own", () =>
    Effect.gen(function* () {
      const ask = yield* asking()
      const path = "/assets/main-abc123.js"
      const plain = (yield* ask(path)).headers.get("etag") ?? ""
      const br = (yield* ask(path, { "accept-encoding": "br" })).headers.get("etag") ?? ""
      assert.notStrictEqual(plain, br)
      assert.match(plain, /^"[\w-]{22}"$/)
      for (const known of [plain, `W/${plain}`, `"other", ${plain}`, "*"]) {
        const { bytes, headers, status } = yield* ask(path, { "if-none-match": known })
        assert.strictEqual(status, 304, known)
        assert.strictEqual(bytes.length, 0)
        assert.strictEqual(headers.get("etag"), plain)
      }
      for (const other of [br, '"other"', ""]) {
        assert.strictEqual((yield* ask(path, { "if-none-match": other })).status, 200, other)
      }
    })
  )

  it.effect(
    "CONTRACT GET /: a file whose name contains its hash is cached forever, the page is requested each time",
    () =>
      Effect.gen(function* () {
        const ask = yield* asking()
        const kept = (yield* ask("/assets/main-abc123.js")).headers.get("cache-control")
        assert.strictEqual(kept, "public, max-age=31536000, immutable")
        assert.strictEqual((yield* ask("/icon.svg")).headers.get("cache-control"), "no-cache")
      })
  )

  it.effect("CONTRACT GET /: the page may load from and call only its own service, and nobody may frame it", () =>
    Effect.gen(function* () {
      const { headers } = yield* (yield* asking())("/")
      const policy = headers.get("content-security-policy") ?? ""
      assert.notInclude(policy, "unsafe")
      for (const rule of [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'"
      ])
        assert.include(policy.split("; "), rule)
      assert.strictEqual(headers.get("x-content-type-options"), "nosniff")
      assert.strictEqual(headers.get("referrer-policy"), "no-referrer")
    })
  )

  it.effect.each([
    "/../secret.txt",
    "/..%2fsecret.txt",
    "/assets/..%2f..%2f..%2fsecret.txt",
    "/assets/%2e%2e/%2e%2e/secret.txt",
    "/%5c..%5csecret.txt",
    "/assets/main-abc123.js.br"
  ])("CONTRACT GET /: %s names no file beside the console", (path) =>
    Effect.gen(function* () {
      const { status, text } = yield* (yield* asking())(path)
      assert.notInclude(text, "secret")
      assert.isTrue(status === 404 || text === page, text)
    })
  )

  it.effect("CONTRACT GET /: if the console is not built, it says so and how to build it", () =>
    Effect.gen(function* () {
      const ask = yield* asking(join(tmpdir(), "brom-ctx-no-such-folder"))
      const { headers, status, text } = yield* ask("/")
      assert.strictEqual(status, 404)
      assert.strictEqual(headers.get("content-type"), "text/plain; charset=utf-8")
      assert.include(text, "npm run console:build")
    })
  )
})
