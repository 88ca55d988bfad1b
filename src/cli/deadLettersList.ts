import { Effect } from "effect"
import { Command, Flag } from "effect/cli"

import { settingsEnvFor } from "../layers/SettingsEnv.ts"
import { TopicReaderKafkaJs } from "../layers/TopicReaderKafkaJs.ts"
import { listDeadLetters } from "../programs/deadLetters.ts"
import { json, print } from "./output.ts"
import { letterJson, letterLines, selectionFlags, selectionOf } from "./selection.ts"

/** `ctx dead-letters list`. */
export const list = Command.make(
  "list",
  {
    ...selectionFlags,
    limit: Flag.Int("limit").pipe(
      Flag.withDescription("At most so many, the latest (default 100)"),
      Flag.filter(
        (limit) => limit > 0,
        (limit) => `expected 1 or more, read ${limit}`
      ),
      Flag.withDefault(100)
    ),
    json
  },
  Effect.fnUntraced(
    function* ({ json: asJson, limit, ...input }) {
      const { letters, total } = yield* listDeadLetters(selectionOf(input), limit)
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
    { command: "npm run ctx -- dead-letters list --code JORNADA_DESCONHECIDA", description: "Of one reason" },
    { command: "npm run ctx -- dead-letters list --topic inbound --since 2026-01-31", description: "Events of a time" }
  ])
)
