import type { Dice } from "../simulation/Dice.ts"
import { eventJson } from "../simulation/scenario/eventJson.ts"
import type { Delivery } from "../simulation/scenario/Scenario.ts"
import { fixture } from "../support/World.ts"

const record = fixture("comunicacaoTransacional.json")

const stranger = (journey: string, number: number) =>
  JSON.stringify(
    eventJson(
      { id: `${journey}|nobody|${number}`, journey },
      { id: `wamid.nobody.${number}`, evento: "entregue", at: Date.parse("2025-09-30T12:00:00Z") }
    )
  )

/** A record without a use for the service. With `strangers` it may be an event without a communication. */
export const noiseAt = (dice: Dice, after: number, partitions: number, strangers: boolean): Delivery => {
  const place = { after, partition: dice.below(partitions) }
  const number = dice.below(1_000_000)
  const kinds: ReadonlyArray<() => Omit<Delivery, "after" | "partition">> = [
    () => ({ topic: "in", value: "{", expected: { kind: "invalid", evento: "mensagem_invalida" } }),
    () => ({
      topic: "in",
      value: JSON.stringify({ cod_jornada: 7 }),
      expected: { kind: "invalid", evento: "mensagem_invalida" }
    }),
    () => ({ topic: "inbound", value: "no JSON", expected: { kind: "invalid", evento: "mensagem_invalida" } }),
    () => ({
      topic: "in",
      value: JSON.stringify({ ...record, id_correlacao: `outra|c|${number}`, cod_jornada: "outra" }),
      expected: { kind: "unknown journey" }
    }),
    () => ({
      topic: "in",
      value: JSON.stringify({ ...record, cod_canais: ["sms"] }),
      expected: { kind: "skipped" }
    }),
    () => ({ topic: "inbound", value: stranger("sempre_aberta", number), expected: { kind: "stranger", ours: true } }),
    () => ({ topic: "inbound", value: stranger("alheia", number), expected: { kind: "stranger", ours: false } })
  ]
  return { ...place, ...dice.pick(strangers ? kinds : kinds.slice(0, 5))() }
}
