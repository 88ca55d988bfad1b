import { Effect } from "effect"
import { Argument, Command } from "effect/cli"

import type { CommunicationDetails } from "../api/communications.ts"
import { originKey } from "../domain/record/Origin.ts"
import { type Details, maskedDetails } from "../domain/views/details.ts"
import { settingsEnvFor } from "../layers/settings/SettingsEnv.ts"
import { detailsFor } from "../programs/operator/details.ts"
import { writeTrail } from "../programs/operator/newOperation.ts"
import { idDirectly, nameInUrl } from "./communicationName.ts"
import { json, reasonFlag, switchFlag } from "./flags.ts"
import { OperatorJournal, withinPatience } from "./layers.ts"
import { byService, type OperatorClient } from "./OperatorClient.ts"
import { localTime, print, table } from "./output.ts"

/** What the command shows of a communication, whether it comes from the service or from the database. */
export const summaryShown = (details: typeof CommunicationDetails.Type | Details) => {
  const { case: theCase, customer, due, id, journey, record, status, updatedAt, whatsapp } = details
  return {
    id,
    journey,
    status,
    updatedAt,
    ...(theCase && { case: { number: theCase.number, sysId: theCase.sysId } }),
    ...(whatsapp && { whatsapp }),
    ...(record && { record }),
    ...(customer && { customer }),
    waiting: details.waiting.map(({ at, for: what }) => ({ for: what, at })),
    ...(due !== undefined && { due }),
    events: details.events,
    responses: details.responses.map(({ acknowledged, at, evento, id, status }) => ({
      id,
      evento,
      status,
      at,
      acknowledged
    })),
    timeline: details.timeline.map(({ at, fact, text }) => ({ at, fact, text }))
  }
}

type Shown = ReturnType<typeof summaryShown>

const whatsapp = ({ attempts, messageId, outcome }: NonNullable<Shown["whatsapp"]>): string =>
  [
    outcome === "in_doubt" ? "IN DOUBT: nobody knows whether it was sent" : outcome.replace("_", " "),
    `${attempts} attempt${attempts === 1 ? "" : "s"}`,
    ...(messageId === undefined ? [] : [`message ${messageId}`])
  ].join(", ")

const head = (summary: Shown): ReadonlyArray<ReadonlyArray<string>> => {
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

const lines = (summary: Shown): ReadonlyArray<string> => [
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

/** The answer of the running service, unmasked if there is a reason for that. */
const fromService = (name: string, reason: string | undefined) =>
  Effect.fnUntraced(function* (client: OperatorClient) {
    const params = { id: yield* nameInUrl(client, name) }
    return yield* reason === undefined
      ? client.ask((api) => api.communications.show({ params }))
      : client.ask((api) => api.communications.reveal({ params, payload: { reason } }))
  })

/** The same from the database, in the same trail. */
const fromDatabase = (name: string, reason: string | undefined) =>
  Effect.gen(function* () {
    const found = yield* detailsFor(yield* idDirectly(name))
    if (reason === undefined) return maskedDetails(found.details, found.facts)
    // Written first, so that every reveal of personal data is in the trail.
    yield* writeTrail("reveal", { by: "ctx", reason }, undefined, found.details.id)
    return found.details
  }).pipe(
    withinPatience,
    Effect.provide(OperatorJournal),
    Effect.provide(settingsEnvFor("DATABASE_URL", "DATA_DIR", "SEARCH_KEY"))
  )

/** `ctx show <id>`: shows one communication, by any of its names. */
export const show = Command.make(
  "show",
  {
    name: Argument.String("id").pipe(
      Argument.withDescription(
        "id_correlacao, ref, Case number, sys_id of the Case, message id, or another name that leads to it alone"
      )
    ),
    unmasked: switchFlag(
      "unmasked",
      "Show the customer's name, phone, e-mail, document and answers as they are (default: masked)"
    ),
    reason: reasonFlag("ctx show --unmasked", "Why --unmasked, for the trail"),
    json
  },
  Effect.fnUntraced(function* ({ json: asJson, name, reason, unmasked }) {
    const why = unmasked ? reason.trim() : undefined
    const summary = summaryShown(
      yield* byService(fromService(name, why), fromDatabase(name, why), "reading the database itself")
    )
    yield* print(asJson, summary, lines(summary))
  })
).pipe(
  Command.withDescription(
    "Show state and history of one communication, by the running service (CTX_URL, default http://127.0.0.1:8080, and OPERATOR_TOKEN), else by the database (DATABASE_URL or DATA_DIR)"
  ),
  Command.withExamples([
    { command: "npm run ctx -- show CS0001005", description: "By the number of its Case" },
    { command: "npm run ctx -- show 'jornada|cliente|pedido' --json", description: "By id_correlacao, as JSON" }
  ])
)
