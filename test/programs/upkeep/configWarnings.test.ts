import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger, Redacted } from "effect"

import { configWarnings, journeyWarnings } from "../../../src/programs/upkeep/configWarnings.ts"
import { Journeys } from "../../../src/services/Journeys.ts"
import { defaultJourneys } from "../../support/defaultJourneys.ts"
import { journeysWith } from "../../support/scene.ts"
import { SettingsTest } from "../../support/settings.ts"
import { journeysOf } from "../../support/World.ts"

/** The names that the start warns of. */
const warnedOf = (timeout: number) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const logger = Logger.make(({ message }) => void lines.push(String(message)))
    yield* configWarnings.pipe(
      Effect.provide(SettingsTest({ serviceNow: { timeout, guestConsumer: "0".repeat(32) } })),
      Effect.provide(Logger.layer([logger]))
    )
    return lines.map((line) => line.split(" ")[0])
  })

describe("warnings at the start", () => {
  const cases: ReadonlyArray<readonly [timeout: number, warned: ReadonlyArray<string>]> = [
    [64_999, ["SERVICENOW_TIMEOUT"]],
    [65_000, []]
  ]
  for (const [timeout, warned] of cases) {
    it.effect(`SPEC 4.3: SERVICENOW_TIMEOUT of ${timeout} ms, the instance's 60 s and 5 s of margin`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual<ReadonlyArray<string | undefined>>(yield* warnedOf(timeout), warned)
      })
    )
  }

  for (const [ssl, warned] of [
    [false, ["KAFKA_SASL_* without KAFKA_SSL: the credentials and all records go over the network in clear text"]],
    [true, []]
  ] as const) {
    it.effect(`CONTRACT KAFKA_SASL: ${ssl ? "with" : "without"} TLS`, () =>
      Effect.gen(function* () {
        const lines: Array<string> = []
        const logger = Logger.make(({ message }) => void lines.push(String(message)))
        const sasl = { mechanism: "plain", username: "u", password: Redacted.make("p") } as const
        const serviceNow = { guestConsumer: "0".repeat(32) }
        yield* configWarnings.pipe(
          Effect.provide(SettingsTest({ serviceNow, kafka: { ssl, sasl } })),
          Effect.provide(Logger.layer([logger]))
        )
        assert.deepStrictEqual<ReadonlyArray<string>>(lines, warned)
      })
    )
  }

  for (const [name, text, lines] of [
    ["without", defaultJourneys, ["journey pedido_entregue_amanha has no resolutionCode"]],
    ["with", journeysWith({ resolutionCode: "Solved" }), []]
  ] as const) {
    it.effect(`SPEC 8.8: a journey ${name} resolutionCode`, () =>
      Effect.gen(function* () {
        const logged: Array<string> = []
        const logger = Logger.make(({ message }) => void logged.push(String(message).split(":")[0] ?? ""))
        yield* journeyWarnings.pipe(
          Effect.provideService(Journeys, journeysOf(text)),
          Effect.provide(Logger.layer([logger]))
        )
        assert.deepStrictEqual<ReadonlyArray<string>>(logged, lines)
      })
    )
  }
})
