import { Effect } from "effect"

import { CurrentOperator } from "../../api/access.ts"
import { BadRequest, Conflict, NotFound, Unavailable } from "../../api/problems.ts"
import { hidePersonalData, holdsPersonalData, shownId } from "../../domain/personal/personalData.ts"
import type { ActionRefused } from "../../programs/operator/ActionRefused.ts"
import { idOf } from "../../programs/operator/details.ts"
import { CommunicationSearch } from "../../services/CommunicationSearch.ts"
import { UnknownFact } from "../../services/Journal.ts"

/** The answer where a newer version wrote a fact of the communication (SPEC 9.8). */
export const newerVersion = ({ id, tag }: UnknownFact) =>
  new Conflict({ error: new UnknownFact({ id: shownId(id), tag }).message })

/** The answer to an action that was refused: 404, 409 with the reason, or 503. */
export const refusedAction = (error: ActionRefused | UnknownFact): Conflict | NotFound | Unavailable => {
  if (error._tag === "UnknownFact") return newerVersion(error)
  const text = hidePersonalData(error.detail)
  if (error.reason === "Unknown") return new NotFound({ error: text })
  return error.reason === "Unavailable"
    ? new Unavailable({ error: text })
    : new Conflict({ error: text, detail: error.reason })
}

/** The answer to a name that leads nowhere. */
export const notFound = ({ message }: { readonly message: string }) => Effect.fail(new NotFound({ error: message }))

/** The one communication of a name: 404 without one, 409 with several, 400 for a name that is personal data. */
export const communicationOf = (name: string) =>
  idOf(name).pipe(
    Effect.catchTag("UnknownCommunication", notFound),
    Effect.catchTag("WrongSearch", ({ message }) => Effect.fail(new BadRequest({ error: message }))),
    Effect.catchTag("AmbiguousName", ({ ids, message }) =>
      Effect.flatMap(CommunicationSearch, ({ refOf }) => {
        const shown = ids.map((id) => (holdsPersonalData(id) ? refOf(id) : id))
        return Effect.fail(new Conflict({ error: message, detail: shown.join(", "), ids: shown }))
      })
    )
  )

/** What an action on many is to act on, as it is asked for. */
interface Selected {
  readonly ids?: ReadonlyArray<string> | undefined
  readonly filter?: object | undefined
}

/** Fails with 400 where the items are neither named nor selected by a filter, or both. `emptyFilter`: what is said of `{}`. */
export const refuseUnselected = Effect.fnUntraced(function* ({ filter, ids }: Selected, emptyFilter: string) {
  if ((ids === undefined) === (filter === undefined)) {
    return yield* new BadRequest({ error: "expected either ids or filter" })
  }
  if (ids?.length === 0) return yield* new BadRequest({ error: "ids: expected at least one" })
  if (filter !== undefined && Object.keys(filter).length === 0) return yield* new BadRequest({ error: emptyFilter })
})

/** Who asks, and why. */
export const actorOf = (reason = "") => Effect.map(CurrentOperator, ({ name }) => ({ by: name, reason: reason.trim() }))
