import { assert, describe, it } from "@effect/vitest"

import { kindNamed } from "../../../src/domain/inbound/eventKind.ts"
import { decode, event, events, message, receivedAt, whatsapp } from "./inbound.ts"

describe("kinds", () => {
  const kinds: Readonly<Record<string, ReadonlyArray<string>>> = {
    sent: ["enviada", "enviado", "sent", "OUTGOING_SENT", "Outgoing Sent", "outgoing-sent"],
    delivered: ["entregue", "delivered", "DELIVERED", " Entregue\u00A0", "entrégue", "OUTGOING_DELIVERED"],
    read: ["lida", "lido", "read", "LI\u0301DA", "READ\n", "OUTGOING_READ"],
    failed: ["falha", "failed", "error", "erro", "undelivered", "OUTGOING_ERROR"],
    reply: ["resposta", "retorno", "reply", "message", "received", "INCOMING_RECEIVED"]
  }
  for (const [kind, names] of Object.entries(kinds)) {
    for (const name of names) {
      it(`SPEC 8.1: ${JSON.stringify(name)} is ${kind}`, () => {
        assert.strictEqual(kindNamed(name), kind)
        for (const field of ["evento", "event", "status", "tipo"]) {
          assert.strictEqual(event({ [field]: name, texto: "oi" }).kind, kind)
        }
      })
    }
  }

  it("SPEC 8.1: received without any content has reached the customer", () => {
    const zapi = {
      type: "MessageStatusCallback",
      status: "RECEIVED",
      ids: ["A1", "A2"],
      momment: 1759246380000,
      phone: "5511"
    }
    assert.deepStrictEqual(
      events(zapi),
      ["A1", "A2"].map((messageId) => ({ kind: "delivered", at: 1_759_246_380_000, messageId, phone: "5511" }))
    )
    for (const empty of [
      {},
      { texto: "" },
      { text: {} },
      { type: "text" },
      { from: "5511", to: "5521" },
      { metadata: { a: 1 }, data: {} }
    ]) {
      assert.strictEqual(event({ event: "received", ...empty }).kind, "delivered")
      assert.strictEqual(event({ payload: { status: "received", ...empty } }).kind, "delivered")
    }
    assert.strictEqual(event(whatsapp({ statuses: [{ id: "a", status: "received" }] })).kind, "delivered")
    const contents = [
      { texto: "oi" },
      { text: { message: "oi" } },
      { type: "audio" },
      { audio: { audioUrl: "a" } },
      { location: { latitude: 1 } },
      { media: "a" },
      { attachments: [{}] },
      { contentType: "image/png" },
      { button: { payload: "SIM" } },
      { buttonsResponseMessage: { buttonId: "1", message: "Sim" } },
      { whatEver: { holds: "it" } }
    ]
    for (const content of contents) assert.strictEqual(event({ event: "received", ...content }).kind, "reply")
    for (const name of ["INCOMING_RECEIVED", "resposta", "message"]) {
      assert.strictEqual(event({ payload: { status: name } }).kind, "reply")
    }
  })

  it("SPEC 8.1: what the business itself wrote is not a reply", () => {
    const expected = { _tag: "Events" as const, events: [], unknown: ["fromMe"] }
    const own = { status: "RECEIVED", fromMe: true, text: { message: "Sim" }, phone: "5511" }
    assert.deepStrictEqual(decode(own), expected)
    assert.deepStrictEqual(decode({ payload: { ...own, status: "INCOMING_RECEIVED", text: "Sim" } }), expected)
    assert.deepStrictEqual(
      decode(whatsapp({ messages: [message({ from_me: true, text: { body: "Sim" } })] })),
      expected
    )
    for (const fromMe of ["true", "True", 1, "1"]) assert.deepStrictEqual(decode({ ...own, fromMe }), expected)
    for (const fromMe of [false, "false", 0, "0", "", null]) {
      assert.strictEqual(event({ ...own, fromMe }).kind, "reply")
    }
    assert.strictEqual(event({ ...own, status: "READ" }).kind, "read")
  })

  it("SPEC 8.1: the status of a payment or a call says nothing about a message", () => {
    const status = (type: string) => ({ id: "a", type, status: "failed", recipient_id: "5511" })
    for (const type of ["payment", "call"]) {
      const expected = { _tag: "Events" as const, events: [], unknown: [type] }
      assert.deepStrictEqual(decode(whatsapp({ statuses: [status(type)] })), expected)
      assert.deepStrictEqual(decode(status(type)), expected)
    }
    assert.strictEqual(event(whatsapp({ statuses: [status("message")] })).kind, "failed")
  })

  it("SPEC 8.1: everything else has no kind; a read by the desk is not a read by the customer", () => {
    const others = [
      "",
      "UPDATE",
      "CREATE",
      "deleted",
      "lidas",
      "sent!",
      "INCOMING_READ",
      "INCOMING_SENT",
      "OUTGOING_RECEIVED"
    ]
    for (const name of [...others, "OUTGOING_SILENT", "INCOMING_", "constructor", "__proto__"]) {
      assert.strictEqual(kindNamed(name), undefined, name)
    }
  })

  it("SPEC 8.1: the first field with a known kind decides; message only if no other has one", () => {
    assert.strictEqual(event({ evento: "entregue", status: "read" }).kind, "delivered")
    assert.strictEqual(event({ evento: "resposta", status: "read" }).kind, "reply")
    assert.strictEqual(event({ event: "UPDATE", status: "read" }).kind, "read")
    assert.strictEqual(event({ event: "message", status: "delivered" }).kind, "delivered")
    assert.strictEqual(event({ event: "message", status: "ok" }).kind, "reply")
    assert.strictEqual(event({ evento: 5, tipo: "lida" }).kind, "read")
  })
})

describe("times", () => {
  const at = Date.UTC(2025, 8, 30, 15, 33)
  const times: ReadonlyArray<readonly [unknown, number]> = [
    ["2025-09-30T15:33:00Z", at],
    ["2025-09-30T12:33:00.000-03:00", at],
    ["2025-09-30 15:33:00+0000", at],
    [at / 1000, at],
    [at, at],
    [at / 1000 + 0.5, at + 500],
    [String(at / 1000), at],
    [` ${at} `, at],
    ["2025-09-30T15:33:00", receivedAt],
    ["2025-02-30T15:33:00Z", receivedAt],
    ["30/09/2025 15:33", receivedAt],
    ["", receivedAt],
    [0, receivedAt],
    [-1, receivedAt],
    [20_250_930, receivedAt],
    [at * 1000, receivedAt],
    [null, receivedAt],
    [{ seconds: 1 }, receivedAt],
    [["2025-09-30T15:33:00Z"], receivedAt],
    [[at], receivedAt],
    [true, receivedAt],
    ["2025-09-30T12:33:00 America/Sao_Paulo", receivedAt],
    ["2025-09-30T12:33:00[America/Sao_Paulo]", receivedAt],
    ["Tue, 30 Sep 2025 12:33:00 BRT", receivedAt],
    [receivedAt + 86_400_000, receivedAt + 86_400_000],
    [receivedAt + 86_400_001, receivedAt],
    ["2099-01-01T00:00:00Z", receivedAt]
  ]
  for (const [value, expected] of times) {
    it(`SPEC 8.1: ${JSON.stringify(value)}`, () => {
      for (const field of ["timestamp", "ts", "timestamp_evento", "createdAt"]) {
        const { at: read, timeUnread } = event({ evento: "lida", [field]: value })
        assert.strictEqual(read, expected)
        assert.strictEqual(timeUnread, expected !== receivedAt || value === null || value === "" ? undefined : true)
      }
    })
  }

  it("SPEC 8.1: the first readable one counts", () => {
    const read = event({ evento: "lida", timestamp: "ontem", ts: at, createdAt: 1_700_000_000 })
    assert.deepStrictEqual([read.at, read.timeUnread], [at, undefined])
  })

  it("SPEC 8.7: OmniChat: a status has the envelope's time, never its message's createdAt; a reply its createdAt", () => {
    const record = (status: string, envelope: object, payload: object) => ({
      ...envelope,
      payload: { status, ...payload }
    })
    const [early, late] = ["2025-09-30T15:30:00Z", "2025-09-30T15:33:00Z"]
    const earlyAt = Date.UTC(2025, 8, 30, 15, 30)
    assert.strictEqual(event(record("OUTGOING_READ", { timestamp: late }, { createdAt: early })).at, at)
    assert.strictEqual(event(record("OUTGOING_READ", {}, { createdAt: early })).at, receivedAt)
    assert.strictEqual(event(record("OUTGOING_READ", {}, { ts: late, createdAt: early })).at, at)
    assert.strictEqual(event(record("INCOMING_RECEIVED", { timestamp: late }, { createdAt: early })).at, earlyAt)
    assert.strictEqual(event(record("INCOMING_RECEIVED", { timestamp: late }, {})).at, at)
  })
})

describe("names", () => {
  const reply = (fields: object) => event({ evento: "resposta", ...fields })

  it("SPEC 8.2: the correlation id, beside the event or in its context", () => {
    for (const name of ["id_contexto", "id_correlacao", "biz_opaque_callback_data"]) {
      assert.strictEqual(reply({ [name]: "j|c|1" }).correlationId, "j|c|1")
      assert.strictEqual(reply({ context: { [name]: "j|c|1" } }).correlationId, "j|c|1")
    }
  })

  it("SPEC 1.3: an invalid id is not used as a name; the other names still count", () => {
    for (const bad of ["a^b", "", " ", "a\u0000b", "a\uD800", "javascript:x", "x".repeat(201), 7, null, {}]) {
      assert.isFalse("correlationId" in reply({ id_contexto: bad }))
      const other = reply({ id_contexto: bad, id_correlacao: "j|c|1", message_id: "m", case: { number: "CS1" } })
      assert.deepStrictEqual([other.correlationId, other.messageId, other.caseId], ["j|c|1", "m", "CS1"])
    }
  })

  it("SPEC 8.2: the Case by number or sys_id", () => {
    const sysId = "0397c743db430000000000000000abcd"
    const forms = [
      { id_case: sysId },
      { case: { sys_id: sysId } },
      { "case.sys_id": sysId },
      { case_sys_id: sysId },
      { case: sysId }
    ]
    for (const form of forms) {
      assert.strictEqual(reply(form).caseId, sysId)
      assert.strictEqual(reply({ context: form }).caseId, sysId)
    }
    assert.strictEqual(reply({ case: { number: "CS1", sys_id: sysId } }).caseId, "CS1")
    assert.strictEqual(reply({ "case.number": "CS1", case_number: "CS2" }).caseId, "CS1")
    assert.strictEqual(reply({ id_case: " ", case: { number: "CS1" } }).caseId, "CS1")
  })

  it("SPEC 8.2: the message's own id, and the one that a reply answers", () => {
    for (const name of ["message_id", "messageId", "wamid", "id", "objectId"]) {
      assert.strictEqual(reply({ [name]: "m-1" }).messageId, "m-1")
    }
    assert.strictEqual(reply({ id: 77 }).messageId, "77")
    assert.strictEqual(reply({ id: "e-1", message_id: "m-1", context: { id: "m-0" } }).messageId, "m-1")
    assert.strictEqual(reply({ context: { id: "m-0" } }).answersTo, "m-0")
    assert.strictEqual(reply({ reaction: { message_id: "m-0", emoji: "👍" } }).answersTo, "m-0")
    assert.isFalse("answersTo" in event({ evento: "lida", context: { id: "m-0" } }))
    assert.isFalse("messageId" in event({ objectId: "e1", payload: { status: "OUTGOING_READ" } }))
  })

  it("SPEC 8.2: the customer's phone as it came: who sent a reply, who received a status", () => {
    assert.strictEqual(reply({ fullNumber: "+55 11 99999-9999" }).phone, "+55 11 99999-9999")
    assert.strictEqual(reply({ from: 5511999999999 }).phone, "5511999999999")
    assert.isFalse("phone" in reply({ recipient_id: "551133334444", context: { from: "551133334444" } }))
    assert.strictEqual(event({ status: "read", from: "551133334444", recipient_id: "5511" }).phone, "5511")
    assert.isFalse("phone" in event({ status: "read", from: "551133334444" }))
  })

  it("SPEC 1.3: names are cleaned and trimmed; one that is too long is ignored", () => {
    const { messageId, journey, caseId } = reply({
      message_id: " m\u0000-1\uD800 ",
      cod_jornada: "j\u0000",
      id_case: "x".repeat(201)
    })
    assert.deepStrictEqual([messageId, journey, caseId], ["m-1", "j", undefined])
  })
})

describe("texts", () => {
  const text = (fields: object) => event({ evento: "resposta", ...fields }).text

  it("SPEC 8.1: in any of its fields, as text or as body", () => {
    for (const field of ["texto", "text", "resposta", "mensagem", "body", "message"]) {
      assert.strictEqual(text({ [field]: " Sim!\n" }), " Sim!\n")
      assert.strictEqual(text({ [field]: { body: "Não" } }), "Não")
    }
    assert.strictEqual(text({ texto: " ", text: {}, body: "sim" }), "sim")
    assert.strictEqual(text({ texto: 1 }), "1")
  })

  it("SPEC 8.10: the payload of a button, with its label if that says something else", () => {
    const buttons: ReadonlyArray<object> = [
      { button: { payload: "NAO", text: "Não" } },
      { interactive: { type: "button_reply", button_reply: { id: "NAO", title: "Não!" } } },
      { interactive: { type: "list_reply", list_reply: { id: "NAO", title: "nao" } } },
      { buttonsResponseMessage: { buttonId: "NAO", message: "Não" } },
      { listResponseMessage: { selectedRowId: "NAO", title: "Não", message: "Não" } },
      { button: "NAO" },
      { payload: "NAO" },
      { button: { payload: "NAO", text: "" } }
    ]
    for (const button of buttons) {
      const flat = event({ evento: "resposta", ...button })
      const whats = event(whatsapp({ messages: [message({ type: "button", ...button })] }))
      for (const { text, label } of [flat, whats]) assert.deepStrictEqual([text, label], ["NAO", undefined])
    }
    const other = event({ evento: "resposta", button: { payload: "btn-1", text: "Sim" } })
    assert.deepStrictEqual([other.text, other.label], ["btn-1", "Sim"])
    assert.strictEqual(text({ button: { text: "Sim" } }), "Sim")
    assert.strictEqual(text({ interactive: { button_reply: { title: "Sim" } } }), "Sim")
  })

  it("SPEC 8.10: captions and reactions are texts; a reply without one has an empty text", () => {
    const whats = (fields: object) => event(whatsapp({ messages: [message({ ...fields })] })).text
    assert.strictEqual(whats({ type: "image", image: { id: "1", caption: "sim" } }), "sim")
    assert.strictEqual(whats({ type: "reaction", reaction: { message_id: "wamid.B", emoji: "👍" } }), "👍")
    assert.strictEqual(whats({ type: "sticker", sticker: { id: "1" } }), "")
    assert.strictEqual(text({ texto: "" }), "")
    assert.strictEqual(event({ payload: { status: "INCOMING_RECEIVED", type: "AUDIO" } }).text, "")
  })

  it("SPEC 1.3: NUL and lone surrogates are removed; at most 4096 code points are kept", () => {
    assert.strictEqual(text({ texto: "s\u0000im \uD83D😀" }), "sim 😀")
    assert.strictEqual(text({ texto: "😀".repeat(5000) }), "😀".repeat(4096))
  })

  it("SPEC 8.1: a status has no text", () => assert.isFalse("text" in event({ evento: "lida", texto: "sim" })))
})

describe("failures", () => {
  const failure = (fields: object) => {
    const { code, message } = event({ status: "failed", ...fields })
    return [code, message]
  }

  it("SPEC 8.7: code and text, at the top or in an error", () => {
    const expected = ["131026", "Message undeliverable"]
    const error = { code: 131026, title: "Message undeliverable" }
    assert.deepStrictEqual(failure({ codigo: "131026", mensagem: "Message undeliverable" }), expected)
    assert.deepStrictEqual(failure({ code: 131026, message: "Message undeliverable" }), expected)
    assert.deepStrictEqual(failure({ errors: [error, { code: 2, title: "other" }] }), expected)
    assert.deepStrictEqual(failure({ error }), expected)
    assert.deepStrictEqual(failure({ erro: { codigo: "131026", detalhe: "Message undeliverable" } }), expected)
    assert.deepStrictEqual(failure({ codigo: 131026, erro: "Message undeliverable" }), expected)
    assert.deepStrictEqual(
      failure({ errors: [{ code: 131026, error_data: { details: "Message undeliverable" } }] }),
      expected
    )
    const omnichat = { payload: { status: "OUTGOING_ERROR", error, text: "Olá" } }
    assert.deepStrictEqual([event(omnichat).code, event(omnichat).message], expected)
    const whats = whatsapp({ statuses: [{ id: "a", status: "failed", errors: [error] }], errors: [{ code: 1 }] })
    assert.deepStrictEqual([event(whats).code, event(whats).message], expected)
  })

  it("SPEC 8.7: the error's own code and text go before those of the message", () => {
    assert.deepStrictEqual(failure({ code: 0, errors: [{ code: 7, title: "x" }] }), ["7", "x"])
    assert.deepStrictEqual(failure({ mensagem: "Olá!", erro: { codigo: 5, mensagem: "sem saldo" } }), [
      "5",
      "sem saldo"
    ])
  })

  it("SPEC 8.1: a failure may have no reason, and only a failure has one", () => {
    assert.deepStrictEqual(decode({ status: "failed" }), {
      _tag: "Events",
      events: [{ kind: "failed", at: receivedAt }],
      unknown: []
    })
    assert.isFalse("code" in event({ status: "sent", code: 200, message: "ok" }))
  })
})
