import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"

import { OperatorApi } from "../../api/OperatorApi.ts"
import { Journeys } from "../../services/Journeys.ts"
import { notBuilt, whenRunning } from "./RunningService.ts"

const list = Effect.map(Journeys, ({ all, find }) => ({
  items: all.map((journey) => ({
    name: journey.name,
    default: find("") === journey,
    journey: JSON.parse(JSON.stringify(journey))
  }))
}))

/** CONTRACT `GET /api/journeys`, `POST /api/preview`. */
export const JourneysRoutes = HttpApiBuilder.group(OperatorApi, "journeys", (handlers) =>
  handlers.handleAll({ list: () => whenRunning(list), preview: notBuilt })
)
