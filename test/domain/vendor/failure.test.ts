import { readFileSync } from "node:fs"

import { assert, describe, it } from "@effect/vitest"
import { Duration, Schema } from "effect"

import { Answer } from "../../../src/domain/record/ChannelResult.ts"
import { durationText } from "../../../src/domain/values/parseTime.ts"
import {
  dispatchVerdict,
  heldBackDispatch,
  isPassing,
  lostDispatch,
  serviceNowFailure,
  weniFailure
} from "../../../src/domain/vendor/failure.ts"
import {
  ConnectionLost,
  NotConnected,
  Timeout,
  HeldBack,
  Indeterminate,
  Refused,
  type ServiceNowReason,
  Unreadable,
  DispatchRefusal,
  type WeniReason
} from "../../../src/domain/vendor/failureReasons.ts"
import { truncateAnswer, truncateText, maxAnswer } from "../../../src/domain/vendor/truncateAnswer.ts"
import { ServiceNowError } from "../../../src/programs/vendor/ServiceNowError.ts"
import { WeniError } from "../../../src/services/Weni.ts"

const fixture = (name: string) => JSON.parse(readFileSync(`fixtures/${name}.json`, "utf8"))
const retryStatus = [429, 500, 502, 503]
const after = Duration.seconds(15)

const serviceNow = (reason: ServiceNowReason, attempts = 1) =>
  serviceNowFailure(new ServiceNowError({ operation: "openCase", reason, attempts }))

const refusal = (status: number, answer: Record<string, unknown> = {}, message = "no") =>
  new DispatchRefusal({ status, message, answer })

describe("a call that was held back", () => {
  it("SPEC 9.2: fails with the reason that opened the breaker, reports no call, and leaves no doubt", () => {
    const detalhe = `não chamado, o circuito está aberto: sem resposta em ${durationText(15_000)}`
    const response = { status: 504, message: "timeout", erro: { codigo: "TIMEOUT", detalhe, tentativas: 0 } }
    const held = new ServiceNowError({
      operation: "openCase",
      reason: new HeldBack({ reason: new Timeout({ after }) }),
      attempts: 0
    })
    assert.deepStrictEqual(serviceNowFailure(held), response)
    assert.isTrue(isPassing(serviceNowFailure(held)))
    assert.deepStrictEqual(heldBackDispatch(new Timeout({ after }), 0), response)
    assert.deepInclude(heldBackDispatch(refusal(401), 2).erro, { codigo: "HTTP_401", tentativas: 2 })
  })
})

describe("serviceNowFailure", () => {
  it("SPEC 7.1: a refusal is what the API said (fixture retorno_nao_case_recusou)", () => {
    const reason = new Refused({
      status: 403,
      message: "Operation Failed",
      detail: "ACL Exception Update Failed due to security constraints"
    })
    assert.deepStrictEqual(
      serviceNow(reason, 2),
      fixture("responses/retorno_nao_case_recusou").resultados.itsm.response
    )
  })

  const rows: ReadonlyArray<readonly [string, ServiceNowReason, Answer]> = [
    [
      "SPEC 7.1: times out: 504",
      new Timeout({ after: Duration.seconds(65) }),
      {
        status: 504,
        message: "timeout",
        erro: { codigo: "TIMEOUT", detalhe: "sem resposta em 1 minuto e 5 segundos", tentativas: 5 }
      }
    ],
    [
      "SPEC 7.1: no connection: 503",
      new NotConnected({ detail: "ECONNREFUSED" }),
      {
        status: 503,
        message: "sem conexão",
        erro: { codigo: "SEM_CONEXAO", detalhe: "conexão não estabelecida: ECONNREFUSED", tentativas: 5 }
      }
    ],
    [
      "SPEC 7.1: lost connection: 503",
      new ConnectionLost({ detail: "ECONNRESET" }),
      {
        status: 503,
        message: "conexão perdida",
        erro: { codigo: "SEM_CONEXAO", detalhe: "conexão perdida depois do envio: ECONNRESET", tentativas: 5 }
      }
    ],
    [
      "SPEC 7.1: unreadable answer: 502",
      new Unreadable({ status: 200, detail: "a resposta não é JSON" }),
      {
        status: 502,
        message: "resposta inválida",
        erro: { codigo: "RESPOSTA_INVALIDA", detalhe: "HTTP 200: a resposta não é JSON", tentativas: 5 }
      }
    ],
    [
      "SPEC 4.4: an error key in a success: 502",
      new Refused({ status: 200, message: "Transaction cancelled", detail: "maximum execution time exceeded" }),
      {
        status: 502,
        message: "Transaction cancelled",
        erro: { codigo: "RESPOSTA_INVALIDA", detalhe: "maximum execution time exceeded", tentativas: 5 }
      }
    ],
    [
      "SPEC 4.3: indeterminate: 502",
      new Indeterminate({ detail: "sem u_id_correlacao" }),
      {
        status: 502,
        message: "resultado desconhecido",
        resultado: "desconhecido",
        erro: { codigo: "INDETERMINADO", detalhe: "sem u_id_correlacao", tentativas: 5 }
      }
    ]
  ]
  for (const [title, reason, expected] of rows) {
    it(`${title}`, () => assert.deepStrictEqual(serviceNow(reason, 5), expected))
  }

  it("SPEC 7.1: a long text is cut and says so", () => {
    const answer = serviceNow(new Refused({ status: 400, message: "m", detail: "é".repeat(20_000) }))
    assert.strictEqual(answer.truncado, true)
    assert.strictEqual(answer.erro?.detalhe, "é".repeat(4095))
  })
})

describe("the message of a failure", () => {
  const words = "o telefone +5511987654321 é inválido"
  const said = (reason: ServiceNowReason, attempts: number) =>
    new ServiceNowError({ operation: "updateCase", reason, attempts }).message

  it("SPEC 9.6: of ServiceNow: the status and not the API's words", () => {
    assert.strictEqual(
      said(new Refused({ status: 403, message: words, detail: words }), 1),
      "updateCase: Refused 403 after 1 attempt"
    )
    assert.strictEqual(
      said(new Unreadable({ status: 202, detail: words }), 5),
      "updateCase: Unreadable 202 after 5 attempts"
    )
    assert.strictEqual(said(new Timeout({ after }), 2), "updateCase: Timeout after 2 attempts")
    assert.strictEqual(said(new Timeout({ after, status: 200 }), 2), "updateCase: Timeout 200 after 2 attempts")
  })

  it("SPEC 9.6: of Weni: the status and not the API's words", () => {
    const message = (reason: WeniReason) => new WeniError({ reason }).message
    assert.strictEqual(message(refusal(400, { detail: words }, words)), "dispatch: DispatchRefusal 400")
    assert.strictEqual(message(new NotConnected({ detail: "x" })), "dispatch: NotConnected")
  })
})

describe("weniFailure", () => {
  it("SPEC 5.3: a time-out is in doubt (fixture response-timeout)", () => {
    assert.deepStrictEqual(
      weniFailure(new Timeout({ after }), 1),
      fixture("response-timeout").resultados.whatsapp.response
    )
  })

  it("SPEC 5.3: a connection lost after sending is in doubt", () => {
    assert.deepStrictEqual(weniFailure(new ConnectionLost({ detail: "ECONNRESET" }), 2), {
      status: 502,
      message: "conexão perdida",
      resultado: "desconhecido",
      erro: { codigo: "INDETERMINADO", detalhe: "conexão perdida depois do envio: ECONNRESET", tentativas: 2 }
    })
  })

  it("SPEC 5.3: an intent without an answer is in doubt", () => {
    assert.deepStrictEqual(lostDispatch(3), {
      status: 502,
      message: "resultado desconhecido",
      resultado: "desconhecido",
      erro: {
        codigo: "INDETERMINADO",
        detalhe: "envio iniciado e interrompido antes de registrar a resposta",
        tentativas: 3
      }
    })
  })

  it("SPEC 7.1: a refusal keeps the fields that the API answered", () => {
    assert.deepStrictEqual(weniFailure(refusal(400, { code: 7, detail: "bad campaign" }), 1), {
      code: 7,
      detail: "bad campaign",
      status: 400,
      message: "no",
      erro: { codigo: "HTTP_400", detalhe: "bad campaign", tentativas: 1 }
    })
  })

  it("SPEC 7.1: a refusal whose answer was cut says so", () => {
    assert.strictEqual(weniFailure(refusal(400, { corpo: "x", truncado: true }), 1).truncado, true)
  })

  it("SPEC 5.3: an answered 504 is in doubt as TIMEOUT", () => {
    assert.deepStrictEqual(weniFailure(refusal(504), 1), {
      status: 504,
      message: "no",
      resultado: "desconhecido",
      erro: { codigo: "TIMEOUT", detalhe: "no", tentativas: 1 }
    })
  })

  it("SPEC 5.3: a 504 that the operator lists counts as not accepted", () => {
    assert.deepStrictEqual(weniFailure(refusal(504), 1, [504]), {
      status: 504,
      message: "no",
      erro: { codigo: "HTTP_504", detalhe: "no", tentativas: 1 }
    })
  })

  it("SPEC 7.1: no connection: 503, and no doubt", () => {
    assert.deepStrictEqual(weniFailure(new NotConnected({ detail: "x" }), 5), {
      status: 503,
      message: "sem conexão",
      erro: { codigo: "SEM_CONEXAO", detalhe: "conexão não estabelecida: x", tentativas: 5 }
    })
  })

  it("every answer is one that facts can hold", () => {
    const decode = Schema.decodeUnknownSync(Answer)
    for (const answer of [
      lostDispatch(1),
      weniFailure(refusal(400, { a: [1] }), 1),
      serviceNow(new Timeout({ after }))
    ]) {
      assert.deepStrictEqual(decode(JSON.parse(JSON.stringify(answer))), answer)
    }
  })
})

describe("dispatchVerdict", () => {
  const rows: ReadonlyArray<readonly [string, WeniReason, ReturnType<typeof dispatchVerdict>]> = [
    ["never connected", new NotConnected({ detail: "x" }), "retry"],
    ["429", refusal(429), "retry"],
    ["500", refusal(500), "retry"],
    ["502", refusal(502), "retry"],
    ["503", refusal(503), "retry"],
    ["400", refusal(400), "final"],
    ["401", refusal(401), "retry"],
    ["403", refusal(403), "once"],
    ["404", refusal(404), "final"],
    ["302", refusal(302), "final"],
    ["504", refusal(504), "doubtful"],
    ["a client time-out", new Timeout({ after }), "doubtful"],
    ["a lost connection", new ConnectionLost({ detail: "x" }), "doubtful"]
  ]
  for (const [title, reason, expected] of rows) {
    it(`SPEC 5.3: ${title}: ${expected}`, () => assert.strictEqual(dispatchVerdict(reason, retryStatus), expected))
  }

  it("SPEC 5.3: WENI_RETRY_STATUS decides", () => {
    assert.strictEqual(dispatchVerdict(refusal(504), [504]), "retry")
    assert.strictEqual(dispatchVerdict(refusal(500), [504]), "final")
  })
})

describe("isPassing", () => {
  const rows: ReadonlyArray<readonly [string, ServiceNowReason, boolean]> = [
    ["time-out", new Timeout({ after }), true],
    ["no connection", new NotConnected({ detail: "x" }), true],
    ["lost connection", new ConnectionLost({ detail: "x" }), true],
    ["429", new Refused({ status: 429, message: "", detail: "" }), true],
    ["500", new Refused({ status: 500, message: "", detail: "" }), true],
    ["unreadable", new Unreadable({ status: 202, detail: "" }), true],
    ["401", new Refused({ status: 401, message: "", detail: "" }), true],
    ["403", new Refused({ status: 403, message: "", detail: "" }), false],
    ["404", new Refused({ status: 404, message: "", detail: "" }), false],
    ["indeterminate", new Indeterminate({ detail: "" }), false]
  ]
  for (const [title, reason, expected] of rows) {
    it(`SPEC 6.4: ${title}: ${expected}`, () => assert.strictEqual(isPassing(serviceNow(reason)), expected))
  }

  it("SPEC 6.4: a success is not", () => assert.isFalse(isPassing({ status: 200 })))
})

describe("truncateAnswer", () => {
  it("SPEC 7.1: up to 16 KiB nothing changes", () => {
    const fields = { a: "x".repeat(maxAnswer - 8) }
    assert.strictEqual(Buffer.byteLength(JSON.stringify(fields)), maxAnswer)
    assert.strictEqual(truncateAnswer(fields), fields)
  })

  it("SPEC 7.1: a longer one is cut to 16 KiB, fields in order, and says so", () => {
    const cut = truncateAnswer({ message: "accepted", text: "ç\n".repeat(20_000), id: "m-1", list: [1, 2] })
    assert.deepStrictEqual(Object.keys(cut), ["message", "text", "truncado"])
    assert.strictEqual(cut.message, "accepted")
    assert.match(String(cut.text), /^(ç\n)+ç?$/)
    assert.isAtMost(Buffer.byteLength(JSON.stringify(cut)), maxAnswer)
    assert.isAtLeast(Buffer.byteLength(JSON.stringify(cut)), maxAnswer - 64)
  })

  it("SPEC 7.1: a value that is not text is cut as its JSON", () => {
    const cut = truncateAnswer({ list: Array.from({ length: 10_000 }, () => 1) })
    assert.match(String(cut.list), /^\[1,1,/)
    assert.strictEqual(cut.truncado, true)
  })

  it("never cuts through a character", () => {
    assert.strictEqual(truncateText("😀😀", 7), "😀")
    assert.strictEqual(truncateText('""', 5), '"')
  })
})

describe("durationText", () => {
  const rows: ReadonlyArray<readonly [number, string]> = [
    [15_000, "15 segundos"],
    [65_000, "1 minuto e 5 segundos"],
    [500, "500 milissegundos"],
    [1000, "1 segundo"],
    [86_400_000, "24 horas"],
    [3_661_000, "1 hora, 1 minuto e 1 segundo"]
  ]
  for (const [millis, text] of rows) it(`${millis} ms: ${text}`, () => assert.strictEqual(durationText(millis), text))
})
