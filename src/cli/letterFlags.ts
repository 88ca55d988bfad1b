import { Clock, Effect, Option } from "effect"
import { Flag } from "effect/cli"

import { isCodigo } from "../domain/values/codigo.ts"
import { isoTime } from "../domain/values/parseTime.ts"
import { parseSince } from "../domain/values/since.ts"
import type { Selection } from "../programs/operator/deadLetters.ts"
import { WrongUse } from "./exitCodes.ts"

/** Epoch milliseconds of `24h`, of an ISO 8601 time, or of a day alone, which begins at midnight UTC. */
const readSince = (text: string, now: number): number => parseSince(text, now) ?? Date.parse(text)

/** The flags that select dead letters, for every command about them. */
export const letterFlags = {
  topic: Flag.Literals("topic", ["in", "inbound"]).pipe(
    Flag.withDescription("Only of TOPIC_IN, or only of TOPIC_INBOUND (default: both)"),
    Flag.optional
  ),
  code: Flag.String("code").pipe(Flag.withDescription("Only with this dlq-codigo (default: any)"), Flag.optional),
  codigo: Flag.String("codigo").pipe(Flag.withDescription("The same as --code (default: any)"), Flag.optional),
  since: Flag.String("since").pipe(
    Flag.withDescription(
      "Only written at or after this time: ISO such as 2026-01-31T12:00:00Z, or a time before now such as 24h (default: any)"
    ),
    Flag.filter(
      (text) => !Number.isNaN(readSince(text, 0)),
      (text) => `expected an ISO 8601 time, or 30m, 24h, 7d, read ${text}`
    ),
    Flag.optional
  )
} as const

interface LetterInput {
  readonly topic: Option.Option<"in" | "inbound">
  readonly code: Option.Option<string>
  readonly codigo: Option.Option<string>
  readonly since: Option.Option<string>
}

/** What the flags select. */
export const letterSelection = Effect.fnUntraced(function* ({ code, codigo, since, topic }: LetterInput) {
  if (Option.isSome(code) && Option.isSome(codigo)) {
    return yield* new WrongUse({ detail: "expected --code or --codigo, which mean the same, not both" })
  }
  const now = yield* Clock.currentTimeMillis
  const wanted = Option.getOrUndefined(Option.orElse(code, () => codigo))
  if (wanted !== undefined && !isCodigo(wanted)) {
    return yield* new WrongUse({ detail: `expected a codigo such as TIMEOUT or HTTP_500, read ${wanted}` })
  }
  const selection: Selection = {
    ...(Option.isSome(topic) && { topic: topic.value }),
    ...(wanted !== undefined && { code: wanted }),
    ...(Option.isSome(since) && { since: readSince(since.value, now) })
  }
  return selection
})

/** The same as the service's filter. */
export const filterOf = ({ code, since, topic }: Selection) => ({
  ...(topic !== undefined && { topic }),
  ...(code !== undefined && { codigo: code }),
  ...(since !== undefined && { since: isoTime(Math.max(0, since)) })
})
