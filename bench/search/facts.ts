import type { Fact } from "../../src/domain/communication/Fact.ts"
import { outbound } from "../../test/domain/outbound/records.ts"

const padding = "x".repeat(300)

/** The facts of a communication from its record to its response, one list for each of its appends. */
export const factsOf = (customer: number): ReadonlyArray<ReadonlyArray<Fact>> => {
  const at = Date.now()
  const number = `CS${customer}`
  const order = outbound({
    "cliente.id": `c${customer}`,
    "cliente.email": `cliente.${customer}@example.com`,
    "cliente.num_telefone": `+55119${80_000_000 + customer}`,
    "dados_jornada.num_pedido": `P${customer}`
  })
  const answer = { status: 201, result: { sys_id: "ca5e", number, state: "1", padding } }
  const content = { evento: "comunicacao", response_status: "success", id_correlacao: order.id_correlacao, padding }
  return [
    [
      { _tag: "Accepted", at, origin: { topic: "in", partition: 0, offset: customer }, order },
      { _tag: "ConsumerFound", at, sysId: "c0ffee", origem: "criado", avisos: [] },
      { _tag: "CaseIntended", at, body: { short_description: "Pedido", u_id_correlacao: order.id_correlacao, padding } }
    ],
    [{ _tag: "CaseOpened", at, sysId: `ca5e${customer}`, number, response: answer, avisos: [] }],
    [{ _tag: "DispatchIntended", at, attempt: 1, request: { ...order.cliente, padding } }],
    [
      {
        _tag: "DispatchSettled",
        at,
        attempt: 1,
        outcome: "sent",
        response: answer,
        messageId: `m${customer}`,
        ended: true
      }
    ],
    [
      { _tag: "OutcomeNoted", at, request: { work_notes: padding }, written: true, response: answer, avisos: [] },
      { _tag: "ResponseStored", at, number: 1, content }
    ],
    [{ _tag: "ResponseAcknowledged", at, number: 1 }]
  ]
}
