import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"

import { OperatorApi } from "../../api/OperatorApi.ts"
import { BreakerCloses } from "../../services/BreakerCloses.ts"
import { RuntimeStatus } from "../RuntimeStatus.ts"
import { onceGiven, whenRunning } from "./RunningService.ts"
import { recordAction } from "./trail.ts"

const unknown = { open: false, detail: "not known" }

const states = Effect.gen(function* () {
  const intake = yield* onceGiven(Effect.flatMap(RuntimeStatus, (runtimeStatus) => runtimeStatus.intake))
  const { servicenow = unknown, weni = unknown } = yield* intake.breakers
  return { servicenow, weni }
})

/** CONTRACT `POST /api/breakers/{vendor}`. Each process finds the request within two seconds (SPEC 11.6). */
export const BreakersRoutes = HttpApiBuilder.group(OperatorApi, "breakers", (handlers) =>
  handlers.handleAll({
    close: Effect.fnUntraced(function* ({ params: { vendor }, payload: { reason } }) {
      yield* whenRunning(
        // Written first, so that every change is in the trail.
        Effect.andThen(
          recordAction({ action: `close ${vendor}`, reason, total: 1, failures: [] }),
          BreakerCloses.use((closes) => closes.ask(vendor))
        )
      )
      return yield* states
    })
  })
)
