import { Effect, Option } from "effect"
import { HttpApiBuilder } from "effect/http-api"

import { OperatorApi } from "../../api/OperatorApi.ts"
import { Unavailable } from "../../api/problems.ts"
import { BreakerCloses } from "../../services/BreakerCloses.ts"
import { RuntimeStatus } from "../RuntimeStatus.ts"
import { whenRunning } from "./RunningService.ts"
import { recordAction } from "./trail.ts"

const unknown = { open: false, detail: "not known" }

const states = Effect.gen(function* () {
  const intake = yield* Effect.flatMap(RuntimeStatus, (runtimeStatus) => runtimeStatus.intake)
  if (Option.isNone(intake)) return yield* new Unavailable({ error: "the service waits for its database" })
  const { servicenow = unknown, weni = unknown } = yield* intake.value.breakers
  return { servicenow, weni }
})

/** CONTRACT `POST /api/breakers/{vendor}`. Each process finds the request within two seconds (SPEC 11.6). */
export const BreakersRoutes = HttpApiBuilder.group(OperatorApi, "breakers", (handlers) =>
  handlers.handleAll({
    close: Effect.fnUntraced(function* ({ params: { vendor }, payload: { reason } }) {
      yield* whenRunning(
        Effect.andThen(
          BreakerCloses.use((closes) => closes.ask(vendor)),
          recordAction({ action: `close ${vendor}`, reason, total: 1, failures: [] })
        )
      )
      return yield* states
    })
  })
)
