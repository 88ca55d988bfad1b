import { Effect } from "effect"

import { BadRequest } from "../../api/problems.ts"
import { type AskedPage, findCommunications } from "../../programs/operator/findCommunications.ts"
import { whenRunning } from "./RunningService.ts"

/** One page of communications (CONTRACT `GET /api/communications`). A wrong search fails with 400, naming the field. */
const pageOf = (asked: AskedPage, where: "url" | "body") =>
  Effect.catchTag(whenRunning(findCommunications(asked, where)), "WrongSearch", ({ message }) =>
    Effect.fail(new BadRequest({ error: message }))
  )

export const list = ({ query }: { readonly query: AskedPage }) => pageOf(query, "url")
export const search = ({ payload }: { readonly payload: AskedPage }) => pageOf(payload, "body")
