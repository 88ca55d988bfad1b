import { Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"

import { settingsEnvFor } from "../layers/settings/SettingsEnv.ts"
import { resolveId } from "../programs/operator/inspect.ts"
import { resolveDispatch } from "../programs/operator/resolveDispatch.ts"
import { json } from "./flags.ts"
import { OperatorJournal, withinPatience } from "./layers.ts"
import { print } from "./output.ts"

/** `ctx decide <id> resend|sent|not_sent --reason TEXT` (SPEC 5.3). */
export const decideCommand = Command.make(
  "decide",
  {
    name: Argument.String("id").pipe(
      Argument.withDescription("id_correlacao, Case number, sys_id of the Case, or message id")
    ),
    decision: Argument.Literals("decision", ["resend", "sent", "not_sent"]).pipe(
      Argument.withDescription("resend: send the message again; sent, not_sent: how the attempt in doubt had ended")
    ),
    reason: Flag.String("reason").pipe(Flag.withDescription("Why, for the record (no default)")),
    json
  },
  Effect.fnUntraced(
    function* ({ decision, json: asJson, name, reason }) {
      const id = yield* withinPatience(resolveId(name))
      yield* withinPatience(resolveDispatch(id, decision, { reason }))
      yield* print(asJson, { id, decision }, [
        `${id}: ${decision} is taken down; the service carries it out when it runs`
      ])
    },
    Effect.provide(OperatorJournal),
    Effect.provide(settingsEnvFor("DATABASE_URL", "DATA_DIR", "WENI_TIMEOUT", "TCP_ORPHAN_TIMEOUT"))
  )
).pipe(
  Command.withDescription(
    "Settle a dispatch in doubt (needs DATABASE_URL or DATA_DIR, and the service's WENI_TIMEOUT)"
  ),
  Command.withExamples([
    {
      command: "npm run ctx -- decide CS0001005 not_sent --reason 'Weni: not accepted'",
      description: "Weni says that the message never went out"
    }
  ])
)
