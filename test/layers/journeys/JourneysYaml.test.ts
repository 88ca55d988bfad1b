import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { TestClock } from "effect/testing"

import { JourneysFileError, JourneysYaml } from "../../../src/layers/journeys/JourneysYaml.ts"
import { Journeys } from "../../../src/services/Journeys.ts"
import { SettingsTest } from "../../support/settings.ts"

const journeysOf = (journeysFile: string) =>
  Effect.gen(function* () {
    return yield* Journeys
  }).pipe(Effect.provide(JourneysYaml.pipe(Layer.provide(SettingsTest({ journeysFile })))))

/** A file of this content, removed after the test. */
const temporary = (content: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const folder = mkdtempSync(join(tmpdir(), "journeys-"))
      writeFileSync(join(folder, "journeys.yaml"), content)
      return folder
    }),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
  ).pipe(Effect.map((folder) => join(folder, "journeys.yaml")))

const entry =
  "{ deliveryOffsetDays: 0, case: { short_description: a, description: b }, answers: { yes: [s], no: [n] } }"

describe("JourneysYaml", () => {
  it.effect("SPEC 2.6: finds a journey by name; without a default an unknown name finds nothing", () =>
    Effect.gen(function* () {
      const journeys = yield* journeysOf("journeys.yaml")
      assert.strictEqual(journeys.find("pedido_entregue_amanha")?.name, "pedido_entregue_amanha")
      assert.strictEqual(journeys.find("pedido_x"), undefined)
      assert.strictEqual(journeys.find("constructor"), undefined)
      assert.isTrue(journeys.has("pedido_entregue_amanha"))
      assert.isFalse(journeys.has("pedido_x"))
    })
  )

  it.effect("SPEC 2.6: an unknown journey is the default one, which the file does not hold under that name", () =>
    Effect.gen(function* () {
      const file = yield* temporary(`default: a\njourneys:\n  a: ${entry}\n  b: ${entry}`)
      const journeys = yield* journeysOf(file)
      assert.strictEqual(journeys.find("b")?.name, "b")
      assert.strictEqual(journeys.find("pedido_x")?.name, "a")
      assert.isFalse(journeys.has("pedido_x"))
    })
  )

  it.effect("SPEC 4.1: the start warns of a misspelt variable, and of an unknown one without a text in its place", () =>
    Effect.gen(function* () {
      const text = entry.replace("description: b", 'description: "{{nmoe|x}} {{loja}} {{doca|a doca}} {{nome}}"')
      const file = yield* temporary(`journeys:\n  a: ${text}`)
      const lines: Array<string> = []
      const logger = Logger.make<unknown, void>(({ message }) => void lines.push(String(message)))
      yield* Effect.provide(journeysOf(file), Logger.layer([logger]))
      const path = `${file}: journeys.a.case.description: `
      assert.deepStrictEqual(
        lines.filter((line) => line.startsWith(path)),
        [
          `${path}{{nmoe}} is not a documented field: is {{nome}} meant? ("x" where a record does not have it)`,
          `${path}{{loja}} is not a documented field (empty text where a record does not have it)`
        ]
      )
    })
  )

  it.effect("CONTRACT Journeys file: a bad file stops the start with one line for each problem", () =>
    Effect.gen(function* () {
      const file = yield* temporary(`default: c\njourneys:\n  a: ${entry.replace("0", "um")}`)
      const error = yield* Effect.flip(journeysOf(file))
      assert.instanceOf(error, JourneysFileError)
      assert.strictEqual(
        error.message,
        `${file}: journeys.a.deliveryOffsetDays: expected a whole number of days from 0 to 3650, read "um"\n` +
          `${file}: default: expected one of a, read "c"`
      )
    })
  )

  it.effect("CONTRACT Journeys file: the start warns of orders that never expire and of holidays that end soon", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 10, 30, 12))
      const hours = 'businessHours: { days: [mon], from: "08:00", to: "20:00" }'
      const file = yield* temporary(`holidays: ["2026-12-25"]\njourneys:\n  a: ${entry.replace(/ }$/, `, ${hours} }`)}`)
      const lines: Array<string> = []
      const logger = Logger.make(({ message }) => void lines.push(String(message)))
      yield* journeysOf(file).pipe(Effect.provide(Logger.layer([logger])))
      assert.includeMembers(lines, [
        `${file}: journeys.a.expiresAfter: not set: an order is announced however old it is`,
        `${file}: holidays: the last one is 2026-12-25: a SIM on a later holiday closes the Case at once`
      ])
    })
  )

  it.effect("CONTRACT Journeys file: a missing file is named", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(journeysOf("no/such/journeys.yaml"))
      assert.strictEqual(error.message, "no/such/journeys.yaml: cannot be read (ENOENT)")
    })
  )
})
