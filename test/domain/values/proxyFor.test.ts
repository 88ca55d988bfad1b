import { assert, describe, it } from "@effect/vitest"
import { Redacted } from "effect"

import { proxyAuthorization, proxyFor } from "../../../src/domain/values/proxyFor.ts"

const http = Redacted.make("http://plain.proxy:3128")
const https = Redacted.make("https://secure.proxy:3129")

/** The host of the proxy for this URL with these exceptions. */
const through = (url: string, except = "") => proxyFor(url, { http, https, except })?.host

describe("proxyFor", () => {
  it("CONTRACT HTTPS_PROXY: by the protocol of the URL; an https URL takes HTTP_PROXY if there is no other", () => {
    assert.strictEqual(through("http://vendor.example/x"), "plain.proxy:3128")
    assert.strictEqual(through("https://vendor.example/x"), "secure.proxy:3129")
    assert.strictEqual(proxyFor("https://vendor.example", { http, except: "" })?.host, "plain.proxy:3128")
    assert.isUndefined(proxyFor("http://vendor.example", { https, except: "" }))
    assert.isUndefined(proxyFor("https://vendor.example", { except: "" }))
  })

  it.each([
    ["https://vendor.example", "vendor.example"],
    ["https://vendor.example", "other.example, VENDOR.example"],
    ["https://vendor.example", "other.example vendor.example."],
    ["https://a.vendor.example", "vendor.example"],
    ["https://a.vendor.example", ".vendor.example"],
    ["https://vendor.example", ".vendor.example"],
    ["https://a.vendor.example", "*.vendor.example"],
    ["https://vendor.example", "*"],
    ["https://vendor.example", "vendor.example:443"],
    ["http://vendor.example", "vendor.example:80"],
    ["https://vendor.example:8443", "vendor.example:8443"],
    ["http://127.0.0.1:8181", "localhost,127.0.0.1"],
    ["http://[::1]:8181", "::1"],
    ["http://[::1]:8181", "[::1]:8181"]
  ])("CONTRACT NO_PROXY: %s goes directly with %s", (url, except) => assert.isUndefined(through(url, except)))

  it.each([
    ["https://vendor.example", "*.vendor.example"],
    ["https://notvendor.example", "vendor.example"],
    ["https://vendor.example", "vendor.example:8443"],
    ["https://vendor.example.org", "vendor.example"],
    ["https://vendor.example", ","]
  ])("CONTRACT NO_PROXY: %s goes through the proxy with %s", (url, except) =>
    assert.strictEqual(through(url, except), "secure.proxy:3129")
  )

  it("CONTRACT HTTPS_PROXY: user and password of the proxy are sent to it", () => {
    assert.isUndefined(proxyAuthorization(new URL("http://proxy:3128")))
    assert.strictEqual(
      proxyAuthorization(new URL("http://user:p%40ss@proxy:3128")),
      `Basic ${Buffer.from("user:p@ss").toString("base64")}`
    )
  })
})
