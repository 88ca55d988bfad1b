import { Option } from "effect"
import { Flag } from "effect/cli"

import type { DeadLetter } from "../domain/deadLetter.ts"
import { originKey } from "../domain/Origin.ts"
import type { Selection } from "../programs/deadLetters.ts"
import { mask } from "../telemetry/masking.ts"
import { localTime } from "./output.ts"

/** What narrows dead letters down, for every command about them. */
export const selectionFlags = {
  topic: Flag.Literals("topic", ["in", "inbound"]).pipe(
    Flag.withDescription("Only of TOPIC_IN, or only of TOPIC_INBOUND"),
    Flag.optional
  ),
  code: Flag.String("code").pipe(Flag.withDescription("Only with this dlq-codigo"), Flag.optional),
  since: Flag.Date("since").pipe(
    Flag.withDescription("Only written at or after this ISO time, such as 2026-01-31T12:00:00Z"),
    Flag.optional
  )
} as const

export interface SelectionInput {
  readonly topic: Option.Option<"in" | "inbound">
  readonly code: Option.Option<string>
  readonly since: Option.Option<Date>
}

export const selectionOf = ({ code, since, topic }: SelectionInput): Selection => ({
  ...(Option.isSome(topic) && { topic: topic.value }),
  ...(Option.isSome(code) && { code: code.value }),
  ...(Option.isSome(since) && { since: since.value.getTime() })
})

/** One dead letter on a line, its reason on the next. */
export const letterLines = (letter: DeadLetter): ReadonlyArray<string> => [
  [
    originKey(letter.place),
    localTime(letter.at),
    letter.code ?? "without dlq-codigo",
    ...(letter.original === undefined ? [] : [`of ${originKey(letter.original)}`]),
    ...(letter.id === undefined ? [] : [letter.id]),
    ...(letter.truncated ? ["TRUNCATED"] : []),
    ...(letter.redriveOf === undefined ? [] : [`redriven from ${letter.redriveOf}`])
  ].join("  "),
  ...(letter.detail === undefined ? [] : [`    ${mask(letter.detail)}`])
]

/** For machines: places as texts. */
export const letterJson = ({ original, place, ...letter }: DeadLetter) => ({
  place: originKey(place),
  ...(original !== undefined && { original: originKey(original) }),
  ...letter,
  ...(letter.detail !== undefined && { detail: mask(letter.detail) })
})
