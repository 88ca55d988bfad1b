import { Command } from "effect/cli"

import { list } from "./deadLettersList.ts"
import { redriveCommand } from "./deadLettersRedrive.ts"

/** `ctx dead-letters …`. */
export const deadLetters = Command.make("dead-letters").pipe(
  Command.withDescription("List records that were refused, and send them again"),
  Command.withSubcommands([list, redriveCommand])
)
