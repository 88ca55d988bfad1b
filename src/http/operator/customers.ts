import { Clock, Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"

import { OperatorApi } from "../../api/OperatorApi.ts"
import { BadRequest } from "../../api/problems.ts"
import { outOfReach } from "../../programs/operator/erase.ts"
import { customerTerms, heldOfCustomer } from "../../programs/operator/heldOfCustomer.ts"
import { details } from "./communications.ts"
import { revealed } from "./parked.ts"
import { whenRunning } from "./RunningService.ts"
import { recordAction } from "./trail.ts"

/** What is held of the customer whom this key names. 400 for a text that is no key; `field` is where it stands. */
export const heldBy = Effect.fnUntraced(function* (field: string, key: string) {
  const terms = customerTerms(key)
  if (terms.length === 0) {
    return yield* new BadRequest({ error: `${field}: expected a cliente.id, document, e-mail or phone` })
  }
  return yield* heldOfCustomer(terms)
})

const exported = Effect.fnUntraced(function* (key: string, reason: string) {
  const { ids, parked } = yield* heldBy("key", key)
  yield* recordAction({ action: "export", reason, total: ids.length, failures: [] })
  return {
    at: yield* Clock.currentTimeMillis,
    communications: yield* Effect.forEach(ids, (id) => details(id, true)),
    parked: parked.map(revealed),
    outOfReach
  }
})

/** CONTRACT `POST /api/customers/export`. */
export const CustomersRoutes = HttpApiBuilder.group(OperatorApi, "customers", (handlers) =>
  handlers.handleAll({ export: ({ payload: { key, reason } }) => whenRunning(exported(key, reason)) })
)
