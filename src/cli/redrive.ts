import { Effect, Layer } from "effect"
import { Command, Flag } from "effect/cli"

import type { RedriveResult } from "../api/deadLetters.ts"
import { RedrivesSql } from "../layers/journal/RedrivesSql.ts"
import { KafkaJs } from "../layers/kafka/js/KafkaJs.ts"
import { TopicReaderKafkaJs } from "../layers/kafka/js/TopicReaderKafkaJs.ts"
import { settingsEnvFor } from "../layers/settings/SettingsEnv.ts"
import type { Selection } from "../programs/operator/deadLetters.ts"
import { redrive, redriveInTrail } from "../programs/operator/redrive.ts"
import { ProblemFound, WrongUse } from "./exitCodes.ts"
import { dryRun, json, reasonFlag, switchFlag } from "./flags.ts"
import { OperatorDatabase, OperatorJournal } from "./layers.ts"
import { filterOf, letterFlags, letterSelection } from "./letterFlags.ts"
import { letterRead, type LetterShown, letterTold } from "./letterShown.ts"
import { byService, type OperatorClient } from "./OperatorClient.ts"
import { localTime, print } from "./output.ts"

/** An outcome of `redrive`, as this process or the service reports it. */
interface Outcome {
  readonly _tag: string
  readonly at?: number
  readonly why?: string
}

/** The outcome for one dead letter. `letter` is absent if no dead letter is at this place. */
interface Result {
  readonly place: string
  readonly outcome: Outcome
  readonly letter?: LetterShown
}

interface Wanted {
  readonly selection: Selection
  readonly dryRun: boolean
  readonly again: boolean
  readonly reason: string
}

const outcomeText = ({ _tag, at = 0, why }: Outcome): string => {
  switch (_tag) {
    case "Redriven":
      return "redriven"
    case "WouldRedrive":
      return "would be redriven"
    case "Already":
      return `already redriven at ${localTime(at)}: nothing done (--again does it all the same)`
    case "Begun":
      return (
        `NOT redriven: another run began it at ${localTime(at)} and did not say how it ended; it is still at work, ` +
        "or was ended half-way: then look whether its record came, or use --again"
      )
    case "Unconfirmed":
      return "NOT KNOWN: Kafka did not acknowledge it in time; look whether its record came, or use --again"
    case "NotTried":
      return "not tried: Kafka does not answer"
    case "NotFound":
      return "NOT FOUND: no dead letter at this place"
    default:
      return `NOT redriven: ${why ?? _tag}`
  }
}

const successTags: ReadonlySet<string> = new Set(["Redriven", "WouldRedrive", "Already"])

const line = ({ letter, outcome, place }: Result): string =>
  [place, ...[letter?.code, letter?.id].filter((word) => word !== undefined), outcomeText(outcome)].join("  ")

/** A filter that selects everything, because the service rejects a filter without a field. */
const everything = { since: "1970-01-01T00:00:00Z" }

const resultTold = ({ at, id, letter, outcome, why }: typeof RedriveResult.Type): Result => {
  const place = id.includes("/") ? id : decodeURIComponent(id)
  return {
    place,
    outcome: { _tag: outcome, ...(at !== undefined && { at }), ...(why !== undefined && { why }) },
    ...(letter && { letter: letterTold(place, letter) })
  }
}

const byRunningService = ({ again, dryRun, reason, selection }: Wanted) =>
  Effect.fnUntraced(function* ({ askLong }: OperatorClient) {
    const { places } = selection
    const filter = filterOf(selection)
    const wanted =
      places === undefined ? { filter: Object.keys(filter).length === 0 ? everything : filter } : { ids: [...places] }
    const { items } = yield* askLong((api) =>
      api.deadLetters.redrive({ payload: { ...wanted, dryRun, again, reason } })
    )
    return items.map(resultTold)
  })

const Layers = Layer.mergeAll(
  TopicReaderKafkaJs,
  KafkaJs,
  Layer.provide(RedrivesSql, OperatorDatabase),
  OperatorJournal
)

const directly = ({ again, dryRun, reason, selection }: Wanted) =>
  Effect.gen(function* () {
    if (dryRun) return yield* redrive(selection, { dryRun, again })
    const { results } = yield* redriveInTrail(selection, again, { by: "ctx", reason })
    return results
  }).pipe(
    Effect.map((results) =>
      results.map(({ letter, ...rest }): Result => ({ ...rest, ...(letter && { letter: letterRead(letter) }) }))
    ),
    Effect.provide(Layers),
    Effect.provide(settingsEnvFor("KAFKA_", "TOPIC_", "DATABASE_URL", "DATA_DIR"))
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

/** `ctx dead-letters redrive`. */
export const redriveCommand = Command.make(
  "redrive",
  {
    id: ids,
    all: switchFlag("all", "Every dead letter (default: --id or --code)"),
    ...letterFlags,
    dryRun,
    again: switchFlag("again", "Also those that were redriven before (default: not those)"),
    reason: reasonFlag("ctx dead-letters redrive"),
    json
  },
  Effect.fnUntraced(function* ({ again, all, dryRun, id, json: asJson, reason, ...input }) {
    const selected = yield* letterSelection(input)
    if ([all, id.length > 0, selected.code !== undefined].filter(Boolean).length !== 1) {
      return yield* new WrongUse({ detail: "expected exactly one of --id (or several), --code or --codigo, and --all" })
    }
    if (id.length > 0 && Object.keys(selected).length > 0) {
      return yield* new WrongUse({ detail: "expected --topic and --since with --code or --all, not with --id" })
    }
    const selection: Selection = id.length > 0 ? { places: new Set(id) } : selected
    const wanted = { selection, dryRun, again, reason: reason.trim() }
    const results = yield* byService(byRunningService(wanted), directly(wanted), "using Kafka and the database itself")
    yield* print(asJson, results, results.length === 0 ? ["no dead letter is selected"] : results.map(line))
    const failures = results.filter(({ outcome }) => !successTags.has(outcome._tag)).length
    if (failures > 0) return yield* new ProblemFound({ detail: `${failures} of ${results.length} not redriven` })
  })
).pipe(
  Command.withDescription(
    "Send dead letters to the topic that they came from, by the running service (CTX_URL, default http://127.0.0.1:8080, and OPERATOR_TOKEN), else by Kafka and the database (KAFKA_BROKERS, and DATABASE_URL or DATA_DIR)"
  ),
  Command.withExamples([
    { command: "npm run ctx -- dead-letters redrive --code JORNADA_DESCONHECIDA --dry-run", description: "Look first" },
    { command: "npm run ctx -- dead-letters redrive --id comunicacaoTransacional.dlq/0/12", description: "One" }
  ])
)
