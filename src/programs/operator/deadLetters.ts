import { Effect, Stream } from "effect"

import { originKey } from "../../domain/record/Origin.ts"
import { type DeadLetter, type LetterRecord, readDeadLetter } from "../../domain/responses/deadLetter.ts"
import { Settings } from "../../services/Settings.ts"
import { TopicReader } from "../../services/TopicReader.ts"

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

/** The selected dead letters as they lie in the topics, each partition in order. */
const lettersIn = (selection: Selection) =>
  Stream.unwrap(
    Effect.gen(function* () {
      const { topics } = yield* Settings
      const reader = yield* TopicReader
      const all = { in: topics.inDlq, inbound: topics.inboundDlq }
      const names = selection.topic === undefined ? Object.values(all) : [all[selection.topic]]
      return Stream.fromIterable(new Set(names)).pipe(
        Stream.flatMap((topic) => reader.read(topic)),
        Stream.map((record): FoundLetter => ({ record, letter: readDeadLetter(record, topics.inbound) })),
        Stream.filter(({ letter }) => fits(letter, selection))
      )
    })
  )

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
