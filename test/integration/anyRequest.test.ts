import { readFileSync } from "node:fs"

import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import * as fc from "fast-check"

import { anyRequests, type OpenApi } from "../support/openApiRequests.ts"
import { wrongAnswer } from "../support/wrongAnswer.ts"
import { databaseUrl } from "./support/environment.ts"
import { ownDatabase } from "./support/ownDatabase.ts"
import { startService } from "./support/service.ts"
import { makeTopics } from "./support/topics.ts"
import { startVendors } from "./support/vendors.ts"

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

it.live(
  "SPEC 11.1, 11.5: on Postgres and Kafka the API answers any request as its contract says, within seconds",
  () =>
    Effect.gen(function* () {
      const topics = yield* makeTopics()
      const vendors = yield* startVendors
      yield* topics.open
      const service = yield* startService({
        ...topics.environment,
        ...vendors.environment,
        DATABASE_URL: yield* ownDatabase(databaseUrl)
      })
      yield* service.ready
      const order = JSON.parse(readFileSync("fixtures/comunicacaoTransacional.json", "utf8"))
      yield* topics.send(
        ["known", "pedido|joao@example.com|1"].map((id) => JSON.stringify({ ...order, id_correlacao: id }))
      )
      yield* topics.send([JSON.stringify({ ...order, cod_jornada: "outra" }), "{not json"])
      const api = parsed((yield* service.get("/openapi.json")).body) as OpenApi
      const names = ["known", "CS0001005", "HTTP_400", `${topics.names.TOPIC_IN_DLQ}/0/0`]
      const wrong: Array<string> = []
      for (const request of fc.sample(anyRequests(api, names), { numRuns: 2000, seed: 11 })) {
        const { body, method, path } = request
        const answer = yield* Effect.promise(async () => {
          const got = await fetch(`http://127.0.0.1:${service.port}${path}`, {
            method,
            signal: AbortSignal.timeout(30_000),
            ...(body !== undefined && { body, headers: { "content-type": "application/json" } })
          })
          return { status: got.status, body: parsed(await got.text()) }
        })
        const what = wrongAnswer(request, answer)
        if (what !== undefined) wrong.push(what)
      }
      assert.deepStrictEqual(wrong, [])
      const failures = (yield* service.logs).filter(({ level }) => level === "ERROR").map(({ message }) => message)
      assert.deepStrictEqual(failures, [])
    }),
  600_000
)
