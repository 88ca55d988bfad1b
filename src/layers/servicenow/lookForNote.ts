import { Effect } from "effect"

import { isFinal } from "../../domain/failure.ts"
import type { Refused } from "../../services/ServiceNow.ts"
import { isObject } from "../http/readJson.ts"
import type { Attempt, AttemptReason, Turn } from "./attempt.ts"
import { tablePath } from "./encodedQuery.ts"
import { caseTable } from "./lookForCase.ts"
import { textOf } from "./row.ts"
import type { Looked } from "./settle.ts"
import { timesWritten } from "./workNotes.ts"

const notesPath = (sysId: string) =>
  tablePath(caseTable, {
    sysId,
    parameters: { sysparm_display_value: "true", sysparm_fields: "sys_id,work_notes" }
  })

/** The Case may have the note and cannot be asked (SPEC 6.2): writing it again is not an option. */
const unknowable: Looked<never> = {
  _tag: "Unknowable",
  detail: "as work_notes do Case não podem ser lidas; a nota pode já estar nele"
}

export interface SoughtNote {
  readonly sysId: string
  readonly note: string
  /** How often the Case holds it anyway. */
  readonly writtenBefore: number
}

/** What ends the search: the note is there, or the Case is gone and the refusal says so. */
export type NoteFound = "written" | Refused

/** One look for a note that a doubtful PATCH may have written (SPEC 6.2). */
export const makeLookForNote =
  (attempt: Attempt) =>
  ({ note, sysId, writtenBefore }: SoughtNote, turn: Turn): Effect.Effect<Looked<NoteFound>, AttemptReason> =>
    attempt({ method: "GET", path: notesPath(sysId) }, turn).pipe(
      Effect.map(({ result }): Looked<NoteFound> => {
        if (!isObject(result) || !("work_notes" in result)) return unknowable
        const times = timesWritten(textOf(result.work_notes), note)
        return times > writtenBefore ? { _tag: "Found", found: "written" } : { _tag: "None" }
      }),
      Effect.catchTag("Refused", (refused): Effect.Effect<Looked<NoteFound>, Refused> => {
        if (refused.status === 404) return Effect.succeed({ _tag: "Found", found: refused })
        return isFinal(refused) ? Effect.succeed(unknowable) : Effect.fail(refused)
      })
    )
