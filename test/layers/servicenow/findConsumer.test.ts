import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import type { ConsumerOrigin } from "../../../src/domain/communication/Fact.ts"
import type { ConsumerKeys } from "../../../src/domain/outbound/consumer.ts"
import { ServiceNow } from "../../../src/services/ServiceNow.ts"
import type { Step } from "../../support/HttpScripted.ts"
import { consumerPath, inTime, origin, parameters, refusal, rows, scripted } from "./serviceNowTest.ts"

const keys = { document: "529.982.247-25", email: "Joao.Silva@example.com", phone: "+5511999999999" }
const consumer = (sysId: string, fields: Record<string, unknown> = {}, created = "2025-01-01 00:00:00") => ({
  sys_id: sysId,
  sys_created_on: created,
  email: "",
  phone: "",
  mobile_phone: "",
  ...fields
})

const find = (script: ReadonlyArray<Step>, asked: ConsumerKeys = keys) => {
  const { layer, requests, seen } = scripted(script)
  return Effect.flatMap(ServiceNow, (serviceNow) => inTime(serviceNow.findConsumer(asked))).pipe(
    Effect.provide(layer),
    Effect.map((lookup) => ({ lookup, requests, seen: seen() }))
  )
}
const fail = (script: ReadonlyArray<Step>, asked: ConsumerKeys = keys) => {
  const { layer, requests } = scripted(script)
  return Effect.flatMap(ServiceNow, (serviceNow) => inTime(Effect.flip(serviceNow.findConsumer(asked)))).pipe(
    Effect.provide(layer),
    Effect.map((error) => ({ error, requests }))
  )
}
const found = (sysId: string, origem: ConsumerOrigin) => ({ found: { sysId, origem }, avisos: [] })

describe("findConsumer: order and queries", () => {
  it.effect("SPEC 3.1: document, e-mail, phone in this order, one query each, oldest first, ten at most", () =>
    Effect.gen(function* () {
      const { lookup, requests, seen } = yield* find([rows(), rows(), rows()])
      assert.deepStrictEqual(lookup, { avisos: [] })
      assert.deepStrictEqual(seen, [`GET ${consumerPath}`, `GET ${consumerPath}`, `GET ${consumerPath}`])
      const common = {
        sysparm_fields: "sys_id,sys_created_on,email,phone,mobile_phone,u_cpf_cnpj",
        sysparm_limit: "10",
        sysparm_exclude_reference_link: "true"
      }
      assert.deepStrictEqual(requests.map(parameters), [
        {
          ...common,
          sysparm_query: "u_cpf_cnpj=52998224725^ORu_cpf_cnpj=529.982.247-25^ORDERBYsys_created_on"
        },
        { ...common, sysparm_query: "email=Joao.Silva@example.com^ORDERBYsys_created_on" },
        {
          ...common,
          sysparm_query:
            "phoneLIKE99999999^ORmobile_phoneLIKE99999999^ORphoneLIKE9999-9999^ORmobile_phoneLIKE9999-9999^ORDERBYsys_created_on"
        }
      ])
    })
  )

  it.effect("SPEC 3.4: values are percent-encoded", () =>
    Effect.gen(function* () {
      const { requests } = yield* find([rows()], { email: "a+b&c=d%@x.com" })
      assert.include(requests[0]?.url, "sysparm_query=email%3Da%2Bb%26c%3Dd%25%40x.com%5EORDERBYsys_created_on&")
    })
  )

  it.effect("SPEC 3.1: the first verified match ends it", () =>
    Effect.gen(function* () {
      const { lookup, requests } = yield* find([rows(consumer("c-1", { u_cpf_cnpj: "529.982.247-25" }))])
      assert.deepStrictEqual(lookup, found("c-1", "cpf_cnpj"))
      assert.strictEqual(requests.length, 1)
    })
  )

  it.effect("SPEC 3.1: a key that is not there is not looked up", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* find([], {})).lookup, { avisos: [] })
    })
  )
})

describe("findConsumer: verification", () => {
  it.effect("SPEC 3.1: strangers, returned for an unknown field, are never used", () =>
    Effect.gen(function* () {
      const stranger = consumer("x", { email: "other@example.com", mobile_phone: "+5511988888888" })
      const { lookup, requests } = yield* find([rows(stranger), rows(stranger), rows(stranger)])
      assert.deepStrictEqual(lookup, { avisos: [] })
      assert.strictEqual(requests.length, 3)
    })
  )

  it.effect("SPEC 3.1: an unverified row does not hide the verified one after it", () =>
    Effect.gen(function* () {
      const stranger = consumer("x", { u_cpf_cnpj: "11144477735" })
      const own = consumer("c-1", { u_cpf_cnpj: "52998224725" })
      assert.deepStrictEqual((yield* find([rows(stranger, own)])).lookup, found("c-1", "cpf_cnpj"))
    })
  )

  it.effect("SPEC 3.1: e-mail without case", () =>
    Effect.gen(function* () {
      const own = consumer("c-1", { email: "joao.silva@EXAMPLE.com" })
      assert.deepStrictEqual((yield* find([rows(own)], { email: keys.email })).lookup, found("c-1", "email"))
    })
  )

  for (const written of ["11999999999", "(11) 9999-9999", "+55 11 99999-9999", "551199999999"]) {
    it.effect(`SPEC 3.1: phone with or without +55 and the ninth digit: ${written}`, () =>
      Effect.gen(function* () {
        const own = consumer("c-1", { phone: written })
        assert.deepStrictEqual((yield* find([rows(own)], { phone: keys.phone })).lookup, found("c-1", "telefone"))
      })
    )
  }

  it.effect("SPEC 3.1: a phone of another town is a stranger's", () =>
    Effect.gen(function* () {
      const { lookup } = yield* find([rows(consumer("x", { phone: "(21) 99999-9999" }))], { phone: keys.phone })
      assert.deepStrictEqual(lookup, { avisos: [] })
    })
  )

  it.effect("SPEC 3.1: values given as objects count", () =>
    Effect.gen(function* () {
      const own = consumer("c-1", { email: { display_value: keys.email, value: keys.email } })
      assert.deepStrictEqual((yield* find([rows(own)], { email: keys.email })).lookup, found("c-1", "email"))
    })
  )

  it.effect("SPEC 3.2: of several verified the oldest, and a warning without personal data", () =>
    Effect.gen(function* () {
      const { lookup } = yield* find(
        [
          rows(
            consumer("young", { email: keys.email }, "2025-03-01 00:00:00"),
            consumer("old", { email: keys.email }, "2024-03-01 00:00:00"),
            consumer("middle", { email: keys.email }, "2024-05-01 00:00:00")
          )
        ],
        { email: keys.email }
      )
      assert.deepStrictEqual(lookup, {
        found: { sysId: "old", origem: "email" },
        avisos: ["3 consumidores com o mesmo e-mail; usado o mais antigo"]
      })
    })
  )
})

describe("findConsumer: refused values and look-ups", () => {
  for (const [title, value] of [
    ["^", "a^ORactive=true@x.com"],
    ["control characters", "a\n@x.com"],
    ["javascript:", "JavaScript:gs.log()"],
    ["empty", "  "]
  ] as const) {
    it.effect(`SPEC 3.4: ${title}: no look-up, no match, a warning`, () =>
      Effect.gen(function* () {
        const own = consumer("c-1", { mobile_phone: keys.phone })
        const { lookup, requests } = yield* find([rows(own)], { email: value, phone: keys.phone })
        assert.deepStrictEqual(lookup, {
          found: { sysId: "c-1", origem: "telefone" },
          avisos: ["e-mail não pesquisado: valor não permitido na consulta"]
        })
        assert.strictEqual(requests.length, 1)
      })
    )
  }

  it.effect("SPEC 3.4: a document and a phone are checked as they came, not only their digits", () =>
    Effect.gen(function* () {
      const { lookup } = yield* find([], { document: "52998224725^", phone: "javascript:11999999999" })
      assert.deepStrictEqual(lookup.avisos, [
        "CPF/CNPJ não pesquisado: valor não permitido na consulta",
        "telefone não pesquisado: valor não permitido na consulta"
      ])
    })
  )

  for (const status of [400, 404]) {
    it.effect(`SPEC 3.5: a look-up refused with ${status}: no match, a warning, the next key`, () =>
      Effect.gen(function* () {
        const own = consumer("c-1", { email: keys.email })
        const { lookup, requests } = yield* find([refusal(status), rows(own)])
        assert.deepStrictEqual(lookup, {
          found: { sysId: "c-1", origem: "email" },
          avisos: [`busca de consumidor por CPF/CNPJ recusada: HTTP ${status}`]
        })
        assert.strictEqual(requests.length, 2)
      })
    )
  }

  it.effect("SPEC 3.5: retries used up: it fails, never the guest", () =>
    Effect.gen(function* () {
      const { error, requests } = yield* fail(Array.from({ length: 5 }, () => refusal(503)))
      assert.strictEqual(error.operation, "findConsumer")
      assert.strictEqual(error.reason._tag, "Refused")
      assert.strictEqual(error.attempts, 5)
      assert.strictEqual(requests.length, 5)
    })
  )

  it.effect("SPEC 4.6: 429 is retried and does not count; after 5 s it is held back", () =>
    Effect.gen(function* () {
      const own = consumer("c-1", { email: keys.email })
      const { lookup } = yield* find([refusal(429, { "retry-after": "3" }), rows(own)], { email: keys.email })
      assert.deepStrictEqual(lookup, found("c-1", "email"))
      const { error } = yield* fail(Array.from({ length: 5 }, () => refusal(429)))
      assert.deepStrictEqual([error.reason._tag, error.attempts], ["HeldBack", 0])
    })
  )

  it.effect("SPEC 4.4: a result that is not a list is unreadable", () =>
    Effect.gen(function* () {
      const { error } = yield* fail(Array.from({ length: 5 }, () => rows("x")))
      assert.strictEqual(error.reason._tag, "Unreadable")
    })
  )

  it.effect("the instance's URL is used as it is", () =>
    Effect.gen(function* () {
      const { requests } = yield* find([rows()], { email: keys.email })
      assert.isTrue(requests[0]?.url.startsWith(`${origin}${consumerPath}?`))
    })
  )
})
