import { countNoteEntries } from "./noteMark.ts"

/** What proves that a look sees the Case's notes: a note that is known to be on it. `{}` for a Case without one. */
export interface NoteProof {
  readonly note?: string
}

export interface SoughtNote {
  readonly note: string
  /** How often the Case already holds the note. */
  readonly writtenBefore: number
  /** Absent: an empty journal counts as seen. */
  readonly proof: NoteProof | undefined
}

/** A Case as the look reads it: `work_notes`, and how often and by whom the Case was changed, as texts. */
export interface LookedCase {
  readonly journal: string
  readonly changes: string
  readonly createdBy: string
  readonly updatedBy: string
}

/** True for a Case that no note of ours has changed: nobody has changed it, or somebody else has, once. */
const hasNoNotes = ({ changes, createdBy, updatedBy }: LookedCase): boolean =>
  changes === "0" || (changes === "1" && updatedBy !== createdBy)

/**
 * What one read of the Case shows about a note that may be on it (SPEC 6.2). A journal without the note that must be in
 * it was not read, because an instance silently hides what its ACLs forbid.
 */
export const judgeNotes = (
  found: LookedCase,
  { note, proof, writtenBefore }: SoughtNote
): "there" | "none" | "unread" => {
  const { journal } = found
  if (countNoteEntries(journal, note) > writtenBefore) return "there"
  if (proof === undefined) return "none"
  const isRead =
    proof.note === undefined ? journal.trim() !== "" || hasNoNotes(found) : countNoteEntries(journal, proof.note) > 0
  return isRead ? "none" : "unread"
}
