import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import type { ConsumerSeed } from "../../../simulators/servicenow/seedConsumers.ts"
import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { record } from "../../domain/outbound/records.ts"
import { calls, channels } from "../../support/scene.ts"
import { makeWorld } from "../../support/World.ts"

const known = "a".repeat(32)

/** The response to a record for the Case alone, of an instance that has these consumers. */
const communicated = Effect.fnUntraced(function* (cliente: Json, seeds: ReadonlyArray<ConsumerSeed>) {
  const world = yield* makeWorld()
  yield* world.serviceNow.seed(seeds)
  yield* world.start
  const fields = { id: "c-1", nome: "Ana", sobrenome: "Lima", ...cliente }
  yield* world.produce(record({ cod_canais: ["itsm"], cliente: fields }))
  const [response] = yield* world.responded(1)
  return { world, response, consumer: channels(response).itsm?.consumer }
})

describe("one customer in every spelling", () => {
  const spellings: ReadonlyArray<readonly [sent: Json, stored: ConsumerSeed]> = [
    [{ num_telefone: "(0XX11) 98765-4321" }, { mobile_phone: "1187654321" }],
    [{ num_telefone: "1187654321" }, { phone: "+55 11 98765-4321" }],
    [{ num_telefone: "5511987654321.0" }, { mobile_phone: "(11) 98765 4321" }],
    [{ num_telefone: "551187654321@c.us" }, { mobile_phone: "+5511987654321" }],
    [{ num_telefone: "+5521987650001" }, { phone: "+55 21 98765 0001" }],
    [{ cpf: "1234567890" }, { u_cpf_cnpj: "012.345.678-90" }],
    [{ cpf: "012.345.678-90" }, { u_cpf_cnpj: "1234567890" }],
    [{ cpf_cnpj: "052998224725" }, { u_cpf_cnpj: "52998224725" }],
    [{ documento: "529.982.247-25" }, { u_cpf_cnpj: "052998224725" }],
    [{ cnpj: "12.abc.345/01de-35" }, { u_cpf_cnpj: "12ABC34501DE35" }],
    [{ email: "Ana Lima <ANA@example.com>" }, { email: "ana@example.com" }]
  ]
  for (const [sent, stored] of spellings) {
    it.effect(`SPEC 3.1: ${Object.values(sent).join()} is found as ${Object.values(stored).join()}`, () =>
      Effect.gen(function* () {
        const { consumer, response } = yield* communicated(sent, [{ sys_id: known, ...stored }])
        assert.strictEqual(consumer?.sys_id, known)
        assert.notProperty(response, "avisos")
      })
    )
  }

  it.effect("SPEC 3.3: a new consumer has what it will be looked up by, so the next order finds it", () =>
    Effect.gen(function* () {
      const cliente = { cnpj: "12 345 678 0001 95", email: " Ana@Example.COM ", num_telefone: "+55 11 8765 4321" }
      const { consumer, world } = yield* communicated(cliente, [])
      assert.strictEqual(consumer?.origem, "criado")
      const [stored] = yield* world.serviceNow.consumers
      assert.deepInclude(stored?.fields, {
        u_cpf_cnpj: "12345678000195",
        email: "ana@example.com",
        mobile_phone: "+5511987654321"
      })
      for (const [index, key] of (["cnpj", "email", "num_telefone"] as const).entries()) {
        const other = { id: "c-1", nome: "Ana", [key]: cliente[key] }
        yield* world.produce(record({ cod_canais: ["itsm"], id_correlacao: key, cliente: other }))
        const response = (yield* world.responded(index + 2)).at(-1)
        assert.strictEqual(channels(response).itsm?.consumer?.sys_id, consumer?.sys_id, key)
      }
      assert.lengthOf(yield* world.serviceNow.consumers, 1)
    })
  )
})

describe("what identifies nobody", () => {
  const strangers: ReadonlyArray<readonly [sent: Json, stored: ConsumerSeed, aviso: string]> = [
    [
      { num_telefone: "(11) 3765-4321" },
      { mobile_phone: "+5511937654321" },
      // A landline is a valid phone of its own.
      ""
    ],
    [
      { cpf: "000.000.000-00" },
      { u_cpf_cnpj: "00000000000" },
      'cliente.cpf: esperado CPF com dígitos verificadores certos, veio "***.***.***-00"; não usado'
    ],
    [
      { cpf: "529.982.247-24" },
      { u_cpf_cnpj: "529.982.247-24" },
      'cliente.cpf: esperado CPF com dígitos verificadores certos, veio "***.***.***-24"; não usado'
    ],
    [
      { documento: "CLIENTE0000099" },
      { u_cpf_cnpj: "CLIENTE0000099" },
      'cliente.documento: esperado CPF ou CNPJ com dígitos verificadores certos, veio "************99"; não usado'
    ],
    [
      { email: "sem email" },
      { email: "sem email" },
      'cliente.email: esperado um endereço de e-mail, veio "*** ***il"; não usado'
    ],
    [
      { email: "nao.tem@gmail.com" },
      { email: "nao.tem@gmail.com" },
      'cliente.email: "***.***@*****.*om" só preenche o campo; não usado'
    ],
    [
      { num_telefone: "(11) 99999-9999" },
      { phone: "(11) 99999-9999" },
      'cliente.num_telefone: "(**) *****-**99" só preenche o campo; não usado'
    ],
    [
      { num_telefone: "11111111111" },
      { phone: "11111111111" },
      'cliente.num_telefone: esperado DDD e número de celular ou fixo, veio "*********11"; não usado'
    ],
    [
      { num_telefone: "-" },
      { phone: "-" },
      'cliente.num_telefone: esperado DDD e número de celular ou fixo, veio "-"; não usado'
    ]
  ]
  for (const [sent, stored, aviso] of strangers) {
    it.effect(`SPEC 3.1: ${Object.values(sent).join()} is neither looked up nor written, and is reported`, () =>
      Effect.gen(function* () {
        const { consumer, response, world } = yield* communicated({ ...sent }, [{ sys_id: known, ...stored }])
        assert.notStrictEqual(consumer?.sys_id, known)
        assert.deepStrictEqual(response?.avisos ?? [], aviso === "" ? [] : [aviso])
        assert.strictEqual(response?.response_status, "success")
        const lookups = (yield* calls(world.serviceNow)).filter((call) => call.includes("GET"))
        assert.lengthOf(
          lookups.filter((call) => call.includes("csm_consumer")),
          aviso === "" ? 2 : 0
        )
        assert.strictEqual(consumer?.origem, aviso === "" ? "criado" : "generico")
      })
    )
  }

  it.effect("SPEC 3.1, 3.3: an invalid document is not written on the new consumer; the other identities are", () =>
    Effect.gen(function* () {
      const cliente = { cpf: "529.982.247-24", cpf_cnpj: "111.444.777-35", email: "sem.email@gmail.com" }
      const { consumer, world } = yield* communicated({ ...cliente, num_telefone: "11 98765-4321" }, [])
      assert.strictEqual(consumer?.origem, "criado")
      const [stored] = yield* world.serviceNow.consumers
      assert.strictEqual(stored?.fields.u_cpf_cnpj, "11144477735")
      assert.strictEqual(stored?.fields.mobile_phone, "+5511987654321")
      assert.notInclude(JSON.stringify(stored), "sem.email@")
    })
  )
})
