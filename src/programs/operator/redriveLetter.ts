import { Effect } from "effect"

import { originKey } from "../../domain/record/Origin.ts"
import { isoTime } from "../../domain/values/parseTime.ts"
import { Settings } from "../../services/Settings.ts"
import { ActionRefused } from "./ActionRefused.ts"
import { type FoundLetter, takeDeadLetters } from "./deadLetters.ts"
import { blockedOutcome, type FailedOutcome, isSuccess, type Outcome, redriveBatch, tagOf } from "./redrive.ts"

/** Dead letters by their places. */
export type LettersByPlace = ReadonlyMap<string, FoundLetter>

const unavailable = (id: string) => (error: { readonly message: string }) =>
  new ActionRefused({ id, reason: "Unavailable", detail: error.message })

/** Reads the dead letters at these places, all at once: a topic is read from its beginning each time. */
export const readLetters = (places: ReadonlyArray<string>) =>
  takeDeadLetters({ places: new Set(places) }).pipe(
    Effect.map((found): LettersByPlace => new Map(found.map((one) => [originKey(one.letter.place), one]))),
    Effect.mapError(unavailable(places[0] ?? ""))
  )

/** Why a letter was not redriven. */
const obstacleOf = (outcome: FailedOutcome): string => {
  switch (outcome._tag) {
    case "Already":
      return `already redriven at ${isoTime(outcome.at)}`
    case "Begun":
      return `a redrive began at ${isoTime(outcome.at)}, and its end is unknown`
    case "Impossible":
    case "Refused":
      return outcome.why
    case "Unconfirmed":
    case "NotTried":
      return "Kafka did not acknowledge it"
    case "NotFound":
      return "there is no dead letter at this place"
  }
}

/**
 * Redrives the dead letter at this place for an operation that began at `since`, epoch milliseconds. Fails with
 * `ActionRefused` if it was not redriven.
 */
export const redriveLetter = Effect.fnUntraced(function* (place: string, letters: LettersByPlace, since: number) {
  const { topics } = yield* Settings
  const found = letters.get(place)
  const blocked = found && blockedOutcome(found.letter, [topics.in, topics.inbound])
  const outcome: Outcome =
    found === undefined
      ? { _tag: "NotFound" }
      : (blocked ??
        (yield* Effect.map(
          Effect.mapError(redriveBatch([found], { dryRun: false, again: false }), unavailable(place)),
          ([redriven]): Outcome => redriven?.outcome ?? { _tag: "NotTried" }
        )))
  if (isSuccess(outcome)) return
  // A process that crashed had redriven it for this operation.
  if (outcome._tag === "Already" && outcome.at >= since) return
  return yield* new ActionRefused({ id: place, reason: tagOf(outcome), detail: obstacleOf(outcome) })
})
