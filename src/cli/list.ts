import { Effect } from "effect"
import { Command, Flag } from "effect/cli"

import type { CommunicationItem } from "../api/communications.ts"
import { settingsEnvFor } from "../layers/settings/SettingsEnv.ts"
import { findCommunications } from "../programs/operator/findCommunications.ts"
import { WrongUse } from "./exitCodes.ts"
import { json, limitFlag } from "./flags.ts"
import { OperatorJournal, withinPatience } from "./layers.ts"
import { byService, type OperatorClient } from "./OperatorClient.ts"
import { localTime, print, table } from "./output.ts"
import { collect } from "./pages.ts"
import { fieldsOf, searchFlags } from "./searchFlags.ts"

type Fields = ReturnType<typeof fieldsOf>
type Item = typeof CommunicationItem.Type

/** The search of the running service. `q` goes into the body, because it may be personal data. */
const fromService =
  (fields: Fields, limit: number, cursor: string | undefined) =>
  ({ ask }: OperatorClient) =>
    collect((of) => ask((api) => api.communications.search({ payload: { ...fields, ...of } })), limit, cursor)

/** The same search in the database, for a service that does not run. */
const fromDatabase = (fields: Fields, limit: number, cursor: string | undefined) =>
  withinPatience(collect((of) => findCommunications({ ...fields, ...of }, "body"), limit, cursor)).pipe(
    Effect.catchTag("WrongSearch", ({ message }) => Effect.fail(new WrongUse({ detail: message }))),
    Effect.provide(OperatorJournal),
    Effect.provide(settingsEnvFor("DATABASE_URL", "DATA_DIR", "SEARCH_KEY"))
  )

const row = (item: Item): ReadonlyArray<string> => [
  localTime(item.createdAt),
  [item.status, ...item.marks].join(" "),
  item.case?.number ?? "",
  [...item.codigos].join(" "),
  item.whatsapp === undefined ? "" : `WhatsApp ${item.whatsapp.outcome.replace("_", " ")}`,
  item.ref === undefined ? item.id : `${item.id}  ref ${item.ref}`
]

/** `ctx list`: communications by the fields of the search, the newest first. */
export const listCommand = Command.make(
  "list",
  {
    ...searchFlags,
    limit: limitFlag("At most so many, the newest", 50),
    cursor: Flag.String("cursor").pipe(
      Flag.withDescription("Continues after an earlier list: its `next` (default: from the newest on)"),
      Flag.withDefault("")
    ),
    json
  },
  Effect.fnUntraced(function* ({ cursor, json: asJson, limit, ...input }) {
    const fields = fieldsOf(input)
    const from = cursor === "" ? undefined : cursor
    const found = yield* byService(
      fromService(fields, limit, from),
      fromDatabase(fields, limit, from),
      "reading the database itself"
    )
    const more = found.next === null ? [] : [`more: --cursor ${found.next}`]
    yield* print(
      asJson,
      found,
      found.items.length === 0 ? ["no communication is found"] : [...table(found.items.map(row)), ...more]
    )
  })
).pipe(
  Command.withDescription(
    "List communications, the newest first, by the running service (CTX_URL, default http://127.0.0.1:8080, and OPERATOR_TOKEN), else by the database"
  ),
  Command.withExamples([
    { command: "npm run ctx -- list --status failure --since 24h", description: "What failed since yesterday" },
    { command: "npm run ctx -- list --status in_doubt --status waiting --json", description: "Marks, as JSON" }
  ])
)
