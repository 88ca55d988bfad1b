import { Redacted } from "effect"

import type { HttpRequest } from "../../services/Http.ts"
import type { WeniSettings } from "../../services/Settings.ts"
import type { Dispatch } from "../../services/Weni.ts"

/** The request of a dispatch (SPEC 5.1). */
export const dispatchRequest = (
  weni: WeniSettings,
  { body, campaign }: Pick<Dispatch, "body" | "campaign">
): HttpRequest => ({
  method: "POST",
  url: `${weni.url}/v1/campaigns/${encodeURIComponent(campaign)}/dispatch?keepValidContacts=false`,
  headers: {
    accept: "application/json",
    "content-type": "application/json",
    "x-api-key": Redacted.value(weni.apiKey),
    "x-api-secret": Redacted.value(weni.apiSecret)
  },
  body: JSON.stringify(body),
  timeout: weni.timeout
})
