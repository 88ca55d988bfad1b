import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"

import type { Json } from "../../../src/domain/record/ChannelResult.ts"
import { record } from "../../domain/outbound/records.ts"
import { endings, headersOf, requestCount, runningWorld, textOf } from "../../support/scene.ts"
import { eventTime } from "../../support/World.ts"

describe("records that cannot be read", () => {
  const unreadable: Readonly<Record<string, readonly [value: Json | string | Uint8Array | null, detalhe: string]>> = {
    "a tombstone": [null, "registro sem valor"],
    "not UTF-8": [new Uint8Array([0x7b, 0xff, 0x7d]), "o valor não é UTF-8 válido"],
    "not JSON": ['{"a":', "o valor não é JSON válido"],
    "no object": ["[1]", "esperado objeto, veio lista"],
    "every problem, with its path": [
      record({
        tims_evento: "ontem",
        cod_canais: ["whatsapp", 7],
        cod_jornada: undefined,
        "cliente.id": "",
        "cliente.num_telefone": 11999999999,
        dados_jornada: {},
        "dados_whats.id_campanha": "x/pro"
      }),
      [
        "tims_evento: esperado data e hora ISO 8601 com fuso (Z ou ±hh:mm), veio outro texto",
        "cod_canais[1]: esperado texto, veio número",
        "cod_jornada: ausente",
        "cliente.id: esperado texto, veio texto vazio",
        "cliente.num_telefone: esperado texto, veio número",
        "dados_jornada.num_pedido: ausente, e dados_jornada.id também",
        'dados_whats.id_campanha: esperado letras, dígitos, "-" e "_", veio outro texto'
      ].join("; ")
    ]
  }
  for (const [name, [value, detalhe]] of Object.entries(unreadable)) {
    it.effect(`SPEC 2.1: ${name}: nothing is called, the bytes are kept, and the consumer continues`, () =>
      Effect.gen(function* () {
        const world = yield* runningWorld()
        const sent = yield* world.produce(value, {
          partition: 0,
          key: "k",
          headers: { sistema: "loja", "dlq-codigo": "velho" }
        })
        const [response] = yield* world.responded(1)
        assert.strictEqual(response?.evento, "mensagem_invalida")
        assert.deepStrictEqual(response?.erro, { codigo: "MENSAGEM_INVALIDA", status: 400, detalhe })
        assert.strictEqual(yield* requestCount(world), 0)

        const [letter, ...more] = yield* world.deadLetters
        assert.lengthOf(more, 0)
        assert.deepStrictEqual(letter?.value, sent.value)
        assert.strictEqual(textOf(letter?.key), "k")
        assert.deepStrictEqual(headersOf(letter), {
          sistema: "loja",
          "dlq-codigo": "MENSAGEM_INVALIDA",
          "dlq-detalhe": detalhe,
          "dlq-topico": "comunicacaoTransacional",
          "dlq-particao": "0",
          "dlq-offset": "0",
          "dlq-timestamp": String(eventTime)
        })

        yield* world.produce(record(), { partition: 0 })
        const [, next] = yield* world.responded(2)
        assert.strictEqual(next?.response_status, "success")
        assert.deepStrictEqual(endings(world), { "0/0": "dead_letter", "0/1": "response" })
      })
    )
  }

  it.effect("SPEC 2.1: unknown fields at any depth are tolerated", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.produce(record({ novo: { a: [1, null] }, "cliente.novo": true, "dados_whats.novo": 1 }))
      const [response] = yield* world.responded(1)
      assert.strictEqual(response?.response_status, "success")
    })
  )

  it.effect("SPEC 2.1: a dead letter's detail has at most 1 KiB, whole characters", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.produce(record({ id_correlacao: "um", cod_jornada: "é".repeat(1000) }))
      yield* world.responded(1)
      const [letter] = yield* world.deadLetters
      assert.strictEqual(headersOf(letter)["dlq-detalhe"], `jornada "${"é".repeat(507)}`)
    })
  )

  it.effect("SPEC 2.1: a record that leaves no room for the reason goes without its value, and says so", () =>
    Effect.gen(function* () {
      const world = yield* runningWorld()
      yield* world.produce("x".repeat(1_048_400), { key: "k" })
      yield* world.responded(1)
      const [letter] = yield* world.deadLetters
      assert.isNull(letter?.value)
      assert.strictEqual(textOf(letter?.key), "k")
      assert.strictEqual(headersOf(letter)["dlq-truncado"], "true")
      assert.strictEqual(headersOf(letter)["dlq-codigo"], "MENSAGEM_INVALIDA")
    })
  )
})
