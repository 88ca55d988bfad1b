import { assert, describe, it } from "@effect/vitest"

import { sourceModules } from "./sourceModules.ts"

/** What each part of `src` may import besides itself. */
const parts: Readonly<Record<string, ReadonlyArray<string>>> = {
  domain: [],
  api: ["domain"],
  services: ["domain"],
  telemetry: ["domain", "services"],
  layers: ["domain", "services", "telemetry"],
  programs: ["domain", "services", "telemetry"],
  http: ["domain", "api", "services", "telemetry", "programs"],
  cli: ["domain", "api", "services", "telemetry", "layers", "programs"],
  "App.ts": ["services", "layers", "programs", "http"],
  "lifecycle.ts": ["services", "telemetry"],
  "main.ts": ["telemetry", "layers", "programs", "http", "App.ts", "lifecycle.ts"]
}

/** The folders of a part, the lowest first. Folders on one line do not import each other. */
const floors: Readonly<Record<string, ReadonlyArray<ReadonlyArray<string>>>> = {
  domain: [
    ["values", "record", "operator"],
    ["personal"],
    ["journeys", "vendor"],
    ["inbound", "outbound"],
    ["communication"],
    ["responses"],
    ["rules"],
    ["search"],
    ["views"]
  ],
  programs: [
    ["vendor"],
    ["communication", "runtime"],
    ["outbound"],
    ["inbound"],
    ["actors"],
    ["intake", "operator"],
    ["upkeep"]
  ],
  layers: [
    ["breaker", "http", "journeys", "kafka", "ownership", "settings"],
    ["database"],
    ["journal", "servicenow", "weni"]
  ]
}

interface Import {
  readonly from: ReadonlyArray<string>
  readonly to: ReadonlyArray<string>
  /** `domain/values/memo.ts → services/Kafka.ts` */
  readonly text: string
}

/** Places below `src`, by their folders: `["domain", "values", "memo.ts"]`. */
const imports: ReadonlyArray<Import> = sourceModules.flatMap(({ file, imports: imported }) =>
  imported
    .filter((target) => target.startsWith("src/"))
    .map((target) => {
      const [from, to] = [file.slice("src/".length), target.slice("src/".length)]
      return { from: from.split("/"), to: to.split("/"), text: `${from} → ${to}` }
    })
)

const floorOf = (part: string, folder: string | undefined): number =>
  floors[part]?.findIndex((floor) => floor.includes(folder ?? "")) ?? -1

const foldersOf = (part: string) =>
  new Set(sourceModules.flatMap(({ file }) => (file.startsWith(`src/${part}/`) ? (file.split("/")[2] ?? []) : [])))

describe("layering", () => {
  it("every part of src has a row", () => {
    const found = new Set(sourceModules.map(({ file }) => file.split("/")[1] ?? ""))
    assert.deepStrictEqual([...found].toSorted(), Object.keys(parts).toSorted())
  })

  it("imports between parts only go down", () => {
    assert.isAbove(imports.length, 0)
    const wrong = imports.filter(({ from: [from = ""], to: [to = ""] }) => from !== to && !parts[from]?.includes(to))
    assert.deepStrictEqual(
      wrong.map(({ text }) => text),
      []
    )
  })

  it("http imports only the operator's programs and the audit's result", () => {
    const fromHttp = imports.filter(({ from, to }) => from[0] === "http" && to[0] === "programs")
    assert.deepStrictEqual(
      fromHttp.filter(({ from, to }) => from[1] !== "operator" || to[1] !== "operator").map(({ text }) => text),
      [
        "http/RuntimeStatus.ts → programs/upkeep/audit.ts",
        "http/operator/RunningService.ts → programs/outbound/KnownCases.ts"
      ]
    )
  })

  it("the command line imports only the layers that its commands need", () => {
    const fromCli = imports.filter(({ from, to }) => from[0] === "cli" && to[0] === "layers")
    assert.deepStrictEqual(fromCli.map(({ text }) => text).toSorted(), [
      "cli/OperatorClient.ts → layers/settings/misspelled.ts",
      "cli/OperatorClient.ts → layers/settings/parsers.ts",
      "cli/audit.ts → layers/kafka/js/KafkaJs.ts",
      "cli/audit.ts → layers/settings/SettingsEnv.ts",
      "cli/deadLetters.ts → layers/kafka/js/TopicReaderKafkaJs.ts",
      "cli/deadLetters.ts → layers/settings/SettingsEnv.ts",
      "cli/decide.ts → layers/settings/SettingsEnv.ts",
      "cli/doctor.ts → layers/http/HttpUndici.ts",
      "cli/doctor.ts → layers/servicenow/ServiceNowTablesHttp.ts",
      "cli/doctor.ts → layers/settings/SettingsEnv.ts",
      "cli/doctor.ts → layers/weni/WeniAccessHttp.ts",
      "cli/journeys.ts → layers/settings/SettingsEnv.ts",
      "cli/layers.ts → layers/database/DatabaseOperator.ts",
      "cli/layers.ts → layers/database/DatabaseStatusRef.ts",
      "cli/layers.ts → layers/journal/JournalSql.ts",
      "cli/list.ts → layers/settings/SettingsEnv.ts",
      "cli/main.ts → layers/settings/environmentFile.ts",
      "cli/preview.ts → layers/journeys/JourneysYaml.ts",
      "cli/preview.ts → layers/settings/SettingsEnv.ts",
      "cli/redrive.ts → layers/journal/RedrivesSql.ts",
      "cli/redrive.ts → layers/kafka/js/KafkaJs.ts",
      "cli/redrive.ts → layers/kafka/js/TopicReaderKafkaJs.ts",
      "cli/redrive.ts → layers/settings/SettingsEnv.ts",
      "cli/show.ts → layers/settings/SettingsEnv.ts"
    ])
  })

  it("nothing outside of a `memory` folder imports one", () => {
    const intoMemory = imports.filter(({ from, to }) => to.includes("memory") && !from.includes("memory"))
    assert.isTrue(imports.some(({ from, to }) => from.includes("memory") && to.includes("memory")))
    assert.deepStrictEqual(
      intoMemory.map(({ text }) => text),
      []
    )
  })

  for (const part of Object.keys(floors)) {
    it(`imports between folders of ${part} only go down`, () => {
      assert.deepStrictEqual([...foldersOf(part)].toSorted(), floors[part]?.flat().toSorted())
      const within = imports.filter(({ from, to }) => from[0] === part && to[0] === part && from[1] !== to[1])
      const wrong = within.filter(({ from, to }) => floorOf(part, from[1]) <= floorOf(part, to[1]))
      assert.isAbove(within.length, 0)
      assert.deepStrictEqual(
        wrong.map(({ text }) => text),
        []
      )
    })
  }
})
