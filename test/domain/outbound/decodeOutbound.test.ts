import { assert, describe, it } from "@effect/vitest"

import { decodeOutbound } from "../../../src/domain/outbound/decodeOutbound.ts"
import { customerOf, orderNumber } from "../../../src/domain/outbound/Outbound.ts"
import { bytes, decode, fixture, outbound, record } from "./records.ts"

const fixtureId = "pedido_entregue_amanha|550e8400-e29b-41d4-a716-446655440000|805566999OBM3028874-01"

const invalid = (value: unknown) => {
  const decoded = decode(value)
  if (decoded._tag !== "Invalid") throw new Error(`not invalid: ${decoded._tag}`)
  return decoded
}

describe("decodeOutbound: valid records", () => {
  it("SPEC 1.1, 2.1: the fixture, field by field", () => {
    const { tims_evento, cod_canais, cod_jornada, cliente, dados_jornada, dados_whats } = record()
    const expected: Record<string, unknown> = {
      _tag: "Valid",
      outbound: {
        id_correlacao: fixtureId,
        cod_canais,
        cod_jornada,
        tims_evento,
        eventTime: Date.UTC(2025, 8, 30, 15, 30),
        cliente,
        dados_jornada,
        dados_whats,
        dados_canal_itsm: {}
      }
    }
    assert.deepEqual<unknown>(decode(record()), expected)
  })

  it("SPEC 1.1: an explicit id_correlacao wins; null and blank count as absent", () => {
    assert.strictEqual(outbound({ id_correlacao: "meu id" }).id_correlacao, "meu id")
    for (const none of [null, "", " "]) assert.strictEqual(outbound({ id_correlacao: none }).id_correlacao, fixtureId)
  })

  it("SPEC 1.2: without remessa the id has an empty one; without num_pedido the journey's own id", () => {
    const prefix = "pedido_entregue_amanha|550e8400-e29b-41d4-a716-446655440000|"
    for (const none of [undefined, null, "", " "]) {
      assert.strictEqual(outbound({ "dados_jornada.remessa": none }).id_correlacao, `${prefix}OBM3028874-01`)
    }
    for (const none of [undefined, null, "", " "]) {
      const own = outbound({ "dados_jornada.num_pedido": none, "dados_jornada.id": "NF-7" })
      assert.strictEqual(own.id_correlacao, `${prefix}805566999NF-7`)
      assert.strictEqual(orderNumber(own), "NF-7")
    }
  })

  it("SPEC 2.2: keeps our channels, in the record's order, each once", () => {
    assert.deepStrictEqual(outbound({ cod_canais: ["sms", "itsm", "whatsapp", "itsm"] }).cod_canais, [
      "itsm",
      "whatsapp"
    ])
  })

  it("SPEC 2.2: letter case and spaces around a channel's name do not count", () => {
    assert.deepStrictEqual(outbound({ cod_canais: ["WhatsApp", "ITSM", " whatsapp ", "SMS"] }).cod_canais, [
      "whatsapp",
      "itsm"
    ])
  })

  it("SPEC 2.1, 3.1: documents may be numbers; they are kept apart as texts, so that `cliente` compares as before", () => {
    const order = outbound({ "cliente.cnpj": 12345678000195, "cliente.cpf": 1234567890 })
    assert.deepStrictEqual(order.numbers, { cnpj: "12345678000195", cpf: "1234567890" })
    assert.isFalse("cnpj" in order.cliente || "cpf" in order.cliente)
    assert.deepInclude(customerOf(order), { nome: "João", cnpj: "12345678000195", cpf: "1234567890" })
    assert.isFalse("avisos" in order)
    assert.isFalse("numbers" in outbound())
  })

  it("SPEC 5.1: without a phone a record that also wants a Case is valid", () => {
    for (const none of [undefined, null, "", " "]) {
      assert.deepStrictEqual(outbound({ "cliente.num_telefone": none }).cod_canais, ["whatsapp", "itsm"])
    }
  })

  it("SPEC 2.1: an integer beyond 2^53 keeps its digits", () => {
    const key = "35250912345678000195550010000012341000012345"
    const kept = (number: string): unknown => {
      const text = JSON.stringify(record({ "dados_jornada.chave": 1 })).replace('"chave":1', `"chave":${number}`)
      const decoded = decodeOutbound(bytes(text))
      return decoded._tag === "Valid" ? decoded.outbound.dados_jornada["chave"] : "?"
    }
    for (const number of [key, `${key}.0`, `3.${key.slice(1)}E+43`, `3.${key.slice(1)}e43`]) {
      assert.strictEqual(kept(number), key)
    }
    assert.strictEqual(kept(`-${key}`), `-${key}`)
    // Nobody knows the digits of a rounded number, and others are no integers.
    for (const number of ["3.52509123456780019E+43", "12345678901234567890.5"]) {
      assert.strictEqual(kept(number), Number(number))
    }
  })

  it("SPEC 2.1: fields that this record's channels do not use are not needed, and dropped when they are unusable", () => {
    const itsm = outbound({ cod_canais: ["itsm"], "cliente.num_telefone": undefined, dados_whats: "?" })
    assert.isFalse("dados_whats" in itsm)
    const whats = outbound({ cod_canais: ["whatsapp"], "cliente.email": 5, "cliente.cpf": null, "dados_jornada.id": 7 })
    assert.isFalse("email" in whats.cliente || "cpf" in whats.cliente || "id" in whats.dados_jornada)
  })

  it("SPEC 2.1: an optional field that cannot be used is left out, with a warning that the response shows", () => {
    const order = outbound({ "cliente.nome": 5, "cliente.cpf": [52998224725] })
    assert.isFalse("nome" in order.cliente || "cpf" in order.cliente)
    assert.deepStrictEqual(order.avisos, [
      "cliente.nome: esperado texto, veio número; ignorado",
      "cliente.cpf: esperado texto, veio lista; ignorado"
    ])
    assert.isFalse(
      "avisos" in outbound({ cod_canais: ["whatsapp"], "cliente.nome": 5, "dados_jornada.dat_entrega": 7 })
    )
  })

  it("SPEC 2.1: unknown fields of the customer and the journey are kept as they came, null too", () => {
    const order = outbound({ "cliente.extra": { a: [1, null] }, "dados_jornada.itens": [{ sku: "x" }] })
    assert.deepStrictEqual(order.cliente["extra"], { a: [1, null] })
    assert.deepStrictEqual(order.dados_jornada["itens"], [{ sku: "x" }])
  })

  it("SPEC 2.1: a byte order mark does not count", () => {
    assert.strictEqual(decodeOutbound(bytes(`\uFEFF${JSON.stringify(record())}`))._tag, "Valid")
  })

  const times: ReadonlyArray<readonly [string, string]> = [
    ["2025-09-30T15:30:00Z", "2025-09-30T15:30:00.000Z"],
    ["2025-09-30T12:30:00-03:00", "2025-09-30T15:30:00.000Z"],
    ["2025-09-30T12:30:00.123456-0300", "2025-09-30T15:30:00.123Z"],
    ["2025-09-30T21:00+05:30", "2025-09-30T15:30:00.000Z"],
    ["2024-02-29T00:00:00,5+00", "2024-02-29T00:00:00.500Z"]
  ]
  it.each(times)("SPEC 2.1: tims_evento %s", (text, expected) => {
    assert.strictEqual(new Date(outbound({ tims_evento: text }).eventTime).toISOString(), expected)
  })
})

describe("decodeOutbound: names that are nearly ours", () => {
  it.each(["api_whatsapp", "canal-whatsapp", "WhatsApp Business", "snow_itsm", "whatsap"])("SPEC 2.2: %s", (name) => {
    const decoded = decode(record({ cod_canais: [name] }))
    assert.deepStrictEqual(decoded._tag === "Invalid" ? decoded.problems : decoded, [
      { path: "cod_canais[0]", problem: `esperado "whatsapp", "itsm" ou outro canal, veio "${name}"` }
    ])
  })
})

describe("decodeOutbound: skipped records", () => {
  it("SPEC 2.2: the names of other services' channels are not nearly ours", () => {
    const others = [
      "sms",
      "email",
      "e-mail",
      "push",
      "app",
      "rcs",
      "web",
      "telegram",
      "instagram",
      "voz",
      "crm",
      "tms",
      ""
    ]
    for (const name of others) assert.strictEqual(decode(record({ cod_canais: [name] }))._tag, "Skipped", name)
  })

  it("SPEC 2.2: none of our channels, whatever else is wrong", () => {
    assert.deepStrictEqual(decode({ cod_canais: ["sms", "push"], tims_evento: 5 }), {
      _tag: "Skipped",
      canais: ["sms", "push"]
    })
    assert.deepStrictEqual(decode({ cod_canais: [] }), { _tag: "Skipped", canais: [] })
  })
})

describe("decodeOutbound: invalid records", () => {
  it("SPEC 2.1: every problem with its path, as in fixture mensagem_invalida", () => {
    const { problems, detail, channels, id } = invalid(record({ "cliente.num_telefone": 5, dados_whats: undefined }))
    assert.deepStrictEqual(problems, [
      { path: "cliente.num_telefone", problem: "esperado texto, veio número" },
      { path: "dados_whats", problem: "ausente" }
    ])
    const { erro } = fixture("responses/mensagem_invalida")
    assert.deepStrictEqual({ codigo: "MENSAGEM_INVALIDA", status: 400, detalhe: detail }, erro)
    assert.deepStrictEqual(channels, ["whatsapp", "itsm"])
    assert.strictEqual(id, fixtureId)
  })

  const dateTime = "esperado data e hora ISO 8601 com fuso (Z ou ±hh:mm)"
  const rows: ReadonlyArray<readonly [Record<string, unknown>, string]> = [
    [{ tims_evento: undefined }, "tims_evento: ausente"],
    [{ tims_evento: 1759246200 }, `tims_evento: ${dateTime}, veio número`],
    [{ tims_evento: "2025-09-30T15:30:00" }, `tims_evento: ${dateTime}, veio outro texto`],
    [{ tims_evento: "2025-02-29T15:30:00Z" }, `tims_evento: ${dateTime}, veio outro texto`],
    [{ tims_evento: "2025-09-31T15:30:00Z" }, `tims_evento: ${dateTime}, veio outro texto`],
    [{ tims_evento: "2025-09-30T24:00:00Z" }, `tims_evento: ${dateTime}, veio outro texto`],
    [{ tims_evento: "30/09/2025 15:30" }, `tims_evento: ${dateTime}, veio outro texto`],
    [{ cod_canais: undefined }, "cod_canais: ausente"],
    [{ cod_canais: "whatsapp" }, "cod_canais: esperado lista de textos, veio texto"],
    [
      { cod_canais: ["itsm", 5, null] },
      "cod_canais[1]: esperado texto, veio número; cod_canais[2]: esperado texto, veio nulo"
    ],
    [{ cod_jornada: "" }, "cod_jornada: esperado texto, veio texto vazio"],
    [{ cliente: undefined }, "cliente: ausente"],
    [{ cliente: [] }, "cliente: esperado objeto, veio lista"],
    [{ "cliente.id": 7 }, "cliente.id: esperado texto, veio número"],
    [{ cod_canais: ["whatsapp"], "cliente.num_telefone": undefined }, "cliente.num_telefone: ausente"],
    [
      { cod_canais: ["whatsapp"], "cliente.num_telefone": " " },
      "cliente.num_telefone: esperado texto, veio texto vazio"
    ],
    [{ "cliente.num_telefone": [] }, "cliente.num_telefone: esperado texto, veio lista"],
    [{ "cliente.id": "x".repeat(201) }, "cliente.id: esperado texto de até 200 caracteres, veio um mais longo"],
    [
      { id_correlacao: "x", "dados_jornada.num_pedido": "x".repeat(201) },
      "dados_jornada.num_pedido: esperado texto de até 200 caracteres, veio um mais longo"
    ],
    ...[
      ["WhatsAp", 'veio "WhatsAp"'],
      ["whats app", 'veio "whats app"'],
      ["WhatsApp Business", 'veio "WhatsApp Business"'],
      ["zap", 'veio "zap"'],
      ["ITMS", 'veio "ITMS"'],
      ["itsm.", 'veio "itsm."']
    ].map(
      ([name, came]) =>
        [
          { cod_canais: [name, "whatsapp"] },
          `cod_canais[0]: esperado "whatsapp", "itsm" ou outro canal, ${came}`
        ] as const
    ),
    ...(
      [
        [20362, "número"],
        [1759276800000, "número"],
        [[2025, 10, 1], "lista"],
        [{ ano: 2025 }, "objeto"],
        [true, "booleano"],
        ["1759276800000", '"1759276800000"'],
        ["2025-02-30", '"2025-02-30"'],
        ["31/02/2025", '"31/02/2025"'],
        ["2025-10-01T25:00:00Z", '"2025-10-01T25:00:00Z"']
      ] as const
    ).map(
      ([date, came]) =>
        [
          { "dados_jornada.dat_entrega": date },
          `dados_jornada.dat_entrega: esperado data em texto, como yyyy-MM-dd ou dd/MM/yyyy, veio ${came}`
        ] as const
    ),
    [{ dados_jornada: null }, "dados_jornada: esperado objeto, veio nulo"],
    [
      { "dados_jornada.num_pedido": undefined, "dados_jornada.id": undefined },
      "dados_jornada.num_pedido: ausente, e dados_jornada.id também"
    ],
    [{ "dados_jornada.num_pedido": 3028874 }, "dados_jornada.num_pedido: esperado texto, veio número"],
    [{ "dados_jornada.num_pedido": null, "dados_jornada.id": true }, "dados_jornada.id: esperado texto, veio booleano"],
    [{ "dados_jornada.remessa": 805566999 }, "dados_jornada.remessa: esperado texto, veio número"],
    [{ "dados_whats.id_campanha": undefined }, "dados_whats.id_campanha: ausente"],
    [
      { "dados_whats.id_campanha": "a/../b" },
      'dados_whats.id_campanha: esperado letras, dígitos, "-" e "_", veio outro texto'
    ],
    [{ id_correlacao: 5 }, "id_correlacao: esperado texto, veio número"],
    [{ id_correlacao: "a^b" }, 'id_correlacao: contém "^"'],
    [{ id_correlacao: "a\u0000b" }, "id_correlacao: contém caractere de controle"],
    [{ "cliente.id": "x".repeat(200) }, "id_correlacao: esperado no máximo 200 caracteres"]
  ]
  it.each(rows)("SPEC 1.3, 2.1, 5.1: %j", (changes, detail) => {
    assert.strictEqual(invalid(record(changes)).detail, detail)
  })

  it("SPEC 2.1: a record whose id cannot be computed has none", () => {
    assert.isFalse("id" in invalid(record({ "cliente.id": 7 })))
    assert.isFalse("id" in invalid(record({ id_correlacao: "a^b" })))
    assert.strictEqual(invalid(record({ "cliente.id": 7, id_correlacao: "x" })).id, "x")
    assert.strictEqual(invalid(record({ "cliente.num_telefone": 5 })).id, fixtureId)
  })

  it("SPEC 2.1: a long list of wrong channels makes no long message", () => {
    const { problems } = invalid(record({ cod_canais: Array.from({ length: 1000 }, () => 5) }))
    assert.strictEqual(problems.length, 11)
    assert.deepStrictEqual(problems[10], { path: "cod_canais", problem: "mais 990 itens que não são nomes de canais" })
  })

  const bodies: ReadonlyArray<readonly [string, Uint8Array | null, string]> = [
    ["a tombstone", null, "registro sem valor"],
    ["no bytes", new Uint8Array(), "o valor não é JSON válido"],
    ["other bytes than UTF-8", Uint8Array.of(0x7b, 0xff, 0x7d), "o valor não é UTF-8 válido"],
    ["other text than JSON", bytes('{"cliente":"segredo"'), "o valor não é JSON válido"],
    ["a list", bytes("[]"), "esperado objeto, veio lista"],
    ["null", bytes("null"), "esperado objeto, veio nulo"]
  ]
  it.each(bodies)("SPEC 2.1: %s", (_, value, detail) => {
    assert.deepStrictEqual(decodeOutbound(value), {
      _tag: "Invalid",
      channels: [],
      problems: [{ path: "", problem: detail }],
      detail
    })
  })

  it("SPEC 2.1: no depth of nesting crashes it; more than 64 levels are a problem", () => {
    const nested = (depth: number) =>
      JSON.stringify(record({ "dados_jornada.x": "@" })).replace('"@"', "[".repeat(depth) + "]".repeat(depth))
    assert.strictEqual(decodeOutbound(bytes(nested(62)))._tag, "Valid")
    for (const depth of [63, 200_000]) {
      const decoded = decodeOutbound(bytes(nested(depth)))
      if (decoded._tag !== "Invalid") throw new Error(`depth ${depth} is ${decoded._tag}`)
      assert.strictEqual(decoded.id, fixtureId)
      assert.strictEqual(decoded.detail, "mais de 64 níveis de objetos e listas")
    }
  })
})
