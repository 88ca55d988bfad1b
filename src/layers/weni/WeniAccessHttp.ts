import { Effect, Layer, Redacted } from "effect"

import { Http } from "../../services/Http.ts"
import { Settings } from "../../services/Settings.ts"
import { WeniAccess } from "../../services/VendorAccess.ts"

/** A campaign that no journey has. */
const campaign = "brom-ctx-doctor"

/** `WeniAccess` by a dispatch that has no contacts. */
export const WeniAccessHttp = Layer.effect(
  WeniAccess,
  Effect.gen(function* () {
    const http = yield* Http
    const { weni } = yield* Settings
    const request = {
      method: "POST" as const,
      url: `${weni.url}/v1/campaigns/${campaign}/dispatch?keepValidContacts=false`,
      headers: {
        accept: "application/json",
        "content-type": "application/json",
        "x-api-key": Redacted.value(weni.apiKey),
        "x-api-secret": Redacted.value(weni.apiSecret)
      },
      body: JSON.stringify({ contacts: [] }),
      timeout: weni.timeout
    }
    return WeniAccess.of({
      ask: http.send(request).pipe(
        Effect.map(({ status }) => status),
        Effect.mapError(({ reason }) => reason)
      )
    })
  })
)
