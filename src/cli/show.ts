import { Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"

import { longestReason } from "../domain/communication/Decision.ts"
import { shownId } from "../domain/personal/personalData.ts"
import { originKey } from "../domain/record/Origin.ts"
import { maskedCustomer } from "../domain/views/Listing.ts"
import type { Summary } from "../domain/views/summary.ts"
import { settingsEnvFor } from "../layers/settings/SettingsEnv.ts"
import { inspect } from "../programs/operator/inspect.ts"
import { writeTrail } from "../programs/operator/newOperation.ts"
import { mask } from "../telemetry/masking.ts"
import { json, switchFlag } from "./flags.ts"
import { OperatorJournal, withinPatience } from "./layers.ts"
import { localTime, print, table } from "./output.ts"

/** The summary without personal data (LGPD). A phone keeps its last four digits, and an answer loses its text. */
export const maskedSummary = (summary: Summary): Summary => ({
  ...summary,
  id: shownId(summary.id),
  ...(summary.customer && { customer: maskedCustomer(summary.customer) }),
  events: summary.events.map(({ at, evento, text }) => ({ at, evento, ...(text !== undefined && { text: "***" }) })),
  timeline: summary.timeline.map((entry) => ({ ...entry, text: mask(entry.text) }))
})

const whatsapp = ({ attempts, messageId, outcome }: NonNullable<Summary["whatsapp"]>): string =>
  [
    outcome === "in_doubt" ? "IN DOUBT: nobody knows whether it was sent" : outcome.replace("_", " "),
    `${attempts} attempt${attempts === 1 ? "" : "s"}`,
    ...(messageId === undefined ? [] : [`message ${messageId}`])
  ].join(", ")

const head = (summary: Summary): ReadonlyArray<ReadonlyArray<string>> => {
  const { customer, due, record, case: theCase } = summary
  const person = Object.entries(customer ?? {}).map(([name, value]) => `${name} ${value}`)
  return [
    ["journey", summary.journey],
    ["status", `${summary.status}, last changed ${localTime(summary.updatedAt)}`],
    ["Case", theCase === undefined ? "none" : `${theCase.number}, sys_id ${theCase.sysId}`],
    ["WhatsApp", summary.whatsapp === undefined ? "none" : whatsapp(summary.whatsapp)],
    ...(record === undefined
      ? []
      : [
          [
            "record",
            `${originKey(record.origin)}, ${record.channels.join(" ")}, event of ${localTime(record.eventTime)}`
          ]
        ]),
    ...(customer === undefined ? [] : [["customer", person.join(", ")]]),
    ...summary.waiting.map((one) => ["waiting", `${one.for}, since or until ${localTime(one.at)}`]),
    ...(due === undefined ? [] : [["due", `looked at again ${localTime(due)}`]])
  ]
}

const section = (title: string, rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> =>
  rows.length === 0 ? [] : ["", title, ...table(rows, "  ")]

const lines = (summary: Summary): ReadonlyArray<string> => [
  summary.id,
  ...table(head(summary), "  "),
  ...section(
    "events",
    summary.events.map(({ at, evento, text }) => [localTime(at), evento, text ?? ""])
  ),
  ...section(
    "responses",
    summary.responses.map(({ acknowledged, at, evento, id, status }) => [
      localTime(at),
      evento,
      status,
      acknowledged ? "acknowledged" : "NOT ACKNOWLEDGED",
      id
    ])
  ),
  ...section(
    "timeline (America/Sao_Paulo)",
    summary.timeline.map(({ at, text }) => [localTime(at), text])
  )
]

/** `ctx show <id>`: shows one communication, by any of its names. */
export const show = Command.make(
  "show",
  {
    name: Argument.String("id").pipe(
      Argument.withDescription("id_correlacao, Case number, sys_id of the Case, or message id")
    ),
    unmasked: switchFlag(
      "unmasked",
      "Show the customer's name, phone, e-mail, document and answers as they are (default: masked)"
    ),
    reason: Flag.String("reason").pipe(
      Flag.withDescription('Why --unmasked, for the trail (default "ctx show --unmasked")'),
      Flag.filter(
        (reason) => reason.trim() !== "" && [...reason.trim()].length <= longestReason,
        () => `expected a reason of 1 to ${longestReason} characters`
      ),
      Flag.withDefault("ctx show --unmasked")
    ),
    json
  },
  Effect.fnUntraced(
    function* ({ json: asJson, name, reason, unmasked }) {
      const found = yield* withinPatience(inspect(name))
      // Written first: nobody sees personal data of which the trail does not tell.
      if (unmasked) {
        const actor = { by: "ctx", reason: reason.trim() }
        yield* withinPatience(writeTrail("reveal", actor, undefined, found.id))
      }
      const summary = unmasked ? found : maskedSummary(found)
      yield* print(asJson, summary, lines(summary))
    },
    Effect.provide(OperatorJournal),
    Effect.provide(settingsEnvFor("DATABASE_URL", "DATA_DIR"))
  )
).pipe(
  Command.withDescription("Show state and history of one communication (needs DATABASE_URL or DATA_DIR)"),
  Command.withExamples([
    { command: "npm run ctx -- show CS0001005", description: "By the number of its Case" },
    { command: "npm run ctx -- show 'jornada|cliente|pedido' --json", description: "By id_correlacao, as JSON" }
  ])
)
