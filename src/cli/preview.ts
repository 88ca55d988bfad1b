import { Effect, Layer, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"

import type { Json } from "../domain/record/ChannelResult.ts"
import { isFields } from "../domain/record/RecordReader.ts"
import { JourneysYaml } from "../layers/journeys/JourneysYaml.ts"
import { settingsEnvFor } from "../layers/settings/SettingsEnv.ts"
import { type Preview, previewEvent, previewRecord } from "../programs/operator/preview.ts"
import { CommunicationIndex } from "../services/CommunicationIndex.ts"
import { Journal } from "../services/Journal.ts"
import { ProblemFound } from "./exitCodes.ts"
import { json } from "./flags.ts"
import { inputFile } from "./inputFile.ts"
import { print, table } from "./output.ts"

/** Knows no communication, so the preview treats the order or event as the first one. */
const NothingKnown = Layer.merge(
  Layer.mock(Journal)({ load: () => Effect.succeed([]), forgotten: () => Effect.undefined }),
  Layer.mock(CommunicationIndex)({ bearers: () => Effect.succeed([]) })
)

/** Fields that only a record of TOPIC_IN has at its top. */
const orderFields = ["cod_canais", "cod_canaais", "dados_jornada", "dados_whats", "tims_evento", "cliente"]

/** What a text most likely is. A text that is not JSON counts as an order; it would be refused as either. */
const kindOf = (text: string): "record" | "event" => {
  try {
    const value: unknown = JSON.parse(text)
    return isFields(value) && orderFields.some((field) => Object.hasOwn(value, field)) ? "record" : "event"
  } catch {
    return "record"
  }
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value))

const section = (title: string, value: Json | undefined): ReadonlyArray<string> =>
  value === undefined
    ? []
    : [
        "",
        title,
        ...table(
          Object.entries(value).flatMap(([field, one]) => fieldRows(field, textOf(one))),
          "  "
        )
      ]

/** A text of several lines takes a row for each. */
const fieldRows = (field: string, text = ""): ReadonlyArray<ReadonlyArray<string>> =>
  text.split("\n").map((line, at) => [at === 0 ? field : "", line])

const lines = (preview: Preview): ReadonlyArray<string> => [
  [preview.kind, preview.verdict, ...(preview.id === undefined ? [] : [preview.id])].join("  "),
  ...preview.problems.map(({ path, text }) => `PROBLEM  ${path === "" ? text : `${path}: ${text}`}`),
  ...preview.warnings.map((warning) => `warning  ${warning}`),
  ...section("consumer", preview.consumer),
  ...section("Case", preview.case),
  ...section("message", preview.message),
  ...(preview.patches ?? []).flatMap((patch) => section("change of the Case", patch)),
  ...section("response", preview.response)
]

/** What the service would send to the dead letters. */
const refused: ReadonlySet<string> = new Set(["invalid", "unknown_journey", "conflict"])

/** `ctx preview FILE`: what the service would do with a record or an event, without the service. */
export const previewCommand = Command.make(
  "preview",
  {
    file: Argument.String("file").pipe(Argument.withDescription("The value of a Kafka record, as JSON")),
    as: Flag.Literals("as", ["record", "event"]).pipe(
      Flag.withDescription("A record of TOPIC_IN or an event of TOPIC_INBOUND (default: what its fields say)"),
      Flag.optional
    ),
    json
  },
  Effect.fnUntraced(
    function* ({ as, file, json: asJson }) {
      const text = yield* inputFile(file)
      const kind = Option.getOrElse(as, () => kindOf(text))
      const result = yield* kind === "record" ? previewRecord(text) : previewEvent(text)
      const preview: Preview = JSON.parse(JSON.stringify(result))
      yield* print(asJson, preview, lines(preview))
      if (refused.has(preview.verdict)) return yield* new ProblemFound({ detail: `${file}: ${preview.verdict}` })
    },
    Effect.provide(Layer.merge(NothingKnown, JourneysYaml)),
    Effect.provide(
      settingsEnvFor(
        "JOURNEYS_FILE",
        "SERVICENOW_KEY_FIELD",
        "SERVICENOW_ASSIGNMENT_GROUP",
        "SERVICENOW_HUMAN_GROUP",
        "SERVICENOW_OPENED_BY"
      )
    )
  )
).pipe(
  Command.withDescription(
    "Show what the service would do with a record or an event that it does not know yet; makes no calls, exit code 1 for one that is refused (needs no service)"
  ),
  Command.withExamples([
    { command: "npm run ctx -- preview order.json", description: "Problems, Case, message and response" },
    {
      command: "npm run ctx -- preview event.json --as event --json",
      description: "An event, as POST /api/preview has it"
    }
  ])
)
