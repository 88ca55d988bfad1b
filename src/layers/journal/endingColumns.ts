import type { Append, Ending } from "../../services/Journal.ts"

/** The endings of one append, with the communication that brings them. */
export const endingsOf = (append: Append): ReadonlyArray<{ readonly writer: string; readonly ending: Ending }> =>
  append.endings.map((ending) => ({ writer: append.id, ending }))

/** Columns `topic, partition, offset, ending, id, at` as text arrays; none is `""`. */
export const endingColumns = (endings: ReadonlyArray<Ending>): ReadonlyArray<ReadonlyArray<string>> => [
  endings.map(({ origin }) => origin.topic),
  endings.map(({ origin }) => String(origin.partition)),
  endings.map(({ origin }) => String(origin.offset)),
  endings.map(({ ending }) => ending),
  endings.map(({ id }) => id ?? ""),
  endings.map(({ at }) => String(at))
]
