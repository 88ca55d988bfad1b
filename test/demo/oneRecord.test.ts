import { assert, it } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { TestConsole } from "effect/testing"

import { showRecord } from "../../demo/oneRecord.ts"
import { startWorld } from "../../demo/world.ts"

/** What varies: ids of the vendors, times and the place in Kafka. */
const fixed = (line: string) =>
  line
    .replace(/CS\d{7}/, "CS…")
    .replace(/\d\d:\d\d:\d\d$/, "…")
    .replace(/(Transacional)\/\d+\/\d+$/, "$1/…")

it.live(
  "the demo shows the Case, the message and the response of a record of one's own",
  () =>
    Effect.gen(function* () {
      const world = yield* startWorld()
      yield* showRecord(world, "demo/order.json", 8080)
      const printed = (yield* TestConsole.logLines).map(String).join("\n").split("\n")
      assert.deepStrictEqual(printed.slice(0, 11).map(fixed), [
        "",
        "  the record of demo/order.json: comunicacaoTransacional/…",
        "",
        "  ServiceNow: CS…, state 10, priority 3",
        "    Confirmação de entrega do pedido PED-2042 para 16/01/2026",
        "    Olá, Maria! Informamos que sua entrega está prevista para 16/01/2026. Responda SIM para confirmar, ou NÃO para remarcar/falar com um atendente.",
        "    WhatsApp enviado com sucesso 15/01/2026 …",
        "",
        "  WhatsApp: campaign xpro, to +5511987654321, with CS…",
        "",
        "  response on comunicacaoTransacionalResponse:"
      ])
      const response = JSON.parse(printed.slice(11, -2).join("\n"))
      assert.strictEqual(response.id_correlacao, "pedido_entregue_amanha|maria-1|800042PED-2042")
      assert.strictEqual(response.response_status, "success")
      assert.deepStrictEqual(printed.slice(-2), [
        "",
        "  its story: http://127.0.0.1:8080/comunicacoes/pedido_entregue_amanha%7Cmaria-1%7C800042PED-2042"
      ])
    }).pipe(Effect.scoped, Effect.provide(Layer.merge(TestConsole.layer, Logger.layer([])))),
  // The whole service starts, on a machine that may be busy.
  300_000
)
