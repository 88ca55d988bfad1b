import { assert, describe, it } from "@effect/vitest"

import { decodeInbound } from "../../../src/domain/inbound/decodeInbound.ts"
import type { InboundEvent } from "../../../src/domain/inbound/InboundEvent.ts"
import { bytes, fixture } from "../outbound/records.ts"
import { decode, event, events, fixtureId, message, receivedAt, whatsapp } from "./inbound.ts"

const named = { correlationId: fixtureId, journey: "pedido_entregue_amanha", caseId: "CS0001005" }

describe("decodeInbound: the fixtures", () => {
  const expected: Readonly<Record<string, InboundEvent>> = {
    "canonical-delivered": {
      kind: "delivered",
      at: Date.UTC(2025, 8, 30, 15, 31, 2),
      messageId: "wamid.HBgNNTUxMQ1",
      ...named,
      phone: "+5511999999999"
    },
    "canonical-reply": {
      kind: "reply",
      at: Date.UTC(2025, 8, 30, 15, 40, 10),
      messageId: "wamid.HBgNNTUxMQ2",
      ...named,
      phone: "+5511999999999",
      text: "Sim!"
    },
    "flat-read": {
      kind: "read",
      at: 1_759_246_380_000,
      messageId: "wamid.HBgNNTUxMQ1",
      correlationId: fixtureId,
      caseId: "CS0001005"
    },
    "omnichat-read": { kind: "read", at: Date.UTC(2025, 8, 30, 15, 33), messageId: "m-77", ...named, chat: "chat-9" },
    "omnichat-reply": {
      kind: "reply",
      at: Date.UTC(2025, 8, 30, 15, 44, 59),
      messageId: "m-78",
      ...named,
      chat: "chat-9",
      text: "NÃO, quero remarcar"
    },
    "whatsapp-button": {
      kind: "reply",
      at: 1_759_246_810_000,
      messageId: "wamid.HBgNNTUxMQ3",
      answersTo: "wamid.HBgNNTUxMQ1",
      phone: "5511999999999",
      text: "SIM"
    },
    "whatsapp-status": {
      kind: "delivered",
      at: 1_759_246_262_000,
      messageId: "wamid.HBgNNTUxMQ1",
      correlationId: fixtureId,
      phone: "5511999999999"
    }
  }
  for (const [name, one] of Object.entries(expected)) {
    it(`SPEC 8.1: ${name}`, () => assert.deepStrictEqual(events(fixture(`inbound/${name}`)), [one]))
  }
})

describe("decodeInbound: several in one record, and mixtures", () => {
  const status = (id: string, name: string) => ({ id, status: name, timestamp: "1759246262", recipient_id: "55119" })

  it("SPEC 8.1: every status and message of every change of every entry is an event, in order", () => {
    const change = (value: unknown) => ({ field: "messages", value })
    const record = {
      entry: [
        {
          changes: [
            change({ statuses: [status("a", "sent"), status("b", "delivered")] }),
            change({ messages: [message({ id: "c" })], statuses: [status("d", "read")] })
          ]
        },
        { changes: [change({ statuses: [status("e", "failed")] })] }
      ]
    }
    assert.deepStrictEqual(
      events(record).map(({ kind, messageId }) => [kind, messageId]),
      [
        ["sent", "a"],
        ["delivered", "b"],
        ["reply", "c"],
        ["read", "d"],
        ["failed", "e"]
      ]
    )
  })

  it("SPEC 8.1: a list at the top holds events of any shape", () => {
    const names = ["canonical-delivered", "flat-read", "omnichat-reply", "whatsapp-button", "whatsapp-status"]
    const all = events(names.map((name) => fixture(`inbound/${name}`)))
    assert.deepStrictEqual(
      all,
      names.flatMap((name) => events(fixture(`inbound/${name}`)))
    )
    assert.strictEqual(all.length, 5)
  })

  it("SPEC 8.1: the events of a batch count, and its other kinds are listed", () => {
    const statuses = [status("a", "deleted"), status("b", "read"), { id: "c" }]
    const record = whatsapp({ statuses, messages: [message({ type: "system" }), message({ id: "d" })] })
    const decoded = decode([record, { evento: "Clique" }, { foo: 1 }, 7, fixture("inbound/flat-read")])
    if (decoded._tag !== "Events") throw new Error(decoded.detail)
    assert.deepStrictEqual(
      decoded.events.map(({ messageId }) => messageId),
      ["b", "d", "wamid.HBgNNTUxMQ1"]
    )
    assert.deepStrictEqual(decoded.unknown, ["deleted", "(sem tipo)", "system", "Clique", "(sem tipo)", "(sem tipo)"])
  })

  it("SPEC 8.1: WhatsApp's envelope with our names around it", () => {
    const names = { id_contexto: "j|c|1", context: { cod_jornada: "j", id_case: "CS1" } }
    const base = {
      kind: "reply",
      at: 1_759_246_810_000,
      messageId: "wamid.A",
      phone: "5511999999999",
      text: "oi"
    } as const
    const value = { messages: [message({ type: "text", text: { body: "oi" } })] }
    assert.deepStrictEqual(event(whatsapp(value, names)), {
      ...base,
      correlationId: "j|c|1",
      journey: "j",
      caseId: "CS1"
    })
    const own = { messages: [message({ type: "text", text: { body: "oi" }, id_contexto: "j|c|2" })] }
    assert.strictEqual(event(whatsapp(own, names)).correlationId, "j|c|2")
  })

  it("SPEC 8.1: WhatsApp's parts without their envelopes", () => {
    const value = { statuses: [status("a", "read")] }
    const expected = events(whatsapp(value))
    const change = { field: "messages", value }
    for (const part of [value, change, { changes: [change] }, { entry: { changes: change } }, status("a", "read")]) {
      assert.deepStrictEqual(events(part), expected)
    }
    assert.deepStrictEqual(events({ event: "UPDATE", payload: whatsapp(value) }), expected)
  })

  it("SPEC 8.1: a flat event may have lists that are not WhatsApp's", () => {
    const lists = { messages: [{ id: "x" }], statuses: [{ at: 1 }], changes: [{ from: "a" }], value: { a: 1 } }
    assert.deepStrictEqual(events({ evento: "entregue", ts: 1759246380, ...lists }), [
      { kind: "delivered", at: 1_759_246_380_000 }
    ])
  })

  it("SPEC 8.1: OmniChat's envelope with flat names and a canonical kind", () => {
    const payload = { objectId: "m-1", status: "entregue", id_contexto: "j|c|1" }
    const record = {
      event: "UPDATE",
      timestamp: "2025-09-30T15:33:00Z",
      message_id: "wamid.B",
      case: { number: "CS1" },
      payload
    }
    assert.deepStrictEqual(event(record), {
      kind: "delivered",
      at: Date.UTC(2025, 8, 30, 15, 33),
      messageId: "wamid.B",
      correlationId: "j|c|1",
      caseId: "CS1"
    })
    assert.strictEqual(event({ ...record, evento: "lida", payload: { objectId: "m-1" } }).kind, "read")
  })

  it("SPEC 8.1: OmniChat's payload without its envelope", () => {
    assert.deepStrictEqual(event({ objectId: "m-1", status: "OUTGOING_SENT", event: "UPDATE" }), {
      kind: "sent",
      at: receivedAt,
      messageId: "m-1"
    })
  })
})

describe("decodeInbound: values that are not events", () => {
  const kindsOf = (value: unknown): ReadonlyArray<string> => {
    const decoded = decode(value)
    if (decoded._tag !== "Events" || decoded.events.length > 0) throw new Error(JSON.stringify(decoded))
    return decoded.unknown
  }

  it("SPEC 8.1: an event of another kind is unknown, not invalid", () => {
    assert.deepStrictEqual(kindsOf({ evento: " clique ", id_contexto: fixtureId }), ["clique"])
    assert.deepStrictEqual(kindsOf({ resource: "Order", event: "CREATE", objectId: "o" }), ["CREATE"])
    assert.deepStrictEqual(kindsOf({ event: "UPDATE", payload: { status: "INCOMING_READ", text: "sim" } }), [
      "INCOMING_READ"
    ])
    assert.deepStrictEqual(kindsOf({ resource: "Message", payload: {} }), ["Message"])
    assert.deepStrictEqual(kindsOf(whatsapp({ statuses: [] })), ["messages"])
    assert.deepStrictEqual(kindsOf({ entry: [{ changes: [{ field: "account_update", value: { event: "X" } }] }] }), [
      "account_update"
    ])
    assert.deepStrictEqual(kindsOf({ entry: [{ changes: [{}] }] }), ["(sem tipo)"])
    assert.deepStrictEqual(kindsOf({ object: "whatsapp_business_account", entry: [] }), ["whatsapp_business_account"])
    assert.deepStrictEqual(kindsOf({ entry: [] }), ["entry"])
  })

  it("SPEC 8.1: notices and withdrawn reactions are not answers", () => {
    const types = ["system", "request_welcome", "reaction"]
    const reaction = { message_id: "wamid.B", emoji: "" }
    assert.deepStrictEqual(kindsOf(whatsapp({ messages: types.map((type) => message({ type, reaction })) })), types)
  })

  it("SPEC 9.6: an unknown kind is cut, cleaned and shows no personal data", () => {
    assert.deepStrictEqual(kindsOf({ evento: "é".repeat(80) }), ["é".repeat(64)])
    assert.deepStrictEqual(kindsOf({ evento: "a\u0000b\uD800" }), ["ab"])
    for (const datum of ["joao@example.com", "5511999999999", "(11) 99999-9999", "123.456.789-09"]) {
      assert.deepStrictEqual(kindsOf({ evento: datum }), ["(oculto)"])
    }
    assert.deepStrictEqual(kindsOf({ evento: "v2.1-2025" }), ["v2.1-2025"])
  })

  const shape =
    "nenhuma forma conhecida de evento: esperado um tipo em evento, event, status ou tipo, ou um envelope com payload ou entry"

  it("SPEC 8.12: neither JSON nor UTF-8 nor a value", () => {
    const invalid = (value: Uint8Array | null, detail: string) =>
      assert.deepStrictEqual(decodeInbound(value, receivedAt), { _tag: "Invalid", detail })
    invalid(null, "registro sem valor")
    invalid(bytes("{"), "o valor não é JSON válido")
    invalid(bytes(""), "o valor não é JSON válido")
    invalid(Uint8Array.of(0xff), "o valor não é UTF-8 válido")
    invalid(bytes("7"), "esperado objeto ou lista de objetos, veio número")
    invalid(bytes('"sim"'), "esperado objeto ou lista de objetos, veio texto")
    invalid(bytes("null"), "esperado objeto ou lista de objetos, veio nulo")
  })

  it("SPEC 8.12: nothing that looks like an event is invalid", () => {
    const shapeless = [
      {},
      [],
      [[fixture("inbound/flat-read")]],
      [1, null],
      { foo: 1 },
      { evento: "" },
      { status: 200 },
      { payload: {} }
    ]
    for (const value of shapeless) assert.deepStrictEqual(decode(value), { _tag: "Invalid", detail: shape })
  })

  it("SPEC 8.12: an invalid record reports its correlation id if it has a valid one", () => {
    const invalid = (value: unknown, id: string) =>
      assert.deepStrictEqual(decode(value), { _tag: "Invalid", detail: shape, id })
    invalid({ id_contexto: fixtureId, texto: "Sim" }, fixtureId)
    invalid({ context: { id_contexto: fixtureId } }, fixtureId)
    invalid([1, { id_correlacao: "a^b" }, { id_correlacao: "j|c|1" }], "j|c|1")
    assert.deepStrictEqual(decode({ id_correlacao: "a^b" }), { _tag: "Invalid", detail: shape })
  })
})

describe("decodeInbound: what else a vendor sends", () => {
  it("SPEC 8.10: received with its words in content is a reply, not a delivery", () => {
    const [reply] = events({
      event: "received",
      id: "m",
      from: "5511987654321@wa.gw.msging.net",
      type: "text/plain",
      content: "Não"
    })
    assert.deepStrictEqual([reply?.kind, reply?.text], ["reply", "Não"])
  })

  it("SPEC 8.2: isGroup alone says that a reply was written in a group", () => {
    const inGroup = (isGroup: unknown) =>
      events({ status: "RECEIVED", phone: "5511987654321", isGroup, text: { message: "Sim" } })[0]?.group
    for (const isGroup of [true, "true", 1]) assert.isDefined(inGroup(isGroup))
    for (const isGroup of [false, "false", 0]) assert.isUndefined(inGroup(isGroup))
  })

  it("SPEC 8.1: a record full of ids or of one long name takes no more than linear work", () => {
    const ids = Array.from({ length: 100_000 }, (_, index) => `m${index}`)
    assert.lengthOf(events({ status: "RECEIVED", phone: "5511987654321", ids }), ids.length)
    const long = "a".repeat(200_000)
    assert.lengthOf(events({ evento: "falha", erro: long, errors: ids.map(() => ({})), ids }), ids.length)
    const many = ids.slice(0, 20_000)
    const messages = many.map((id) => ({ from: "5511987654321", id, type: "text", text: { body: "Sim" } }))
    assert.lengthOf(events({ messages, contacts: many.map((wa_id) => ({ wa_id })) }), messages.length)
    const response_json = JSON.stringify({ ["a1B ".repeat(50_000)]: Array.from({ length: 20_000 }, () => "x") })
    assert.lengthOf(events({ evento: "resposta", nfm_reply: { response_json } }), 1)
  })

  it("SPEC 8.10: the text of a Flow's field includes the name if that is longer than any", () => {
    const name = `${"data ".repeat(50)}cancelar`
    const response_json = JSON.stringify({ [name]: "Sim" })
    const [reply] = events({ evento: "resposta", nfm_reply: { response_json } })
    assert.match(reply?.text ?? "", /^data .*: Sim$/)
  })
})
