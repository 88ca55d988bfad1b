import type { RedriveResult } from "../api/deadLetters.ts"
import { shownId } from "../domain/personal/personalData.ts"
import { originKey } from "../domain/record/Origin.ts"
import type { DeadLetter } from "../domain/responses/deadLetter.ts"
import { mask } from "../telemetry/masking.ts"
import { localTime } from "./output.ts"

/** A dead letter as the commands show it, without personal data. Places are `topic/partition/offset`. */
export interface LetterShown {
  readonly place: string
  readonly original?: string
  /** Epoch milliseconds, as `originalAt`. */
  readonly at: number
  readonly code?: string
  readonly detail?: string
  readonly originalAt?: number
  readonly truncated: boolean
  readonly redriveOf?: string
  readonly id?: string
}

/** A dead letter that this process has read. */
export const letterRead = ({ detail, id, original, place, ...rest }: DeadLetter): LetterShown => ({
  place: originKey(place),
  ...(original !== undefined && { original: originKey(original) }),
  ...rest,
  ...(detail !== undefined && { detail: mask(detail) }),
  ...(id !== undefined && { id: shownId(id) })
})

/** A dead letter of the service's answer, which is masked already. */
export const letterTold = (place: string, letter: NonNullable<(typeof RedriveResult.Type)["letter"]>): LetterShown => {
  const { at, code, correlationId, detail, original, originalAt, redriveOf, truncated } = letter
  return {
    place,
    ...(original !== undefined && { original: originKey(original) }),
    at,
    ...(code !== undefined && { code }),
    ...(detail !== undefined && { detail }),
    ...(originalAt !== undefined && { originalAt }),
    truncated,
    ...(redriveOf !== undefined && { redriveOf: decodeURIComponent(redriveOf) }),
    ...(correlationId !== undefined && { id: correlationId })
  }
}

/** One line for the dead letter, and one for its reason. */
export const letterLines = (letter: LetterShown): ReadonlyArray<string> => [
  [
    letter.place,
    localTime(letter.at),
    letter.code ?? "without dlq-codigo",
    ...(letter.original === undefined ? [] : [`of ${letter.original}`]),
    ...(letter.id === undefined ? [] : [letter.id]),
    ...(letter.truncated ? ["TRUNCATED"] : []),
    ...(letter.redriveOf === undefined ? [] : [`redriven from ${letter.redriveOf}`])
  ].join("  "),
  ...(letter.detail === undefined ? [] : [`    ${letter.detail}`])
]
