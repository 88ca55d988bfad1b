import { Effect, Layer } from "effect"

import { Http } from "../../services/Http.ts"
import { Settings } from "../../services/Settings.ts"
import { WeniAccess } from "../../services/VendorAccess.ts"
import { dispatchRequest } from "./dispatchRequest.ts"

/** A campaign that no journey has. */
const campaign = "brom-ctx-doctor"

/** `WeniAccess` by a dispatch that has no contacts. */
export const WeniAccessHttp = Layer.effect(
  WeniAccess,
  Effect.gen(function* () {
    const http = yield* Http
    const { weni } = yield* Settings
    return WeniAccess.of({
      ask: http.send(dispatchRequest(weni, { campaign, body: { contacts: [] } })).pipe(
        Effect.map(({ status }) => status),
        Effect.mapError(({ reason }) => reason)
      )
    })
  })
)
