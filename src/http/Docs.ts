import { randomBytes } from "node:crypto"

import { Effect, Layer } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { HttpApiScalar } from "effect/http-api"

import { OperatorApi } from "../api/OperatorApi.ts"

/** The reference page with its inline script, generated from the contract at the first request. */
const readPage = Effect.promise(async () => {
  const scalar = HttpApiScalar.layer(OperatorApi, { scalar: { withDefaultFonts: false } })
  const { dispose, handler } = HttpRouter.toWebHandler(scalar, { disableLogger: true })
  const response = await handler(new Request("http://service/docs"))
  const page = await response.text()
  await dispose()
  return page
})

const scriptTag = "<script>"

/** Sets the nonce on every style that the page's script creates. The policy blocks styles without it. */
const allowStyles = (nonce: string) =>
  `const make = document.createElement.bind(document);` +
  `document.createElement = (name, options) => {` +
  ` const element = make(name, options);` +
  ` if (String(name).toLowerCase() === "style") element.nonce = "${nonce}";` +
  ` return element };`

/** Sets the nonce on the page's two scripts: the bundle and the one that starts it. */
const withNonce = (page: string, nonce: string): string => {
  const tag = `<script nonce="${nonce}">`
  const [first, last] = [page.indexOf(scriptTag), page.lastIndexOf(scriptTag)]
  return [
    page.slice(0, first),
    `${tag}${allowStyles(nonce)}</script>`,
    tag,
    page.slice(first + scriptTag.length, last),
    tag,
    page.slice(last + scriptTag.length)
  ].join("")
}

/** Like the policy of every answer, but permits inline scripts and styles that have the nonce of this answer. */
const policyOf = (nonce: string): string =>
  [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'"
  ].join("; ")

/** CONTRACT `GET /docs`: the reference of the operator's API. */
export const DocsRoute = Layer.unwrap(
  Effect.map(Effect.cached(readPage), (page) =>
    HttpRouter.add(
      "GET",
      "/docs",
      Effect.map(page, (html) => {
        const nonce = randomBytes(18).toString("base64url")
        return HttpServerResponse.text(withNonce(html, nonce), {
          contentType: "text/html; charset=utf-8",
          headers: { "content-security-policy": policyOf(nonce), "cache-control": "no-cache" }
        })
      })
    )
  )
)
