import { Effect } from "effect"

import { CurrentOperator } from "../../api/access.ts"
import { Conflict, NotFound, Unavailable } from "../../api/problems.ts"
import { hidePersonalData, shownId } from "../../domain/personal/personalData.ts"
import type { ActionRefused } from "../../programs/operator/ActionRefused.ts"
import { communicationsNamed } from "../../programs/operator/communicationNamed.ts"
import type { UnknownFact } from "../../services/Journal.ts"

/** The answer to an action that was refused: 404, 409 with the reason, or 503. */
export const refusedAction = (error: ActionRefused | UnknownFact): Conflict | NotFound | Unavailable => {
  if (error._tag === "UnknownFact") return new Conflict({ error: `a newer version wrote the fact ${error.tag}` })
  const text = hidePersonalData(error.detail)
  if (error.reason === "Unknown") return new NotFound({ error: text })
  return error.reason === "Unavailable"
    ? new Unavailable({ error: text })
    : new Conflict({ error: text, detail: error.reason })
}

/** The id of the communication that this name means alone. 404 for none, 409 with the ids for several. */
export const communicationOf = Effect.fnUntraced(function* (name: string) {
  const ids = yield* communicationsNamed(name)
  const [id] = ids
  if (id === undefined) return yield* new NotFound({ error: "no communication has this name" })
  if (ids.length > 1) {
    return yield* new Conflict({ error: "several communications have this name", ids: ids.map(shownId) })
  }
  return id
})

/** Who asks, and why. */
export const actorOf = (reason = "") => Effect.map(CurrentOperator, ({ name }) => ({ by: name, reason: reason.trim() }))
