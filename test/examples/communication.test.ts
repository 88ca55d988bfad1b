import { assert, it } from "@effect/vitest"
import { Effect } from "effect"

import { communication } from "../../examples/communication.ts"
import order from "../../fixtures/comunicacaoTransacional.json" with { type: "json" }

it.live("the example opens one Case, sends one WhatsApp, notes it and responds", () =>
  Effect.gen(function* () {
    const { response, theCase, whatsApp } = yield* communication
    assert.isDefined(theCase)
    assert.strictEqual(theCase.fields.u_num_pedido, order.dados_jornada.num_pedido)
    assert.lengthOf(theCase.notes, 1)
    assert.match(theCase.notes[0] ?? "", /^WhatsApp enviado com sucesso /)
    assert.deepInclude(whatsApp, {
      campaign: order.dados_whats.id_campanha,
      fullNumber: order.cliente.num_telefone,
      idCase: theCase.number
    })
    assert.deepInclude(response, { evento: "comunicacao", response_status: "success" })
  })
)
