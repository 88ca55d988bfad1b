import { Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"

import { type Decision, reasonProblem } from "../domain/communication/Decision.ts"
import { shownId } from "../domain/personal/personalData.ts"
import { settingsEnvFor } from "../layers/settings/SettingsEnv.ts"
import { takeDecision } from "../programs/operator/takeAction.ts"
import { idDirectly, nameInUrl } from "./communicationName.ts"
import { ProblemFound } from "./exitCodes.ts"
import { json } from "./flags.ts"
import { OperatorJournal, withinPatience } from "./layers.ts"
import { byService, type OperatorClient } from "./OperatorClient.ts"
import { print } from "./output.ts"

/** A decision: which, about which communication, and why. */
interface Wanted {
  readonly name: string
  readonly decision: Decision
  readonly reason: string
}

/** The result of a decision: the id of its communication, and why it was rejected, if it was. */
interface Taken {
  readonly id: string
  readonly failure?: string
}

/** Decides through the running service, whose operation says how it ended. */
const byRunningService = ({ name, ...payload }: Wanted) =>
  Effect.fnUntraced(function* (client: OperatorClient) {
    const params = { id: yield* nameInUrl(client, name) }
    const taken = yield* client.ask((api) => api.communications.decide({ params, payload }))
    const { failures, target } = yield* client.ask((api) => api.operations.show({ params: { id: taken.operation } }))
    const [failure] = failures
    const result: Taken = { id: target ?? params.id, ...(failure && { failure: failure.reason }) }
    return result
  })

/** Decides in the database. The service carries the decision out when it runs. */
const directly = ({ decision, name, reason }: Wanted) =>
  Effect.gen(function* () {
    const id = yield* idDirectly(name)
    const { failure } = yield* takeDecision(decision, id, { by: "ctx", reason })
    const result: Taken = { id: shownId(id), ...(failure && { failure: failure.reason }) }
    return result
  }).pipe(
    withinPatience,
    Effect.provide(OperatorJournal),
    Effect.provide(settingsEnvFor("DATABASE_URL", "DATA_DIR", "SEARCH_KEY", "WENI_TIMEOUT", "TCP_ORPHAN_TIMEOUT"))
  )

/** `ctx decide <id> resend|sent|not_sent --reason TEXT` (SPEC 5.3). */
export const decideCommand = Command.make(
  "decide",
  {
    name: Argument.String("id").pipe(
      Argument.withDescription(
        "id_correlacao, ref, Case number, sys_id of the Case, message id, or another name that leads to it alone"
      )
    ),
    decision: Argument.Literals("decision", ["resend", "sent", "not_sent"]).pipe(
      Argument.withDescription("resend: send the message again; sent, not_sent: how the attempt in doubt had ended")
    ),
    reason: Flag.String("reason").pipe(Flag.withDescription("Why, for the record (no default)")),
    json
  },
  Effect.fnUntraced(function* ({ json: asJson, ...given }) {
    const wanted = { ...given, reason: given.reason.trim() }
    const problem = reasonProblem(wanted.reason)
    if (problem !== undefined) return yield* new ProblemFound({ detail: problem })
    const { failure, id } = yield* byService(
      byRunningService(wanted),
      directly(wanted),
      "writing to the database itself"
    )
    if (failure !== undefined) return yield* new ProblemFound({ detail: `${id}: ${failure}` })
    yield* print(asJson, { id, decision: wanted.decision }, [
      `${id}: ${wanted.decision} is taken down; the service carries it out when it runs`
    ])
  })
).pipe(
  Command.withDescription(
    "Settle a dispatch in doubt, by the running service (CTX_URL, default http://127.0.0.1:8080, and OPERATOR_TOKEN), else by the database (DATABASE_URL or DATA_DIR, and the service's WENI_TIMEOUT)"
  ),
  Command.withExamples([
    {
      command: "npm run ctx -- decide CS0001005 not_sent --reason 'Weni: not accepted'",
      description: "Weni says that the message never went out"
    }
  ])
)
