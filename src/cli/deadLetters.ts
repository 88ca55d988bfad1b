import { Effect, Layer } from "effect"
import { Flag, Command } from "effect/cli"

import { shownId } from "../domain/personal/personalData.ts"
import { originKey } from "../domain/record/Origin.ts"
import type { DeadLetter } from "../domain/responses/deadLetter.ts"
import { RedrivesSql } from "../layers/journal/RedrivesSql.ts"
import { KafkaJs } from "../layers/kafka/js/KafkaJs.ts"
import { TopicReaderKafkaJs } from "../layers/kafka/js/TopicReaderKafkaJs.ts"
import { settingsEnvFor } from "../layers/settings/SettingsEnv.ts"
import { listDeadLetters } from "../programs/operator/deadLetters.ts"
import { type Outcome, redrive, type Redriven } from "../programs/operator/redrive.ts"
import { mask } from "../telemetry/masking.ts"
import { ProblemFound, WrongUse } from "./exitCodes.ts"
import { dryRun, json, limitFlag, switchFlag } from "./flags.ts"
import { OperatorDatabase } from "./layers.ts"
import { letterFlags, letterSelection } from "./letterFlags.ts"
import { localTime, print } from "./output.ts"

/** One line for the dead letter, and one for its reason. */
const letterLines = (letter: DeadLetter): ReadonlyArray<string> => [
  [
    originKey(letter.place),
    localTime(letter.at),
    letter.code ?? "without dlq-codigo",
    ...(letter.original === undefined ? [] : [`of ${originKey(letter.original)}`]),
    ...(letter.id === undefined ? [] : [shownId(letter.id)]),
    ...(letter.truncated ? ["TRUNCATED"] : []),
    ...(letter.redriveOf === undefined ? [] : [`redriven from ${letter.redriveOf}`])
  ].join("  "),
  ...(letter.detail === undefined ? [] : [`    ${mask(letter.detail)}`])
]

/** The machine-readable form, with places as text. */
const letterJson = ({ original, place, ...letter }: DeadLetter) => ({
  place: originKey(place),
  ...(original !== undefined && { original: originKey(original) }),
  ...letter,
  ...(letter.id !== undefined && { id: shownId(letter.id) }),
  ...(letter.detail !== undefined && { detail: mask(letter.detail) })
})

/** `ctx dead-letters list`. */
const list = Command.make(
  "list",
  {
    ...letterFlags,
    limit: limitFlag("At most so many, the latest", 100),
    json
  },
  Effect.fnUntraced(
    function* ({ json: asJson, limit, ...input }) {
      const { letters, total } = yield* listDeadLetters(yield* letterSelection(input), limit)
      const count =
        total > letters.length ? `${total} dead letters, the latest ${letters.length}` : `${total} dead letters`
      yield* print(asJson, { total, letters: letters.map(letterJson) }, [count, ...letters.flatMap(letterLines)])
    },
    Effect.provide(TopicReaderKafkaJs),
    Effect.provide(settingsEnvFor("KAFKA_", "TOPIC_"))
  )
).pipe(
  Command.withDescription("List the dead letters of both topics, the latest first (needs KAFKA_BROKERS)"),
  Command.withExamples([
    {
      command: "npm run ctx -- dead-letters list --codigo JORNADA_DESCONHECIDA --since 24h",
      description: "Of one reason"
    },
    { command: "npm run ctx -- dead-letters list --topic inbound --since 2026-01-31", description: "Events of a time" }
  ])
)

const ids = Flag.String("id").pipe(
  Flag.withDescription(
    "The dead letter at this place, topic/partition/offset as list shows it; may be given again (default: --code or --all)"
  ),
  Flag.filter(
    (id) => /^[^/]+\/\d+\/\d+$/.test(id),
    (id) => `expected topic/partition/offset, read ${id}`
  ),
  Flag.atLeast(0)
)

const outcomeText = (outcome: Outcome): string => {
  switch (outcome._tag) {
    case "Redriven":
      return "redriven"
    case "WouldRedrive":
      return "would be redriven"
    case "Already":
      return `already redriven at ${localTime(outcome.at)}: nothing done (--again does it all the same)`
    case "Begun":
      return (
        `NOT redriven: another run began it at ${localTime(outcome.at)} and did not say how it ended; it is still at work, ` +
        "or was ended half-way: then look whether its record came, or use --again"
      )
    case "Impossible":
      return `NOT redriven: ${outcome.why}`
    case "Refused":
      return `NOT redriven: ${outcome.why}`
    case "Unconfirmed":
      return "NOT KNOWN: Kafka did not acknowledge it in time; look whether its record came, or use --again"
    case "NotTried":
      return "not tried: Kafka does not answer"
    case "NotFound":
      return "NOT FOUND: no dead letter at this place"
  }
}

const successTags: ReadonlySet<Outcome["_tag"]> = new Set(["Redriven", "WouldRedrive", "Already"])

const line = ({ letter, outcome, place }: Redriven): string =>
  [
    place,
    ...[letter?.code, letter?.id && shownId(letter.id)].filter((word) => word !== undefined),
    outcomeText(outcome)
  ].join("  ")

const Layers = Layer.mergeAll(TopicReaderKafkaJs, KafkaJs, Layer.provide(RedrivesSql, OperatorDatabase))

/** `ctx dead-letters redrive`. */
const redriveCommand = Command.make(
  "redrive",
  {
    id: ids,
    all: switchFlag("all", "Every dead letter"),
    ...letterFlags,
    dryRun,
    again: switchFlag("again", "Also those that were redriven before (default: not those)"),
    json
  },
  Effect.fnUntraced(function* ({ again, all, dryRun, id, json: asJson, ...input }) {
    const selection = yield* letterSelection(input)
    if ([all, id.length > 0, selection.code !== undefined].filter(Boolean).length !== 1) {
      return yield* new WrongUse({ detail: "expected exactly one of --id (or several), --code or --codigo, and --all" })
    }
    const places = id.length > 0 ? { places: new Set(id) } : {}
    const results = yield* redrive({ ...selection, ...places }, { dryRun, again }).pipe(
      Effect.provide(Layers),
      Effect.provide(settingsEnvFor("KAFKA_", "TOPIC_", "DATABASE_URL", "DATA_DIR"))
    )
    const value = results.map(({ letter, ...rest }) => ({ ...rest, ...(letter && { letter: letterJson(letter) }) }))
    yield* print(asJson, value, results.length === 0 ? ["no dead letter is selected"] : results.map(line))
    const failures = results.filter(({ outcome }) => !successTags.has(outcome._tag)).length
    if (failures > 0) return yield* new ProblemFound({ detail: `${failures} of ${results.length} not redriven` })
  })
).pipe(
  Command.withDescription(
    "Send dead letters to the topic that they came from (needs KAFKA_BROKERS, and DATABASE_URL or DATA_DIR)"
  ),
  Command.withExamples([
    { command: "npm run ctx -- dead-letters redrive --code JORNADA_DESCONHECIDA --dry-run", description: "Look first" },
    { command: "npm run ctx -- dead-letters redrive --id comunicacaoTransacional.dlq/0/12", description: "One" }
  ])
)

/** `ctx dead-letters …`. */
export const deadLetters = Command.make("dead-letters").pipe(
  Command.withDescription("List records that were refused, and send them again"),
  Command.withSubcommands([list, redriveCommand])
)
