import { assert, describe, it } from "@effect/vitest"

import { outcomeNote } from "../../../src/domain/communication/notes.ts"
import type { Status } from "../../../src/domain/record/ChannelResult.ts"
import { published, responseStatus } from "../../../src/domain/responses/response.ts"
import { retryDelay } from "../../../src/domain/vendor/retryDelay.ts"

describe("responseStatus", () => {
  it.each<[ReadonlyArray<Status>, Status]>([
    [["success"], "success"],
    [["success", "success"], "success"],
    [["failure"], "failure"],
    [["failure", "failure"], "failure"],
    [["success", "failure"], "partial_success"],
    [["partial_success"], "partial_success"],
    [["success", "partial_success"], "partial_success"],
    [["failure", "partial_success"], "partial_success"]
  ])("SPEC 7.2: %j is %s", (channels, expected) => {
    assert.strictEqual(responseStatus(channels), expected)
  })
})

describe("published", () => {
  const content = { id_resposta: "a#1", tims_resposta: "t", resultados: { whatsapp: {} }, avisos: ["x"] }
  const origin = { topic: "comunicacaoTransacional", partition: 1, offset: 31 }

  it("SPEC 1.4: a repeat has the same content, its own origem and duplicado", () => {
    assert.strictEqual(
      JSON.stringify(published(content, origin, true)),
      '{"id_resposta":"a#1","tims_resposta":"t","origem":{"topico":"comunicacaoTransacional","particao":1,"offset":31},"resultados":{"whatsapp":{}},"avisos":["x"],"duplicado":true}'
    )
  })

  it("CONTRACT Records: without a record there is no origem, without warnings no avisos", () => {
    assert.strictEqual(
      JSON.stringify(published({ id_resposta: "a#5", resultados: {} }, undefined, false)),
      '{"id_resposta":"a#5","resultados":{}}'
    )
  })
})

describe("outcomeNote", () => {
  const fact = { _tag: "DispatchSettled", at: Date.parse("2025-09-30T15:30:02.481Z"), attempt: 1 } as const
  const zone = "America/Sao_Paulo"

  it("SPEC 6.1: sent, failed, in doubt", () => {
    assert.strictEqual(
      outcomeNote({ ...fact, outcome: "sent", response: { status: 200 } }, zone),
      "WhatsApp enviado com sucesso 30/09/2025 12:30:02"
    )
    assert.strictEqual(
      outcomeNote({ ...fact, outcome: "failed", response: { status: 400, message: "contact blocked" } }, zone),
      "Falha no envio do WhatsApp: 400 contact blocked"
    )
    assert.strictEqual(
      outcomeNote({ ...fact, outcome: "in_doubt", response: { status: 504, message: "timeout" } }, zone),
      "Envio do WhatsApp sem confirmação: 504 timeout"
    )
  })
})

describe("retryDelay", () => {
  const retry = { attempts: 5, baseDelay: 500, maxDelay: 30_000 }

  it("SPEC 4.6: doubles from the base, never more than the maximum, at least half of it with jitter", () => {
    assert.deepStrictEqual(
      [1, 2, 3, 7, 60].map((attempt) => retryDelay(retry, attempt, 1)),
      [500, 1000, 2000, 30_000, 30_000]
    )
    assert.deepStrictEqual(
      [1, 2, 60].map((attempt) => retryDelay(retry, attempt, 0)),
      [250, 500, 15_000]
    )
  })

  it("SPEC 4.6: keeps a longer Retry-After", () => {
    assert.strictEqual(retryDelay(retry, 1, 1, 7000), 7000)
    assert.strictEqual(retryDelay(retry, 5, 1, 1000), 8000)
  })
})
