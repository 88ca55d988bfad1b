import { Array as Arrays, Clock, Effect } from "effect"

import { originKey } from "../../domain/record/Origin.ts"
import { type DeadLetter, redrivenHeaders } from "../../domain/responses/deadLetter.ts"
import { Kafka } from "../../services/Kafka.ts"
import { type LetterKey, type RedrivenKey, type Redrive, Redrives } from "../../services/Redrives.ts"
import { Settings } from "../../services/Settings.ts"
import { type FoundLetter, type Selection, takeDeadLetters } from "./deadLetters.ts"

/** What became of one dead letter. */
export type Outcome =
  /** Acknowledged by its topic. */
  | { readonly _tag: "Redriven" }
  /** A dry run: it would be redriven. */
  | { readonly _tag: "WouldRedrive" }
  /** It was redriven before, at this time in epoch milliseconds. Nothing was done. */
  | { readonly _tag: "Already"; readonly at: number }
  /**
   * Another run began it at this time and did not record how it ended. That run is at work or crashed. Nothing was
   * done.
   */
  | { readonly _tag: "Begun"; readonly at: number }
  /** It cannot be redriven: its value was left out, or its original is not from a topic of ours. */
  | { readonly _tag: "Impossible"; readonly why: string }
  /** Kafka refused it, so it was not published. */
  | { readonly _tag: "Refused"; readonly why: string }
  /** Kafka did not acknowledge it in time. It is unknown whether it was published. */
  | { readonly _tag: "Unconfirmed" }
  /** Not tried, because Kafka did not acknowledge earlier letters. */
  | { readonly _tag: "NotTried" }
  /** There is no dead letter at this place. */
  | { readonly _tag: "NotFound" }

export interface Redriven {
  /** Place of the dead letter, `topic/partition/offset`. */
  readonly place: string
  /** Absent if there is no such dead letter. */
  readonly letter?: DeadLetter
  readonly outcome: Outcome
}

export interface RedriveOptions {
  /** Reports what would be done, and does nothing. */
  readonly dryRun: boolean
  /** Also redrives letters that were redriven before. */
  readonly again: boolean
}

/** Dead letters that are begun in one commit. A crash leaves at most this many undecided. */
const BATCH = 100
const PUBLISH_TIMEOUT = "30 seconds"

const keyOf = ({ place, at }: DeadLetter): LetterKey => ({ ...place, timestamp: at })

const redrivenKeyOf = ({ letter }: FoundLetter): RedrivenKey => ({
  ...keyOf(letter),
  ...(letter.original && { original: letter.original })
})

/** Why a dead letter can never be redriven. `undefined` if it can. */
export const blockedOutcome = (
  { original, truncated }: DeadLetter,
  ours: ReadonlyArray<string>
): Outcome | undefined => {
  if (truncated) return { _tag: "Impossible", why: "its value was left out (dlq-truncado): send the original again" }
  if (original === undefined) return { _tag: "Impossible", why: "it does not say which record it is of" }
  return ours.includes(original.topic)
    ? undefined
    : { _tag: "Impossible", why: `dlq-topico ${original.topic} is neither TOPIC_IN nor TOPIC_INBOUND` }
}

const knownOutcome = ({ begunAt, doneAt }: Redrive): Outcome =>
  doneAt === undefined ? { _tag: "Begun", at: begunAt } : { _tag: "Already", at: doneAt }

/** Publishes the original bytes to the original topic, once. */
const publish = Effect.fnUntraced(function* ({ letter, record }: FoundLetter) {
  const kafka = yield* Kafka
  const { key, value } = record
  const topic = letter.original?.topic ?? ""
  return yield* kafka.publish({ topic, key, value, headers: redrivenHeaders(record) }).pipe(
    Effect.as<Outcome>({ _tag: "Redriven" }),
    Effect.catch((error) => Effect.succeed<Outcome>({ _tag: "Refused", why: error.message })),
    Effect.timeoutOrElse({ duration: PUBLISH_TIMEOUT, orElse: () => Effect.succeed<Outcome>({ _tag: "Unconfirmed" }) })
  )
})

const toRedriven = (letter: DeadLetter, outcome: Outcome): Redriven => ({
  place: originKey(letter.place),
  letter,
  outcome
})

/**
 * The beginning is durable before anything is published, and the end after the acknowledgement. A crash between the two
 * leaves `Begun` letters for the operator to decide on, and never redrives a letter twice.
 */
export const redriveBatch = Effect.fnUntraced(function* (
  batch: ReadonlyArray<FoundLetter>,
  { again, dryRun }: RedriveOptions
) {
  const redrives = yield* Redrives
  const keys = batch.map(({ letter }) => keyOf(letter))
  const known = dryRun
    ? yield* redrives.known(keys)
    : yield* redrives.begin(keys, yield* Clock.currentTimeMillis, again)
  const outcomes = yield* Effect.forEach(
    batch,
    (found, index): Effect.Effect<Outcome, never, Kafka> => {
      const before = known[index]
      if (before !== undefined && !(dryRun && again)) return Effect.succeed(knownOutcome(before))
      return dryRun ? Effect.succeed({ _tag: "WouldRedrive" }) : publish(found)
    },
    { concurrency: "unbounded" }
  )
  const keysWith = (tag: Outcome["_tag"]) => keys.filter((_, index) => outcomes[index]?._tag === tag)
  yield* redrives.undo(keysWith("Refused"))
  const redriven = batch.filter((_, index) => outcomes[index]?._tag === "Redriven")
  yield* redrives.done(redriven.map(redrivenKeyOf), yield* Clock.currentTimeMillis)
  return batch.map(({ letter }, index) => toRedriven(letter, outcomes[index] ?? { _tag: "NotTried" }))
})

/** Redrives batch after batch, until Kafka no longer acknowledges. */
const redriveAll = Effect.fnUntraced(function* (letters: ReadonlyArray<FoundLetter>, options: RedriveOptions) {
  const done: Array<Redriven> = []
  for (const batch of Arrays.chunksOf(letters, BATCH)) {
    if (done.some(({ outcome }) => outcome._tag === "Unconfirmed")) {
      done.push(...batch.map(({ letter }) => toRedriven(letter, { _tag: "NotTried" })))
    } else done.push(...(yield* redriveBatch(batch, options)))
  }
  return done
})

/**
 * Sends the selected dead letters to the topics that they came from, in the order of their originals
 * (CONTRACT "Commands"). Each is sent with the key, value and headers of its original, and with `dlq-redrive` set to
 * the dead letter's place.
 */
export const redrive = Effect.fn("redrive")(function* (selection: Selection, options: RedriveOptions) {
  const { topics } = yield* Settings
  const ours = [topics.in, topics.inbound]
  const found = yield* takeDeadLetters(selection)
  const impossible = found.flatMap(({ letter }): ReadonlyArray<Redriven> => {
    const outcome = blockedOutcome(letter, ours)
    return outcome === undefined ? [] : [toRedriven(letter, outcome)]
  })
  const possible = found.filter(({ letter }) => blockedOutcome(letter, ours) === undefined)
  const done = yield* redriveAll(possible, options)
  const places = new Set(found.map(({ letter }) => originKey(letter.place)))
  const missing = [...(selection.places ?? [])].filter((place) => !places.has(place))
  return [...done, ...impossible, ...missing.map((place): Redriven => ({ place, outcome: { _tag: "NotFound" } }))]
})
