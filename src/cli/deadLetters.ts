import { Effect } from "effect"
import { Command } from "effect/cli"

import { TopicReaderKafkaJs } from "../layers/kafka/js/TopicReaderKafkaJs.ts"
import { settingsEnvFor } from "../layers/settings/SettingsEnv.ts"
import { listDeadLetters, type Selection } from "../programs/operator/deadLetters.ts"
import { json, limitFlag } from "./flags.ts"
import { filterOf, letterFlags, letterSelection } from "./letterFlags.ts"
import { letterLines, letterRead, letterTold } from "./letterShown.ts"
import { byService, type OperatorClient } from "./OperatorClient.ts"
import { print } from "./output.ts"
import { collect } from "./pages.ts"
import { redriveCommand } from "./redrive.ts"

const fromService = (selection: Selection, limit: number) =>
  Effect.fnUntraced(function* ({ askLong }: OperatorClient) {
    let total = 0
    const { items } = yield* collect(
      (of) =>
        askLong((api) => api.deadLetters.list({ query: { ...filterOf(selection), ...of } })).pipe(
          Effect.tap((page) => Effect.sync(() => (total = page.total)))
        ),
      limit
    )
    return { total, letters: items.map((item) => letterTold(decodeURIComponent(item.id), item)) }
  })

const fromTopics = (selection: Selection, limit: number) =>
  listDeadLetters(selection, limit).pipe(
    Effect.map(({ letters, total }) => ({ total, letters: letters.map(letterRead) })),
    Effect.provide(TopicReaderKafkaJs),
    Effect.provide(settingsEnvFor("KAFKA_", "TOPIC_"))
  )

/** `ctx dead-letters list`. */
const list = Command.make(
  "list",
  {
    ...letterFlags,
    limit: limitFlag("At most so many, the latest", 100),
    json
  },
  Effect.fnUntraced(function* ({ json: asJson, limit, ...input }) {
    const selection = yield* letterSelection(input)
    const found = yield* byService(
      fromService(selection, limit),
      fromTopics(selection, limit),
      "reading the topics itself"
    )
    const { letters, total } = found
    const count =
      total > letters.length ? `${total} dead letters, the latest ${letters.length}` : `${total} dead letters`
    yield* print(asJson, { total, letters }, [count, ...letters.flatMap(letterLines)])
  })
).pipe(
  Command.withDescription(
    "List the dead letters of both topics, the latest first, by the running service (CTX_URL, default http://127.0.0.1:8080, and OPERATOR_TOKEN), else by Kafka (KAFKA_BROKERS)"
  ),
  Command.withExamples([
    {
      command: "npm run ctx -- dead-letters list --codigo JORNADA_DESCONHECIDA --since 24h",
      description: "Of one reason"
    },
    { command: "npm run ctx -- dead-letters list --topic inbound --since 2026-01-31", description: "Events of a time" }
  ])
)

/** `ctx dead-letters …`. */
export const deadLetters = Command.make("dead-letters").pipe(
  Command.withDescription("List records that were refused, and send them again"),
  Command.withSubcommands([list, redriveCommand])
)
