import { Clock, Effect, Option, Result } from "effect"
import { Argument, Command, Flag } from "effect/cli"

import type { Journey } from "../domain/journeys/Journey.ts"
import { parseJourneys } from "../domain/journeys/JourneysFile.ts"
import { startWarnings } from "../domain/journeys/startWarnings.ts"
import { caseBody } from "../domain/outbound/caseBody.ts"
import { isDoubtful, unknownText, unknownVariables } from "../domain/outbound/caseVariables.ts"
import { isFields, type Problem } from "../domain/record/RecordReader.ts"
import { localDay, saoPaulo } from "../domain/values/localTime.ts"
import { settingsEnvFor } from "../layers/settings/SettingsEnv.ts"
import { Settings } from "../services/Settings.ts"
import { exampleOrder } from "./exampleRecord.ts"
import { ProblemFound } from "./exitCodes.ts"
import { json } from "./flags.ts"
import { inputFile } from "./inputFile.ts"
import { print } from "./output.ts"

const problemLine = ({ path, problem }: Problem): string => (path === "" ? problem : `${path}: ${problem}`)

/** The operator's own record, as an object. */
const readRecord = Effect.fnUntraced(function* (path: string) {
  const text = yield* inputFile(path)
  const value = yield* Effect.try({
    try: (): unknown => JSON.parse(text),
    catch: () => new ProblemFound({ detail: `${path}: expected JSON` })
  })
  return isFields(value) ? value : yield* new ProblemFound({ detail: `${path}: expected an object` })
})

/** The names of the record's own fields, which templates may use. */
const fieldsOf = (record: Readonly<Record<string, unknown>>): ReadonlyArray<string> =>
  [record["cliente"], record["dados_jornada"]].flatMap((part) => (isFields(part) ? Object.keys(part) : []))

/** The texts of a journey's Case as an example record fills them. */
const textsOf = (journey: Journey, now: number, record: Readonly<Record<string, unknown>> | undefined) => {
  const outbound = exampleOrder(journey.name, now, record)
  if (outbound === undefined) return undefined
  const body = caseBody({ outbound, journey, consumer: "" })
  return Object.keys(journey.case)
    .filter((field) => typeof journey.case[field] === "string")
    .map((field) => ({ field, text: String(body[field]) }))
}

/** Everything about a journeys file that can be checked without the service. */
const checked = Effect.fnUntraced(function* (file: string, recordFile: string | undefined) {
  const parsed = parseJourneys(yield* inputFile(file))
  if (Result.isFailure(parsed)) return { file, problems: parsed.failure, unknown: [], warnings: [], journeys: [] }
  const now = yield* Clock.currentTimeMillis
  const record = recordFile === undefined ? undefined : yield* readRecord(recordFile)
  const { journeys } = parsed.success
  const rendered = [...journeys.values()].map((journey) => ({
    name: journey.name,
    texts: textsOf(journey, now, record)
  }))
  if (rendered.some(({ texts }) => texts === undefined)) {
    return yield* new ProblemFound({
      detail: `${recordFile}: expected a valid record of TOPIC_IN (ctx preview names what is wrong)`
    })
  }
  const unknown = unknownVariables(parsed.success, record === undefined ? [] : fieldsOf(record))
  return {
    file,
    problems: unknown.filter(isDoubtful).map((one) => ({ path: one.path, problem: unknownText(one) })),
    unknown,
    warnings: startWarnings(parsed.success, localDay(now, saoPaulo)),
    journeys: rendered.map(({ name, texts = [] }) => ({ name, texts }))
  }
})

type Checked = Effect.Success<ReturnType<typeof checked>>

const lines = ({ file, journeys, problems, unknown, warnings }: Checked): ReadonlyArray<string> => [
  file,
  ...problems.map((one) => `PROBLEM  ${problemLine(one)}`),
  ...unknown
    .filter((one) => !isDoubtful(one))
    .map((one) => `unknown  ${problemLine({ path: one.path, problem: unknownText(one) })}`),
  ...warnings.map((one) => `warning  ${problemLine(one)}`),
  ...journeys.flatMap(({ name, texts }) => [
    "",
    name,
    ...texts.flatMap(({ field, text }) => [`  ${field}:`, ...text.split("\n").map((line) => `    ${line}`)])
  ]),
  ...(journeys.length === 0 ? [] : ["", problems.length === 0 ? "no problem found" : `${problems.length} problems`])
]

const theSettings = settingsEnvFor("JOURNEYS_FILE")

const check = Command.make(
  "check",
  {
    file: Argument.String("file").pipe(
      Argument.withDescription("The journeys file (default: JOURNEYS_FILE, else the project's journeys.yaml)"),
      Argument.optional
    ),
    record: Flag.String("record").pipe(
      Flag.withDescription(
        "A file with a record of TOPIC_IN: its fields are known variables, and the texts show its values (default: an invented example)"
      ),
      Flag.optional
    ),
    json
  },
  Effect.fnUntraced(function* ({ file, json: asJson, record }) {
    const path = Option.isSome(file)
      ? file.value
      : yield* Effect.provide(
          Effect.map(Settings, ({ journeysFile }) => journeysFile),
          theSettings
        )
    const found = yield* checked(path, Option.getOrUndefined(record))
    yield* print(asJson, found, lines(found))
    const { length } = found.problems
    if (length > 0) return yield* new ProblemFound({ detail: `${length} problem${length === 1 ? "" : "s"} found` })
  })
).pipe(
  Command.withDescription(
    "Check a journeys file and show its texts: every problem, every unknown {{variable}}; exit code 1 for a problem (needs no service)"
  ),
  Command.withExamples([
    { command: "npm run ctx -- journeys check", description: "The file that the service reads" },
    {
      command: "npm run ctx -- journeys check new.yaml --record order.json",
      description: "Another, with a producer's record"
    }
  ])
)

/** `ctx journeys …`. */
export const journeysCommand = Command.make("journeys").pipe(
  Command.withDescription("Check the journeys file"),
  Command.withSubcommands([check])
)
