import { text } from "../text/text.ts"
import { refusalText, wrongFieldsText } from "../told.ts"
import { ApiError } from "./client.ts"

/** Why a request failed, for people, by its status and its tag. Uses the service's own words if it has no tag. */
export const errorText = (cause: unknown): string => {
  if (!(cause instanceof ApiError)) return String(cause)
  switch (cause.status) {
    case 0:
      return text.state.unreachable.title
    case 400:
      return wrongFieldsText(cause.message) ?? text.state.wrong.title
    case 403:
      return text.state.forbidden.title
    case 404:
      return refusalText(cause.detail, text.state.notFound.title)
    case 409:
      if (cause.ids.length > 0) return text.communication.several
      break
    case 413:
      return text.state.tooLarge
    case 503:
      return text.state.unavailable.text
    default:
  }
  const told = refusalText(cause.detail, cause.message)
  return told === cause.message && cause.detail !== undefined ? `${told} · ${cause.detail}` : told
}
