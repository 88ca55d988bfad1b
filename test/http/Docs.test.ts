import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { HttpRouter } from "effect/http"

import { AnswerHeaders } from "../../src/http/answers.ts"
import { DocsRoute } from "../../src/http/Docs.ts"

describe("GET /docs", () => {
  it.effect("CONTRACT GET /docs: the reference with everything it needs, and a policy without unsafe sources", () =>
    Effect.gen(function* () {
      const { dispose, handler } = HttpRouter.toWebHandler(Layer.merge(DocsRoute, AnswerHeaders), {
        disableLogger: true
      })
      yield* Effect.addFinalizer(() => Effect.promise(dispose))
      const get = Effect.promise(() => handler(new Request("http://service/docs")))
      const response = yield* get
      const page = yield* Effect.promise(() => response.text())
      assert.strictEqual(response.status, 200)
      const policy = response.headers.get("content-security-policy") ?? ""
      assert.notMatch(policy, /unsafe|https?:/)
      const [, nonce = ""] = /script-src 'nonce-([\w-]+)'/.exec(policy) ?? []
      assert.strictEqual(page.split(`<script nonce="${nonce}">`).length, 4)
      assert.notMatch(page.slice(0, 2000), /src="|href="http/)
      assert.include(page, "/api/communications/search")
      const again = yield* get
      assert.notInclude(again.headers.get("content-security-policy") ?? "", nonce)
    })
  )
})
