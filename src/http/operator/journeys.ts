import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"

import type { PreviewResult } from "../../api/journeys.ts"
import { OperatorApi } from "../../api/OperatorApi.ts"
import { type Preview, previewEvent, previewRecord } from "../../programs/operator/preview.ts"
import { Journeys } from "../../services/Journeys.ts"
import { newerVersion } from "./actions.ts"
import { jsonObject } from "./jsonObject.ts"
import { whenRunning } from "./RunningService.ts"

const list = Effect.map(Journeys, ({ all, find }) => ({
  items: all.map((journey) => ({
    name: journey.name,
    default: find("") === journey,
    journey: JSON.parse(JSON.stringify(journey))
  }))
}))

/** The preview as the contract has it. Decoded fields that are `undefined`, which JSON does not have, are left out. */
const shown = (preview: Preview): typeof PreviewResult.Type => {
  const plain: Preview = JSON.parse(JSON.stringify(preview))
  const { case: theCase, consumer, decoded, events, message, patches, response, ...rest } = plain
  return {
    ...rest,
    ...(decoded && { decoded: jsonObject(decoded) }),
    ...(consumer && { consumer: jsonObject(consumer) }),
    ...(theCase && { case: jsonObject(theCase) }),
    ...(message && { message: jsonObject(message) }),
    ...(response && { response: jsonObject(response) }),
    ...(patches && { patches: patches.map(jsonObject) }),
    ...(events && { events: events.map(jsonObject) })
  }
}

const preview = (payload: { readonly record?: unknown; readonly event?: unknown }) =>
  Effect.map(payload.record === undefined ? previewEvent(payload.event) : previewRecord(payload.record), shown).pipe(
    Effect.catchTag("UnknownFact", (error) => Effect.fail(newerVersion(error)))
  )

/** CONTRACT `GET /api/journeys`, `POST /api/preview`. */
export const JourneysRoutes = HttpApiBuilder.group(OperatorApi, "journeys", (handlers) =>
  handlers.handleAll({ list: () => whenRunning(list), preview: ({ payload }) => whenRunning(preview(payload)) })
)
