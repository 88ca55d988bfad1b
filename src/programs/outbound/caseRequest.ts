import { Effect } from "effect"

import type { Journey } from "../../domain/journeys/Journey.ts"
import { caseBody } from "../../domain/outbound/caseBody.ts"
import { caseKey, keyFields } from "../../domain/outbound/caseKey.ts"
import type { Outbound } from "../../domain/outbound/Outbound.ts"
import { Settings } from "../../services/Settings.ts"

/** The body of the Case's POST, by the journey and the settings as they are now. `consumer` is a sys_id. */
export const caseRequest = Effect.fnUntraced(function* (order: Outbound, journey: Journey, consumer: string) {
  const { serviceNow } = yield* Settings
  return {
    ...caseBody({
      outbound: order,
      journey,
      consumer,
      ...(serviceNow.assignmentGroup !== undefined && { assignmentGroup: serviceNow.assignmentGroup }),
      ...(serviceNow.openedBy !== undefined && { openedBy: serviceNow.openedBy })
    }),
    ...keyFields(caseKey(serviceNow.keyField, order.id_correlacao))
  }
})
