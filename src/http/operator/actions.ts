import { Effect } from "effect"

import { CurrentOperator } from "../../api/access.ts"
import { BadRequest, Conflict, NotFound, Unavailable } from "../../api/problems.ts"
import type { RefusalTag } from "../../domain/operator/RefusalTag.ts"
import { hidePersonalData } from "../../domain/personal/personalData.ts"
import type { ActionRefused } from "../../programs/operator/ActionRefused.ts"
import { idOf, shownNames } from "../../programs/operator/details.ts"
import type { UnknownCommunication } from "../../programs/operator/UnknownCommunication.ts"
import type { UnknownFact } from "../../services/Journal.ts"

/** The answer where a newer version wrote a fact of the communication (SPEC 9.8). */
export const newerVersion = ({ message }: UnknownFact) =>
  new Conflict({ error: message, detail: "NewerVersion" satisfies RefusalTag })

/** The answer to an action that was refused: 404, 409 with the reason, or 503. */
export const refusedAction = (error: ActionRefused | UnknownFact): Conflict | NotFound | Unavailable => {
  if (error._tag === "UnknownFact") return newerVersion(error)
  const text = hidePersonalData(error.detail)
  if (error.reason === "Unknown") return new NotFound({ error: text })
  return error.reason === "Unavailable"
    ? new Unavailable({ error: text })
    : new Conflict({ error: text, detail: error.reason })
}

/** The answer to an unknown name. */
export const notFound = ({ deletedStatus, message }: UnknownCommunication) =>
  Effect.fail(
    new NotFound({
      error: message,
      ...(deletedStatus !== undefined && { detail: "Deleted" satisfies RefusalTag })
    })
  )

/** The one communication of a name: 404 without one, 409 with several, 400 for a name that is personal data. */
export const communicationOf = (name: string) =>
  idOf(name, "url").pipe(
    Effect.catchTag("UnknownCommunication", notFound),
    Effect.catchTag("WrongSearch", ({ message }) => Effect.fail(new BadRequest({ error: message }))),
    Effect.catchTag("AmbiguousName", ({ ids, message }) =>
      Effect.flatMap(shownNames(ids), (shown) =>
        Effect.fail(new Conflict({ error: message, detail: shown.join(", "), ids: shown }))
      )
    )
  )

/** The items of a bulk action, as requested. */
interface Selected {
  readonly ids?: ReadonlyArray<string> | undefined
  readonly filter?: object | undefined
}

/** Fails with 400 unless the request has either ids or a filter. `emptyFilter` is the error for the filter `{}`. */
export const refuseUnselected = Effect.fnUntraced(function* ({ filter, ids }: Selected, emptyFilter: string) {
  if ((ids === undefined) === (filter === undefined)) {
    return yield* new BadRequest({ error: "expected either ids or filter" })
  }
  if (ids?.length === 0) return yield* new BadRequest({ error: "ids: expected at least one" })
  if (filter !== undefined && Object.keys(filter).length === 0) return yield* new BadRequest({ error: emptyFilter })
})

/** Maximum number of ids. A filter has no such limit. */
const mostIds = 10_000

/** Maximum characters of an id or another name. */
const longestId = 500

/** Fails with 400 if there are too many ids, or if one is too long to be a name. */
export const refuseTooMany = Effect.fnUntraced(function* (ids: ReadonlyArray<string> = []) {
  if (ids.length > mostIds) {
    return yield* new BadRequest({ error: `ids: expected at most ${mostIds}, use a filter for more` })
  }
  if (ids.some((id) => id.length > longestId)) {
    return yield* new BadRequest({ error: `ids: expected ids of at most ${longestId} characters` })
  }
})

/** The operator who makes the request, and the reason. */
export const actorOf = (reason = "") => Effect.map(CurrentOperator, ({ name }) => ({ by: name, reason: reason.trim() }))
