import { Effect } from "effect"

import { holdsPersonalData } from "../domain/personal/personalData.ts"
import { soughtInUrl } from "../domain/search/SearchQuery.ts"
import { idOf, shownNames } from "../programs/operator/details.ts"
import { UnknownCommunication } from "../programs/operator/UnknownCommunication.ts"
import { ProblemFound } from "./exitCodes.ts"
import type { OperatorClient } from "./OperatorClient.ts"

/** Maximum number of communications that are listed for an ambiguous name. */
const mostNames = 100

/**
 * `url` only for a name that is not personal data, contains none, cannot be mistaken for it, and is not `.` or `..`.
 */
const placeOf = (name: string): "url" | "body" => {
  const read = soughtInUrl(name)
  const isPlain = read._tag === "Sought" && !read.onlyIfKnown && !holdsPersonalData(name) && !/^\.{1,2}$/.test(name)
  return isPlain ? "url" : "body"
}

const ambiguous = (names: ReadonlyArray<string>) =>
  new ProblemFound({ detail: `several communications have this name (${names.join(", ")})` })

const unknown = (name: string) => new ProblemFound({ detail: new UnknownCommunication({ name }).message })

/** The communication's name in a URL of the service: the given name, or the `ref` that a search for it finds. */
export const nameInUrl = Effect.fnUntraced(function* ({ ask }: OperatorClient, name: string) {
  if (name.trim() === "") return yield* unknown(name)
  if (placeOf(name) === "url") return name
  const { items } = yield* ask((api) => api.communications.search({ payload: { q: name, limit: mostNames } }))
  const [first, ...others] = items.map(({ id, ref = id }) => ref)
  if (first === undefined) return yield* unknown(name)
  return others.length === 0 ? first : yield* ambiguous([first, ...others])
})

/** The id of this communication from the database, by the same names. */
export const idDirectly = (name: string) =>
  idOf(name, placeOf(name)).pipe(
    Effect.catchTag("AmbiguousName", ({ ids }) => Effect.flatMap(shownNames(ids), ambiguous)),
    Effect.catchTag("WrongSearch", () => unknown(name))
  )
