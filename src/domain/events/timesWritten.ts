import type { Json } from "../Canal.ts"
import type { State } from "../State.ts"

/** How often this body's note is known to stand on the Case already, by other writes: two answers may say the same. */
export const timesWritten = ({ earlierNotes, events, noted }: State, { work_notes }: Json): number => {
  const written: ReadonlyArray<Json | undefined> = [
    ...earlierNotes,
    noted?.written === true ? noted.request : undefined,
    ...[...events.byKey.values()].flatMap(({ planned, written }) =>
      [...written.values()].map((outcome) => (outcome.written ? planned.patches[outcome.index] : undefined))
    ),
    events.closeWritten?.written === true ? events.closeIntended?.patch : undefined
  ]
  return written.filter((body) => body !== undefined && body.work_notes === work_notes).length
}
