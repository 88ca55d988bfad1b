import { Effect, Layer } from "effect"
import { Command, Flag } from "effect/cli"

import { KafkaJs } from "../layers/KafkaJs.ts"
import { RedrivesSql } from "../layers/RedrivesSql.ts"
import { settingsEnvFor } from "../layers/SettingsEnv.ts"
import { TopicReaderKafkaJs } from "../layers/TopicReaderKafkaJs.ts"
import { type Outcome, redrive, type Redriven } from "../programs/redrive.ts"
import { DatabaseVisited } from "./layers.ts"
import { json, localTime, print } from "./output.ts"
import { ProblemFound, WrongUse } from "./problems.ts"
import { letterJson, selectionFlags, selectionOf } from "./selection.ts"

const ids = Flag.String("id").pipe(
  Flag.withDescription("The dead letter at this place, topic/partition/offset as list shows it; may be given again"),
  Flag.filter(
    (id) => /^[^/]+\/\d+\/\d+$/.test(id),
    (id) => `expected topic/partition/offset, read ${id}`
  ),
  Flag.atLeast(0)
)

const flag = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false), Flag.withoutNegation)

const words = (outcome: Outcome): string => {
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

const fine: ReadonlySet<Outcome["_tag"]> = new Set(["Redriven", "WouldRedrive", "Already"])

const line = ({ letter, outcome, place }: Redriven): string =>
  [place, ...[letter?.code, letter?.id].filter((word) => word !== undefined), words(outcome)].join("  ")

const Layers = Layer.mergeAll(TopicReaderKafkaJs, KafkaJs, Layer.provide(RedrivesSql, DatabaseVisited))

/** `ctx dead-letters redrive`. */
export const redriveCommand = Command.make(
  "redrive",
  {
    id: ids,
    all: flag("all", "Every dead letter"),
    ...selectionFlags,
    dryRun: flag("dry-run", "Say what would be done, and do nothing"),
    again: flag("again", "Also those that were redriven before"),
    json
  },
  Effect.fnUntraced(function* ({ again, all, dryRun, id, json: asJson, ...input }) {
    const selection = selectionOf(input)
    if ([all, id.length > 0, selection.code !== undefined].filter(Boolean).length !== 1) {
      return yield* new WrongUse({ detail: "expected exactly one of --id (or several), --code and --all" })
    }
    const places = id.length > 0 ? { places: new Set(id) } : {}
    const results = yield* redrive({ ...selection, ...places }, { dryRun, again }).pipe(
      Effect.provide(Layers),
      Effect.provide(settingsEnvFor("KAFKA_", "TOPIC_", "DATABASE_URL", "DATA_DIR"))
    )
    const value = results.map(({ letter, ...rest }) => ({ ...rest, ...(letter && { letter: letterJson(letter) }) }))
    yield* print(asJson, value, results.length === 0 ? ["no dead letter is selected"] : results.map(line))
    const bad = results.filter(({ outcome }) => !fine.has(outcome._tag)).length
    if (bad > 0) return yield* new ProblemFound({ detail: `${bad} of ${results.length} not redriven` })
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
