import { fileURLToPath } from "node:url"

import { Effect, Layer } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"

import { noSuchRoute } from "./answers.ts"
import { type ConsoleFile, type ConsoleFiles, readConsoleFiles } from "./consoleFiles.ts"

const builtConsole = fileURLToPath(new URL("../../console/dist", import.meta.url))

/** Paths of the service's own routes. An unknown path below them is not a page of the console. */
const ofService = /^\/(?:api|health|metrics|docs|openapi\.json)(?:\/|$)/i

const notBuilt = HttpServerResponse.text(
  "The console is not built. Run `npm run console:build` in the service's folder and restart the service.\n",
  { status: 404, contentType: "text/plain; charset=utf-8", headers: { "cache-control": "no-store" } }
)

/** The codings that the client accepts by `Accept-Encoding`. A coding with weight 0 is not accepted. */
const acceptedCodings = (header: string): ReadonlySet<string> =>
  new Set(
    header.split(",").flatMap((part) => {
      const [coding = "", ...parameters] = part.split(";").map((text) => text.trim().toLowerCase())
      return parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter)) ? [] : [coding]
    })
  )

const formFor = (file: ConsoleFile, acceptEncoding: string) => {
  const accepted = acceptedCodings(acceptEncoding)
  if (file.br && accepted.has("br")) return { ...file.br, coding: "br" }
  if (file.gzip && accepted.has("gzip")) return { ...file.gzip, coding: "gzip" }
  return { ...file.plain, coding: undefined }
}

const isKnown = (ifNoneMatch: string, etag: string) =>
  ifNoneMatch.split(",").some((known) => ["*", etag].includes(known.trim().replace(/^W\//, "")))

const answerWith = (file: ConsoleFile, headers: Readonly<Record<string, string | undefined>>) => {
  const { bytes, coding, etag } = formFor(file, headers["accept-encoding"] ?? "")
  const shared = {
    etag,
    vary: "Accept-Encoding",
    "cache-control": file.immutable ? "public, max-age=31536000, immutable" : "no-cache"
  }
  if (isKnown(headers["if-none-match"] ?? "", etag)) return HttpServerResponse.empty({ status: 304, headers: shared })
  return HttpServerResponse.uint8Array(bytes, {
    contentType: file.contentType,
    headers: { ...shared, ...(coding !== undefined && { "content-encoding": coding }) }
  })
}

/** True for a path that can only be a file. Elsewhere a name may contain dots: `/comunicacoes/…` ends with an id. */
const isFile = (path: string) => path.startsWith("/assets/") || /^\/[^/.]*\.[^/]*$/.test(path)

/** Treats several slashes as one, like the router. */
const pathOf = (url: string) =>
  URL.parse(url.replace(/^\/+/, "/"), "http://service")?.pathname.replace(/\/+/g, "/") ?? "/"

const answerFrom = (files: ConsoleFiles) =>
  Effect.map(HttpServerRequest.HttpServerRequest, ({ headers, url }) => {
    const path = pathOf(url)
    if (ofService.test(path)) return noSuchRoute
    const index = files.get("/index.html")
    if (index === undefined) return notBuilt
    const file = files.get(path) ?? (isFile(path) ? undefined : index)
    return file === undefined ? noSuchRoute : answerWith(file, headers)
  })

/** Serves the built console of this folder (CONTRACT `GET /`). */
export const consoleRoute = (folder: string) =>
  Layer.unwrap(
    Effect.map(readConsoleFiles(folder), (files) => {
      const answer = answerFrom(files)
      return Layer.merge(HttpRouter.add("GET", "/", answer), HttpRouter.add("GET", "/*", answer))
    })
  )

/** Serves the console that `npm ci` builds. */
export const ConsoleRoute = consoleRoute(builtConsole)
