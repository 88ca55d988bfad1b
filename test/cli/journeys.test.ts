import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"

import { journeysCommand } from "../../src/cli/journeys.ts"
import { previewCommand } from "../../src/cli/preview.ts"
import { runCommand } from "./runCommand.ts"

/** A folder with these files, removed after the test. */
const filesOf = (files: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const folder = mkdtempSync(join(tmpdir(), "ctx-"))
      for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
      return (name: string) => join(folder, name)
    }),
    (at) => Effect.sync(() => rmSync(at(""), { recursive: true }))
  )

const journeysWith = (description: string) =>
  `journeys:\n  a: { deliveryOffsetDays: 0, case: { short_description: "Pedido {{num_pedido}}", description: ${JSON.stringify(description)} }, answers: { yes: [s], no: [n] } }`

const check = (...args: ReadonlyArray<string>) => runCommand(journeysCommand, ["check", ...args])

describe("ctx journeys check", () => {
  it.effect("CONTRACT ctx journeys check: the project's own file has no problem, and its texts are shown", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2026-11-30T12:00:00Z"))
      const { failure, out } = yield* runCommand(journeysCommand, ["check"])
      assert.strictEqual(failure, undefined)
      assert.include(out, "Confirmação de entrega do pedido PEDIDO-1 para 01/12/2026")
      assert.include(out, "Olá, Maria! Informamos que sua entrega")
    })
  )

  it.effect("CONTRACT ctx journeys check: every problem of the file, exit code 1", () =>
    Effect.gen(function* () {
      const wrong = journeysWith("b").replace("deliveryOffsetDays: 0", 'deliveryOffsetDays: "um", foo: 1')
      const at = yield* filesOf({ "j.yaml": wrong })
      const { failure, out, tag } = yield* check(at("j.yaml"))
      assert.deepStrictEqual([tag, failure], ["ProblemFound", "2 problems found"])
      assert.include(out, "PROBLEM  journeys.a.deliveryOffsetDays: expected a whole number of days from 0 to 3650")
      assert.include(out, "PROBLEM  journeys.a.foo: unknown name")
    })
  )

  it.effect("CONTRACT ctx journeys check: a misspelt variable, and one without a text in its place, are problems", () =>
    Effect.gen(function* () {
      const at = yield* filesOf({ "j.yaml": journeysWith("{{nmoe|cliente}} {{loja}} {{doca|a doca}} {{nome}}") })
      const { failure, out } = yield* check(at("j.yaml"), "--json")
      assert.strictEqual(failure, "2 problems found")
      const { journeys, problems, unknown } = JSON.parse(out)
      const path = "journeys.a.case.description"
      assert.deepStrictEqual(problems, [
        {
          path,
          problem: '{{nmoe}} is not a documented field: is {{nome}} meant? ("cliente" where a record does not have it)'
        },
        { path, problem: "{{loja}} is not a documented field (empty text where a record does not have it)" }
      ])
      assert.deepStrictEqual(unknown, [
        { path, name: "nmoe", otherwise: "cliente", meant: "nome" },
        { path, name: "loja", otherwise: "" },
        { path, name: "doca", otherwise: "a doca" }
      ])
      assert.deepStrictEqual(journeys, [
        {
          name: "a",
          texts: [
            { field: "short_description", text: "Pedido PEDIDO-1" },
            { field: "description", text: "cliente  a doca Maria" }
          ]
        }
      ])
    })
  )

  it.effect("CONTRACT ctx journeys check: a record's own fields are known, and its values are shown", () =>
    Effect.gen(function* () {
      const order = JSON.parse(readFileSync("fixtures/comunicacaoTransacional.json", "utf8"))
      order.dados_jornada.loja = "Centro"
      const at = yield* filesOf({
        "j.yaml": journeysWith("{{loja}}"),
        "r.json": JSON.stringify(order),
        "bad.json": "{}"
      })
      const { failure, out } = yield* check(at("j.yaml"), "--record", at("r.json"))
      assert.strictEqual(failure, undefined)
      assert.include(out, "    Centro")
      assert.include((yield* check(at("j.yaml"), "--record", at("bad.json"))).failure, "expected a valid record")
    })
  )

  it.effect("CONTRACT ctx journeys check: a missing file is exit code 1", () =>
    Effect.map(check("/nowhere/j.yaml"), ({ failure, tag }) =>
      assert.deepStrictEqual([tag, failure], ["ProblemFound", "/nowhere/j.yaml: cannot be read (ENOENT)"])
    )
  )
})

describe("ctx preview", () => {
  const preview = (...args: ReadonlyArray<string>) => runCommand(previewCommand, args)

  it.effect("CONTRACT ctx preview: a record with its Case and message, masked, without the service", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2025-09-30T15:30:00Z"))
      const { failure, out } = yield* preview("fixtures/comunicacaoTransacional.json", "--json")
      assert.strictEqual(failure, undefined)
      const shown = JSON.parse(out)
      assert.deepStrictEqual([shown.kind, shown.verdict, shown.problems], ["record", "new", []])
      assert.strictEqual(shown.message.contacts[0].fullNumber, "***9999")
      assert.notMatch(out, /João|Silva|5511999999999/)
      const { out: text } = yield* preview("fixtures/comunicacaoTransacional.json")
      assert.include(text, "short_description  Confirmação de entrega do pedido OBM3028874-01 para 01/10/2025")
    })
  )

  it.effect("CONTRACT ctx preview: an event is known by its fields, or by --as", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2025-09-30T15:40:00Z"))
      const { out } = yield* preview("fixtures/inbound/canonical-reply.json")
      assert.include(out, "event  parked")
      assert.include(out, "Confirmação recebida do cliente: SIM.")
      const { failure } = yield* preview("fixtures/inbound/canonical-reply.json", "--as", "record")
      assert.strictEqual(failure, "fixtures/inbound/canonical-reply.json: invalid")
    })
  )

  it.effect("CONTRACT ctx preview: a record that would be refused is exit code 1, with every problem", () =>
    Effect.gen(function* () {
      const order = readFileSync("fixtures/comunicacaoTransacional.json", "utf8")
      const at = yield* filesOf({
        "text.json": "{",
        "unknown.json": order.replace("pedido_entregue_amanha", "outra"),
        "wrong.json": order.replace("2025-09-30T15:30:00Z", "ontem").replace("xpro", "")
      })
      for (const name of ["text.json", "unknown.json", "wrong.json"]) {
        const { failure, tag } = yield* preview(at(name))
        assert.strictEqual(tag, "ProblemFound")
        assert.include(failure, name === "unknown.json" ? "unknown_journey" : "invalid")
      }
      const { out } = yield* preview(at("wrong.json"))
      assert.include(out, "PROBLEM  tims_evento: esperado data e hora")
      assert.include(out, "PROBLEM  dados_whats.id_campanha")
    })
  )
})
