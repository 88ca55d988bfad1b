import { Effect, Stream } from "effect"

import { originKey } from "../../domain/record/Origin.ts"
import { type DeadLetter, type LetterRecord, readDeadLetter } from "../../domain/responses/deadLetter.ts"
import { Redrives } from "../../services/Redrives.ts"
import { Settings } from "../../services/Settings.ts"
import { TopicReader, type TopicUnreadable } from "../../services/TopicReader.ts"

/** Selects the dead letters that match every given field. */
export interface Selection {
  /** Which of our two topics. Both if absent. */
  readonly topic?: "in" | "inbound"
  readonly code?: string
  /** Written at or after this time, epoch milliseconds. */
  readonly since?: number
  /** The places of the dead letters themselves, `topic/partition/offset`. */
  readonly places?: ReadonlySet<string>
}

/** A dead letter with the record that it was read from. */
export interface FoundLetter {
  readonly letter: DeadLetter
  readonly record: LetterRecord
}

const fits = ({ at, code, place }: DeadLetter, selection: Selection): boolean =>
  (selection.code === undefined || selection.code === code) &&
  (selection.since === undefined || at >= selection.since) &&
  (selection.places === undefined || selection.places.has(originKey(place)))

/** A missing topic has no dead letters. */
const isMissing = ({ reason }: TopicUnreadable): boolean => reason === "Missing"

/** The selected dead letters as they lie in the topics, each partition in order. */
const lettersIn = (selection: Selection) =>
  Stream.unwrap(
    Effect.gen(function* () {
      const { topics } = yield* Settings
      const reader = yield* TopicReader
      const all = { in: topics.inDlq, inbound: topics.inboundDlq }
      const names = selection.topic === undefined ? Object.values(all) : [all[selection.topic]]
      return Stream.fromIterable(new Set(names)).pipe(
        Stream.flatMap((topic) => Stream.catchIf(reader.read(topic), isMissing, () => Stream.empty)),
        Stream.map((record): FoundLetter => ({ record, letter: readDeadLetter(record, topics.inbound) })),
        Stream.filter(({ letter }) => fits(letter, selection))
      )
    })
  )

/** Where a page of dead letters ends: the time of its last one in epoch milliseconds, and its place. */
export interface LetterPosition {
  readonly at: number
  readonly place: string
}

/** A dead letter of a page. `redrivenAt` is in epoch milliseconds. */
export interface ListedLetter extends FoundLetter {
  readonly redrivenAt?: number
}

const positionOf = ({ letter: { at, place } }: FoundLetter): LetterPosition => ({ at, place: originKey(place) })

/** The newest first. Letters of the same time are in the order of their places. */
const byTime = (one: FoundLetter, other: FoundLetter): number =>
  other.letter.at - one.letter.at || (originKey(one.letter.place) < originKey(other.letter.place) ? -1 : 1)

const isBehind = (found: FoundLetter, after: LetterPosition | undefined): boolean => {
  const { at, place } = positionOf(found)
  return after === undefined || at < after.at || (at === after.at && place > after.place)
}

/**
 * Keeps the newest `limit`. The caller sorts only after it has read several pages, so that no letter is sorted many
 * times.
 */
const newest = (kept: ReadonlyArray<FoundLetter>, limit: number) => kept.toSorted(byTime).slice(0, limit)

/**
 * The newest `limit` of the selected dead letters behind a position, where the next page begins, and how many there are
 * in all.
 */
export const pageDeadLetters = Effect.fn("pageDeadLetters")(function* (
  selection: Selection,
  limit: number,
  after?: LetterPosition
) {
  let total = 0
  const counted = Stream.tap(lettersIn(selection), () => Effect.sync(() => total++))
  const found = yield* Stream.runFold(
    Stream.filter(counted, (one) => isBehind(one, after)),
    (): ReadonlyArray<FoundLetter> => [],
    (kept, one) => (kept.length > 4 * limit ? newest([...kept, one], limit + 1) : [...kept, one])
  )
  const letters = newest(found, limit + 1)
  const page = letters.slice(0, limit)
  const redrives = yield* Redrives
  const known = yield* redrives.known(page.map(({ letter: { at, place } }) => ({ ...place, timestamp: at })))
  const last = page.at(-1)
  return {
    total,
    letters: page.map((one, index): ListedLetter => {
      const doneAt = known[index]?.doneAt
      return doneAt === undefined ? one : { letter: one.letter, record: one.record, redrivenAt: doneAt }
    }),
    ...(letters.length > limit && last !== undefined && { next: positionOf(last) })
  }
})

/** Returns the latest `limit` of the selected dead letters, the latest first, and the total number. */
export const listDeadLetters = Effect.fn("listDeadLetters")(function* (selection: Selection, limit: number) {
  const letters = yield* Stream.runCollect(Stream.map(lettersIn(selection), ({ letter }) => letter))
  return { letters: letters.toSorted((one, other) => other.at - one.at).slice(0, limit), total: letters.length }
})

/**
 * The selected dead letters with their bytes, in the order of their originals, so that the earliest is sent again
 * first. Holds all of them in memory.
 */
export const takeDeadLetters = (selection: Selection) =>
  Effect.map(Stream.runCollect(lettersIn(selection)), (found) =>
    found.toSorted(
      (one, other) => (one.letter.originalAt ?? one.letter.at) - (other.letter.originalAt ?? other.letter.at)
    )
  )
