import { Command } from "effect/cli"

import { auditCommand } from "./audit.ts"
import { deadLetters } from "./deadLetters.ts"
import { decideCommand } from "./decide.ts"
import { doctorCommand } from "./doctor.ts"
import { journeysCommand } from "./journeys.ts"
import { listCommand } from "./list.ts"
import { operationsCommand } from "./operations.ts"
import { previewCommand } from "./preview.ts"
import { privacyCommand } from "./privacy.ts"
import { retryCommand } from "./retry.ts"
import { settleCommand } from "./settle.ts"
import { show } from "./show.ts"

/** The command line with all of its commands. */
export const ctx = Command.make("ctx").pipe(
  Command.withDescription(
    "The operator's command line. Exit codes: 0 done, 1 a problem was found or the command failed, 2 wrong use."
  ),
  Command.withSubcommands([
    listCommand,
    show,
    retryCommand,
    operationsCommand,
    auditCommand,
    settleCommand,
    decideCommand,
    deadLetters,
    doctorCommand,
    journeysCommand,
    previewCommand,
    privacyCommand
  ])
)
