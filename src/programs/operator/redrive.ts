import { Array as Arrays, Clock, Effect, Fiber } from "effect"

import type { ActionTag } from "../../domain/operator/RefusalTag.ts"
import { originKey } from "../../domain/record/Origin.ts"
import { type DeadLetter, redrivenHeaders } from "../../domain/responses/deadLetter.ts"
import { Kafka } from "../../services/Kafka.ts"
import { mostFailures, type OperationFailure, Operations } from "../../services/Operations.ts"
import { type LetterKey, type RedrivenKey, type Redrive, Redrives } from "../../services/Redrives.ts"
import { Settings } from "../../services/Settings.ts"
import { type FoundLetter, type Selection, takeDeadLetters } from "./deadLetters.ts"
import { type Actor, newOperation } from "./newOperation.ts"

/** What became of one dead letter. */
export type Outcome =
  /** Acknowledged by its topic. */
  | { readonly _tag: "Redriven" }
  /** A dry run: it would be redriven. */
  | { readonly _tag: "WouldRedrive" }
  /** It was redriven before, at this time in epoch milliseconds. Nothing was done. */
  | { readonly _tag: "Already"; readonly at: number }
  /**
   * Another run began it at this time and did not record how it ended. That run is still running or has crashed.
   * Nothing was done.
   */
  | { readonly _tag: "Begun"; readonly at: number }
  /** It cannot be redriven: its value was left out, or its original is not from a topic of ours. */
  | {
      readonly _tag: "Impossible"
      readonly why: string
      readonly tag: "Truncated" | "NoOriginal" | "OtherTopic"
    }
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
): Extract<Outcome, { readonly _tag: "Impossible" }> | undefined => {
  const impossible = (tag: "Truncated" | "NoOriginal" | "OtherTopic", why: string) =>
    ({ _tag: "Impossible", why, tag }) as const
  if (truncated) return impossible("Truncated", "its value was left out (dlq-truncado): send the original again")
  if (original === undefined) return impossible("NoOriginal", "it does not say which record it is of")
  return ours.includes(original.topic)
    ? undefined
    : impossible("OtherTopic", `dlq-topico ${original.topic} is neither TOPIC_IN nor TOPIC_INBOUND`)
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

/** The letters that can be redriven, in the order of their originals, and what is known of the others. */
const select = Effect.fnUntraced(function* (selection: Selection) {
  const { topics } = yield* Settings
  const ours = [topics.in, topics.inbound]
  const found = yield* takeDeadLetters(selection)
  const impossible = found.flatMap(({ letter }): ReadonlyArray<Redriven> => {
    const outcome = blockedOutcome(letter, ours)
    return outcome === undefined ? [] : [toRedriven(letter, outcome)]
  })
  const possible = found.filter(({ letter }) => blockedOutcome(letter, ours) === undefined)
  const places = new Set(found.map(({ letter }) => originKey(letter.place)))
  const missing = [...(selection.places ?? [])].filter((place) => !places.has(place))
  const others = [...impossible, ...missing.map((place): Redriven => ({ place, outcome: { _tag: "NotFound" } }))]
  return { possible, others }
})

/**
 * Sends the selected dead letters to the topics that they came from, in the order of their originals
 * (CONTRACT "Commands"). Each is sent with the key, value and headers of its original, and with `dlq-redrive` set to
 * the dead letter's place.
 */
export const redrive = Effect.fn("redrive")(function* (selection: Selection, options: RedriveOptions) {
  const { others, possible } = yield* select(selection)
  return [...(yield* redriveAll(possible, options)), ...others]
})

type Success = Extract<Outcome, { readonly _tag: "Redriven" | "WouldRedrive" }>

/** True for a redrive, and for the plan of one. */
export const isSuccess = (outcome: Outcome): outcome is Success =>
  outcome._tag === "Redriven" || outcome._tag === "WouldRedrive"

export type FailedOutcome = Exclude<Outcome, Success>

/** Why a letter was not redriven, for programs. */
export const tagOf = (outcome: FailedOutcome): ActionTag => (outcome._tag === "Impossible" ? outcome.tag : outcome._tag)

/** What stands in the trail, or in a dry run, of a letter that is not redriven. */
export const redriveFailure = (place: string, outcome: FailedOutcome): OperationFailure => ({
  id: place,
  reason: "why" in outcome ? outcome.why : outcome._tag,
  tag: tagOf(outcome)
})

const failuresOf = (results: ReadonlyArray<Redriven>): ReadonlyArray<OperationFailure> =>
  results.flatMap(({ outcome, place }) => (isSuccess(outcome) ? [] : [redriveFailure(place, outcome)]))

/**
 * Redrives the selected dead letters for an operator. The operation is in the trail before the first letter is sent,
 * and its result after the last one (SPEC 10.3). Once begun, it runs to its end even if the operator no longer waits
 * for it.
 */
export const redriveInTrail = Effect.fn("redriveInTrail")(function* (
  selection: Selection,
  again: boolean,
  actor: Actor
) {
  const operations = yield* Operations
  const { others, possible } = yield* select(selection)
  const operation = yield* newOperation("redrive", actor)
  yield* operations.beginOwn(operation, possible.length + others.length)
  const work = Effect.gen(function* () {
    const results = [...(yield* redriveAll(possible, { dryRun: false, again })), ...others]
    const failures = failuresOf(results)
    const ended = { done: results.length, failures: failures.slice(0, mostFailures) }
    yield* operations.end(operation.id, yield* Clock.currentTimeMillis, ended)
    return { operation: operation.id, results, failures: failures.length }
  })
  return yield* Effect.flatMap(Effect.forkDetach(work), Fiber.join)
})
