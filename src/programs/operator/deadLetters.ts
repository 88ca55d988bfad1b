import { Effect, Stream } from "effect"

import { originKey } from "../../domain/record/Origin.ts"
import { type DeadLetter, type LetterRecord, readDeadLetter } from "../../domain/responses/deadLetter.ts"
import { Settings } from "../../services/Settings.ts"
import { TopicReader } from "../../services/TopicReader.ts"

/** Which dead letters are meant; those that fit everything given. */
export interface Selection {
  /** Of which of our two topics; both if absent. */
  readonly topic?: "in" | "inbound"
  readonly code?: string
  /** Written at or after, epoch milliseconds. */
  readonly since?: number
  /** Their own places, `topic/partition/offset`. */
  readonly places?: ReadonlySet<string>
}

const fits = ({ at, code, place }: DeadLetter, selection: Selection): boolean =>
  (selection.code === undefined || selection.code === code) &&
  (selection.since === undefined || at >= selection.since) &&
  (selection.places === undefined || selection.places.has(originKey(place)))

/** A dead letter with the record that it was read from. */
export interface FoundLetter {
  readonly letter: DeadLetter
  readonly record: LetterRecord
}

/** The selected dead letters, as the topics have them: each partition in its order. */
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

/** The latest `limit` of the selected dead letters, the latest first, and how many there are in all. */
export const listDeadLetters = Effect.fn("listDeadLetters")(function* (selection: Selection, limit: number) {
  const letters = yield* Stream.runCollect(Stream.map(lettersIn(selection), ({ letter }) => letter))
  return { letters: letters.toSorted((one, other) => other.at - one.at).slice(0, limit), total: letters.length }
})

/**
 * The selected dead letters with their bytes, in the order of their originals: what came first is sent first again. All
 * of them in memory.
 */
export const takeDeadLetters = (selection: Selection) =>
  Effect.map(Stream.runCollect(lettersIn(selection)), (found) =>
    found.toSorted(
      (one, other) => (one.letter.originalAt ?? one.letter.at) - (other.letter.originalAt ?? other.letter.at)
    )
  )
