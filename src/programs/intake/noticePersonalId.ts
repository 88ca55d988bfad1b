import { Effect } from "effect"

import type { Outbound } from "../../domain/outbound/Outbound.ts"
import { holdsPersonalData } from "../../domain/personal/personalData.ts"
import { countPersonalId } from "../../telemetry/metrics.ts"
import { annotation } from "../../telemetry/names.ts"
import { journeyLabel } from "../communication/reportEnd.ts"
import { HourlyLog } from "../runtime/hourlyLog.ts"

/**
 * Counts, by journey, an order whose `id_correlacao` or `cliente.id` holds a customer's e-mail address, phone or
 * document, and warns about it once an hour for each journey (SPEC 1.7). The order continues.
 */
export const noticePersonalId = Effect.fnUntraced(function* ({ cliente, cod_jornada, id_correlacao }: Outbound) {
  if (!holdsPersonalData(id_correlacao) && !holdsPersonalData(cliente.id)) return
  const journey = yield* journeyLabel(cod_jornada)
  yield* countPersonalId(journey)
  const warn = Effect.logWarning(
    "ids of this journey contain personal data: the producer should send a pseudonym as cliente.id"
  ).pipe(Effect.annotateLogs(annotation.journey, journey))
  yield* (yield* HourlyLog)(`personal id ${journey}`, warn)
})
