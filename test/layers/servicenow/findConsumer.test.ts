import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import type { ConsumerOrigin } from "../../../src/domain/communication/Fact.ts"
import type { ConsumerKeys } from "../../../src/domain/outbound/consumer.ts"
import { storedSpellings } from "../../../src/domain/outbound/phoneSpellings.ts"
import type { Step } from "../../support/HttpScripted.ts"
import { Operations } from "../../support/serviceNowOperations.ts"
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
  return Effect.flatMap(Operations, (serviceNow) => inTime(serviceNow.findConsumer(asked))).pipe(
    Effect.provide(layer),
    Effect.map((lookup) => ({ lookup, requests, seen: seen() }))
  )
}
const fail = (script: ReadonlyArray<Step>, asked: ConsumerKeys = keys) => {
  const { layer, requests } = scripted(script)
  return Effect.flatMap(Operations, (serviceNow) => inTime(Effect.flip(serviceNow.findConsumer(asked)))).pipe(
    Effect.provide(layer),
    Effect.map((error) => ({ error, requests }))
  )
}
const found = (sysId: string, origem: ConsumerOrigin) => ({ found: { sysId, origem }, avisos: [] })

const exactPhones = storedSpellings(keys.phone).join(",")
const digitConditions = ["99999999", "9999-9999", "9999 9999", "9999.9999"]
  .flatMap((digits) => [`phoneLIKE${digits}`, `mobile_phoneLIKE${digits}`])
  .join("^OR")

describe("findConsumer: queries", () => {
  it.effect("SPEC 3.1: one query of exact values, then one of the phone's last digits, in no order", () =>
    Effect.gen(function* () {
      const { lookup, requests, seen } = yield* find([
        rows(consumer("x", { email: "x@example.com", mobile_phone: "1", u_cpf_cnpj: "1" })),
        rows()
      ])
      assert.deepStrictEqual(lookup, { avisos: [] })
      assert.deepStrictEqual(seen, [`GET ${consumerPath}`, `GET ${consumerPath}`])
      const common = {
        sysparm_fields: "sys_id,sys_created_on,email,phone,mobile_phone,u_cpf_cnpj",
        sysparm_limit: "100",
        sysparm_exclude_reference_link: "true"
      }
      assert.deepStrictEqual(requests.map(parameters), [
        {
          ...common,
          sysparm_query: `u_cpf_cnpjIN52998224725,529.982.247-25,052998224725,00052998224725^ORemail=Joao.Silva@example.com^ORphoneIN${exactPhones}^ORmobile_phoneIN${exactPhones}`
        },
        { ...common, sysparm_query: digitConditions }
      ])
    })
  )

  it.effect("SPEC 3.1: until a row has shown the document field, the second query asks by e-mail, too", () =>
    Effect.gen(function* () {
      const own = consumer("c-1", { email: keys.email })
      const { lookup, requests } = yield* find([rows(), rows(own)])
      assert.deepStrictEqual(lookup, found("c-1", "email"))
      assert.strictEqual(parameters(requests[1]).sysparm_query, `${digitConditions}^ORemail=${keys.email}`)
    })
  )

  it.effect("SPEC 3.4: values are percent-encoded", () =>
    Effect.gen(function* () {
      const { requests } = yield* find([rows()], { email: "a+b&c=d%@x.com" })
      assert.include(requests[0]?.url, "sysparm_query=email%3Da%2Bb%26c%3Dd%25%40x.com&")
    })
  )

  it.effect("SPEC 3.1: the first verified match ends it", () =>
    Effect.gen(function* () {
      const { lookup, requests } = yield* find([rows(consumer("c-1", { u_cpf_cnpj: "529.982.247-25" }))])
      assert.deepStrictEqual(lookup, found("c-1", "cpf_cnpj"))
      assert.strictEqual(requests.length, 1)
    })
  )

  it.effect("SPEC 3.1: a missing key is not looked up", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* find([], {})).lookup, { avisos: [] })
    })
  )
})

describe("findConsumer: verification", () => {
  it.effect("SPEC 3.1: strangers, returned for an unknown field, are never used", () =>
    Effect.gen(function* () {
      const stranger = consumer("x", { email: "other@example.com", mobile_phone: "+5511988888888", u_cpf_cnpj: "1" })
      const { lookup, requests } = yield* find([rows(stranger), rows(stranger)])
      assert.deepStrictEqual(lookup, { avisos: [] })
      assert.strictEqual(requests.length, 2)
    })
  )

  it.effect("SPEC 3.5: a row that shows none of the values, but not all fields, may be the customer's", () =>
    Effect.gen(function* () {
      const hidden = consumer("x", { mobile_phone: "+5511988888888", u_cpf_cnpj: "" })
      const { lookup } = yield* find([rows(hidden), rows()])
      assert.deepStrictEqual(lookup, {
        avisos: ["CPF/CNPJ", "e-mail"].map(
          (key) => `busca de consumidor por ${key} sem efeito: a instância não mostra o campo`
        ),
        unseen: ["document", "email"]
      })
    })
  )

  it.effect("SPEC 3.1: the document counts before the e-mail, the e-mail before the phone, whatever comes first", () =>
    Effect.gen(function* () {
      const byPhone = consumer("p", { phone: keys.phone }, "2020-01-01 00:00:00")
      const byEmail = consumer("e", { email: keys.email }, "2021-01-01 00:00:00")
      const byDocument = consumer("d", { u_cpf_cnpj: "52998224725" })
      assert.deepStrictEqual((yield* find([rows(byPhone, byEmail, byDocument)])).lookup, found("d", "cpf_cnpj"))
      assert.deepStrictEqual((yield* find([rows(byPhone, byEmail)])).lookup, found("e", "email"))
    })
  )

  it.effect("SPEC 3.1: a customer with the e-mail or phone but another CPF is somebody else", () =>
    Effect.gen(function* () {
      const other = { u_cpf_cnpj: "11144477735" }
      const [one, two] = [
        consumer("x", { email: keys.email, ...other }),
        consumer("y", { phone: keys.phone, ...other })
      ]
      const { lookup } = yield* find([rows(one, two), rows(two)])
      assert.deepStrictEqual(lookup, {
        avisos: ["e-mail", "telefone"].map((key) => `consumidor com o mesmo ${key} não usado: outro CPF/CNPJ`)
      })
      const own = consumer("c-1", { email: keys.email, u_cpf_cnpj: "não informado" }, "2025-06-01 00:00:00")
      assert.deepStrictEqual((yield* find([rows(one, own)])).lookup, {
        found: { sysId: "c-1", origem: "email" },
        avisos: ["consumidor com o mesmo e-mail não usado: outro CPF/CNPJ"]
      })
      const { document: _, ...without } = keys
      assert.deepStrictEqual((yield* find([rows(one)], without)).lookup, found("x", "email"))
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
      const { lookup } = yield* find([rows(), rows(consumer("x", { phone: "(21) 99999-9999" }))], {
        phone: keys.phone
      })
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

  for (const status of [400, 404]) {
    it.effect(
      `SPEC 3.5: a look-up refused with ${status} is asked again by each value: no match for the refused one`,
      () =>
        Effect.gen(function* () {
          const own = consumer("c-1", { email: keys.email })
          const refusedOne = `busca de consumidor por CPF/CNPJ recusada: HTTP ${status}`
          const { lookup, requests } = yield* find([refusal(status), refusal(status), rows(own)])
          assert.deepStrictEqual(lookup, { found: { sysId: "c-1", origem: "email" }, avisos: [refusedOne] })
          assert.deepStrictEqual(
            requests.map((request) => parameters(request).sysparm_query?.split("^OR").length),
            [4, 1, 1]
          )
          const none = yield* find([refusal(status), refusal(status), rows(), rows(), rows()])
          assert.deepStrictEqual(none.lookup, { avisos: [refusedOne], unseen: ["document"] })
        })
    )
  }

  it.effect("SPEC 3.5: refused last digits hide no exact value", () =>
    Effect.gen(function* () {
      const own = consumer("c-1", { phone: "(11) 9999-9999" })
      assert.deepStrictEqual((yield* find([rows(own)])).lookup, found("c-1", "telefone"))
      assert.deepStrictEqual((yield* find([rows(), refusal(400)])).lookup, {
        avisos: ["busca de consumidor por telefone recusada: HTTP 400"],
        unseen: ["digits"]
      })
    })
  )

  it.effect("SPEC 3.2: as many rows as a query returns do not hide the document, and are a warning", () =>
    Effect.gen(function* () {
      const many = "busca de consumidor com 100 registros ou mais: pode haver outro"
      const crowd = Array.from({ length: 100 }, (_, at) => consumer(`x${at}`, { phone: keys.phone, u_cpf_cnpj: "1" }))
      const own = consumer("c-1", { u_cpf_cnpj: "52998224725" })
      const { lookup, requests } = yield* find([rows(...crowd), rows(own)])
      assert.deepStrictEqual(lookup.found, found("c-1", "cpf_cnpj").found)
      assert.strictEqual(requests.length, 2)
      assert.include(lookup.avisos, many)
      const alone = yield* find([rows(...crowd)], { phone: keys.phone })
      assert.deepStrictEqual(alone.lookup, {
        found: { sysId: "x0", origem: "telefone" },
        avisos: ["100 consumidores com o mesmo telefone; usado o mais antigo", many]
      })
      const strangers = crowd.map(({ sys_id }) => consumer(sys_id, { phone: "1", u_cpf_cnpj: "1" }))
      const lost = yield* find([rows(...strangers), rows()], { phone: keys.phone })
      assert.deepStrictEqual(lost.lookup, { avisos: [many], unseen: ["phone"] })
    })
  )

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
