import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Redacted } from "effect"

import { readHttp } from "../../../src/layers/settings/http.ts"
import { makeReader } from "../../../src/layers/settings/parsers.ts"

const read = (env: Readonly<Record<string, string>>) =>
  Effect.gen(function* () {
    const reader = makeReader()
    const { operators } = yield* readHttp(reader)
    return {
      problems: reader.problems,
      operators: operators.map(({ name, roles, token }) => ({ name, roles, token: Redacted.value(token) }))
    }
  }).pipe(Effect.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(env))))

const ana = "ana-token-0123456789"
const old = "old-token-0123456789"
const bruno = "bruno-token-0123456789"

describe("OPERATOR_TOKENS", () => {
  it.effect("CONTRACT OPERATOR_TOKENS: names, tokens and roles", () =>
    Effect.gen(function* () {
      const { operators, problems } = yield* read({
        OPERATOR_TOKENS: `ana:${ana}:operator+privacy, bruno:${bruno}:viewer`,
        OPERATOR_TOKEN: old
      })
      assert.deepStrictEqual(problems, [])
      assert.deepStrictEqual(operators, [
        { name: "operator", roles: ["viewer", "operator", "privacy"], token: old },
        { name: "ana", roles: ["operator", "privacy"], token: ana },
        { name: "bruno", roles: ["viewer"], token: bruno }
      ])
    })
  )

  it.effect.each([
    [`ana:${ana}`, "entry 1 is not name:token:role"],
    [`ana:${ana}:operator:x`, "entry 1 is not name:token:role"],
    [`ana:${ana}:viewer,`, "entry 2 is not name:token:role"],
    [`:${ana}:viewer`, "entry 1 has a name that is not 1 to 64 characters without spaces"],
    ["ana:short:viewer", `entry 1 (ana) has a token that is not 16 to 200 printable characters without ":" and ","`],
    [
      `ana:${"x".repeat(201)}:viewer`,
      `entry 1 (ana) has a token that is not 16 to 200 printable characters without ":" and ","`
    ],
    [`ana:${ana}:root`, 'entry 1 (ana) has the role "root", which is none of viewer, operator, privacy'],
    [`${ana}:ana:viewer`, `entry 1 has a token that is not 16 to 200 printable characters without ":" and ","`],
    [`ana:${ana}:${bruno}`, "entry 1 (ana) has a role that is not shown, which is none of viewer, operator, privacy"],
    [`ana:${ana}:viewer+`, 'entry 1 (ana) has the role "", which is none of viewer, operator, privacy']
  ])("CONTRACT OPERATOR_TOKENS: %s is refused with its place, without the token", ([list, problem]) =>
    Effect.gen(function* () {
      const { problems } = yield* read({ OPERATOR_TOKENS: list ?? "" })
      assert.deepStrictEqual(problems, [`OPERATOR_TOKENS: ${problem}, expected name:token:role+role, …`])
    })
  )

  it.effect("CONTRACT OPERATOR_TOKENS: a name or a token that is given twice is refused", () =>
    Effect.gen(function* () {
      const name = yield* read({ OPERATOR_TOKENS: `ana:${ana}:viewer,ana:${bruno}:viewer` })
      assert.deepStrictEqual(name.problems, [
        "OPERATOR_TOKENS: the name ana is given twice, expected one token for each name"
      ])
      const token = yield* read({ OPERATOR_TOKENS: `ana:${ana}:viewer,bruno:${ana}:viewer` })
      assert.deepStrictEqual(token.problems, [
        "OPERATOR_TOKENS: the token of bruno is another operator's, too, expected one for each"
      ])
      const single = yield* read({ OPERATOR_TOKENS: `operator:${ana}:viewer`, OPERATOR_TOKEN: old })
      assert.deepStrictEqual(single.problems, [
        "OPERATOR_TOKENS: the name operator is given twice, expected one token for each name"
      ])
    })
  )
})
