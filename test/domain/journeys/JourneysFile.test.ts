import { readFileSync } from "node:fs"

import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"

import { parseJourneys } from "../../../src/domain/journeys/JourneysFile.ts"
import { usualPlaceholders } from "../../../src/domain/journeys/placeholders.ts"
import { journey } from "../outbound/records.ts"

/** One journey `x` with what every journey needs, and more lines of its own. */
const file = (...lines: ReadonlyArray<string>): string =>
  [
    "journeys:",
    "  x:",
    "    deliveryOffsetDays: 2",
    "    case: { short_description: a, description: b }",
    "    answers: { yes: [sim], no: [não] }",
    ...lines
  ].join("\n")

const problems = (text: string) => {
  const parsed = parseJourneys(text)
  return Result.isFailure(parsed) ? parsed.failure.map(({ path, problem }) => `${path}: ${problem}`) : []
}

const parsed = (text: string) =>
  Result.getOrThrowWith(parseJourneys(text), (failure) => new Error(JSON.stringify(failure)))

describe("parseJourneys", () => {
  it("CONTRACT Journeys file: the project's own file", () => {
    const { timeZone, deliveryOffsetDays, businessHours, answers, missingConsumer, sendWithoutCase, ...rest } =
      journey()
    assert.deepStrictEqual(
      { timeZone, deliveryOffsetDays, missingConsumer, sendWithoutCase },
      { timeZone: "America/Sao_Paulo", deliveryOffsetDays: 1, missingConsumer: "create", sendWithoutCase: false }
    )
    assert.includeMembers([...answers.yes], ["sim", "s", "confirmo"])
    assert.includeMembers([...answers.no], ["não", "n", "remarcar"])
    const { holidays, ...week } = businessHours ?? { holidays: [] }
    assert.deepStrictEqual(week, { days: [1, 2, 3, 4, 5, 6], from: 480, to: 1200 })
    assert.include(holidays, "2025-12-25")
    assert.sameMembers(Object.keys(rest), ["name", "case", "placeholders"])
    const shipped = parsed(readFileSync("journeys.yaml", "utf8")).journeys.get("pedido_entregue_amanha")
    assert.strictEqual(shipped?.expiresAfter, 24 * 3_600_000)
  })

  it("CONTRACT Journeys file: the smallest journey, with the defaults", () => {
    const { journeys, default: byDefault, warnings } = parsed(file())
    assert.deepStrictEqual(
      [...journeys],
      [
        [
          "x",
          {
            name: "x",
            timeZone: "America/Sao_Paulo",
            deliveryOffsetDays: 2,
            case: { short_description: "a", description: "b" },
            answers: { yes: ["sim"], no: ["não"] },
            placeholders: usualPlaceholders,
            missingConsumer: "create",
            sendWithoutCase: false
          }
        ]
      ]
    )
    assert.strictEqual(byDefault, undefined)
    assert.deepStrictEqual(warnings, [])
  })

  it("CONTRACT Journeys file: everything that a journey can say", () => {
    const text = file(
      "    businessHours: { days: [sun, sat], from: 00:30, to: 24:00 }",
      "    resolutionCode: Solved",
      "    humanGroup: g",
      "    deliveredField: u_d",
      "    readField: u_r",
      "    expiresAfter: 24 hours",
      "    missingConsumer: guest",
      "    sendWithoutCase: true",
      "default: x",
      "timeZone: America/Manaus",
      "holidays: [2026-12-25]"
    )
    const { journeys, default: byDefault } = parsed(text)
    assert.strictEqual(byDefault, journeys.get("x"))
    assert.deepInclude(byDefault, {
      timeZone: "America/Manaus",
      businessHours: { days: [0, 6], from: 30, to: 1440, holidays: ["2026-12-25"] },
      resolutionCode: "Solved",
      humanGroup: "g",
      deliveredField: "u_d",
      readField: "u_r",
      expiresAfter: 86_400_000,
      expiresAfterText: "24 hours",
      missingConsumer: "guest",
      sendWithoutCase: true
    })
  })

  it("CONTRACT Journeys file: words of courtesy, even an empty list", () => {
    for (const courtesy of [["obrigado", "bom dia"], []]) {
      const text = file().replace("no: [não]", `no: [não], courtesy: ${JSON.stringify(courtesy)}`)
      assert.deepStrictEqual(parsed(text).journeys.get("x")?.answers, { yes: ["sim"], no: ["não"], courtesy })
    }
  })

  it("CONTRACT Journeys file: all problems at once, each with its path", () => {
    const text = file(
      "    businessHours: { days: [mon], from: 8h, to: 20:00 }",
      "    expiresAfter: 1 dia",
      "  y: { deliveryOffsetDays: -1, case: { short_description: 5, prioriy: 2, u_msisdn: x }, answers: { yes: [sim, s], no: [S] } }",
      "default: z",
      "timeZone: America/Sao_Paolo",
      "holidays: [2026-02-30]"
    )
    assert.sameMembers(problems(text), [
      'journeys.x.businessHours.from: expected "HH:mm", read "8h"',
      'journeys.x.expiresAfter: expected a duration such as "24 hours", read "1 dia"',
      "journeys.y.deliveryOffsetDays: expected a whole number of days from 0 to 3650, read -1",
      "journeys.y.case.short_description: expected text, read 5",
      "journeys.y.case.description: expected text, read nothing",
      "journeys.y.case.prioriy: unknown name, expected one of short_description, description, contact_type, category, subcategory, priority, impact, urgency, state, assignment_group, opened_by",
      "journeys.y.case.u_msisdn: expected nothing, the service sets this field itself",
      'journeys.y.answers.no[0]: expected a word that "yes" does not have, read "s"',
      'default: expected one of x, y, read "z"',
      'timeZone: expected an IANA time zone such as America/Sao_Paulo, read "America/Sao_Paolo"',
      'holidays[0]: expected "yyyy-MM-dd", read "2026-02-30"'
    ])
  })

  const rows: ReadonlyArray<readonly [string, string]> = [
    [
      file("    businessHours: { days: [mon], from: 20:00, to: 08:00 }"),
      'journeys.x.businessHours.to: expected a time after 20:00, read "08:00"'
    ],
    [
      file("    businessHours: { days: [], from: 08:00, to: 20:00 }"),
      "journeys.x.businessHours.days: expected at least one day, read none"
    ],
    [
      file("    businessHours: { days: [seg], from: 08:00, to: 20:00 }"),
      'journeys.x.businessHours.days[0]: expected one of sun, mon, tue, wed, thu, fri, sat, read "seg"'
    ],
    [file("    expiresAfter: 24"), 'journeys.x.expiresAfter: expected a duration such as "24 hours", read 24'],
    [
      file("    expiresAfter: 0 hours"),
      'journeys.x.expiresAfter: expected a duration such as "24 hours", read "0 hours"'
    ],
    [file("    missingConsumer: criar"), 'journeys.x.missingConsumer: expected "create" or "guest", read "criar"'],
    [
      file().replace("no: [não]", "no: [não], courtesy: obrigado"),
      'journeys.x.answers.courtesy: expected a list, read "obrigado"'
    ],
    [
      file().replace("no: [não]", "no: [não], courtesy: [oi, Não]"),
      'journeys.x.answers.courtesy[1]: expected a word that "no" does not have, read "não"'
    ],
    [
      file().replace("yes: [sim]", "yes: [sim, true]"),
      "journeys.x.answers.yes[1]: expected text with a word or an emoji, read true"
    ],
    [
      file().replace("yes: [sim]", 'yes: [sim, "..."]'),
      'journeys.x.answers.yes[1]: expected text with a word or an emoji, read "..."'
    ],
    [file().replace("yes: [sim]", "yes: []"), "journeys.x.answers.yes: expected at least one word, read none"],
    [
      file().replace("yes: [sim]", "yes: [sim, nao]"),
      'journeys.x.answers.no[0]: expected a word that "yes" does not have, read "não"'
    ],
    [
      file("    deliveredField: state"),
      'journeys.x.deliveredField: expected a field of the Case that the service does not set itself, such as u_entregue_em, read "state"'
    ],
    [
      file("    readField: u_lida^em"),
      'journeys.x.readField: expected a field of the Case that the service does not set itself, such as u_entregue_em, read "u_lida^em"'
    ],
    [file('    resolutionCode: "a\\0b"'), 'journeys.x.resolutionCode: expected text, read "a\\u0000b"'],
    [
      file().replace("Days: 2", "Days: .nan"),
      "journeys.x.deliveryOffsetDays: expected a whole number of days from 0 to 3650, read NaN"
    ],
    [file("    sendWithoutCase: sim"), 'journeys.x.sendWithoutCase: expected true or false, read "sim"'],
    [file("    humanGroup:"), "journeys.x.humanGroup: expected text, read nothing"],
    [file("  y: 5"), "journeys.y: expected an object, read 5"],
    [
      file("jornadas: {}"),
      "jornadas: unknown name, expected one of timeZone, holidays, placeholders, default, journeys"
    ],
    ["timeZone: UTC", "journeys: expected at least one journey, read nothing"],
    ["journeys: {}", "journeys: expected at least one journey, read none"],
    ["", ": expected an object, read nothing"],
    ["a: 1\na: 2", "line 2, column 1: Map keys must be unique"],
    [
      "journeys:\n  x: [",
      "line 2, column 7: Flow sequence in block collection must be sufficiently indented and end with a ]"
    ],
    ["journeys: *x", ": Unresolved alias (the anchor must be set before the alias): x"]
  ]
  it.each(rows)("CONTRACT Journeys file: %j has one problem", (text, problem) => {
    assert.deepStrictEqual(problems(text), [problem])
  })

  it("warns about entries that are allowed but probably not intended", () => {
    const text = file("holidays: [2026-12-25]").replace("description: b", 'description: "{{nome} {{sobrenome}}"')
    assert.deepStrictEqual(parsed(text).warnings, [
      { path: "holidays", problem: "no journey has businessHours" },
      { path: "journeys.x.case.description", problem: "braces that are no {{variable}}" }
    ])
  })
})
