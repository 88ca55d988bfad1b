import { Clock, Effect, Result } from "effect"
import { HttpApiBuilder } from "effect/http-api"

import { OperatorApi } from "../../api/OperatorApi.ts"
import { BadRequest } from "../../api/problems.ts"
import { detailsOf } from "../../domain/views/details.ts"
import { outOfReach } from "../../programs/operator/erase.ts"
import { customerTerms, heldOfCustomer } from "../../programs/operator/heldOfCustomer.ts"
import { newerVersion } from "./actions.ts"
import { detailsShown } from "./communications.ts"
import { revealed } from "./parked.ts"
import { whenRunning } from "./RunningService.ts"
import { recordAction } from "./trail.ts"

/** Everything that is stored about this customer. Fails with 400, naming `field`, if the text is not a key. */
export const heldBy = Effect.fnUntraced(function* (field: string, key: string) {
  const terms = customerTerms(key)
  if (terms.length === 0) {
    return yield* new BadRequest({ error: `${field}: expected a cliente.id, document, e-mail or phone` })
  }
  return yield* heldOfCustomer(terms)
})

const exported = Effect.fnUntraced(function* (key: string, reason: string) {
  const { communications, parked } = yield* heldBy("key", key)
  yield* recordAction({ action: "export", reason, total: communications.length, failures: [] })
  const at = yield* Clock.currentTimeMillis
  const shown = ({ facts, id }: (typeof communications)[number]) =>
    Result.match(facts, {
      onFailure: (error) => Effect.fail(newerVersion(error)),
      onSuccess: (read) => detailsShown({ facts: read, details: detailsOf(id, read, at) }, true)
    })
  return {
    at,
    // One that was deleted since it was found has no facts.
    communications: yield* Effect.forEach(
      communications.filter(({ facts }) => Result.isFailure(facts) || facts.success.length > 0),
      shown
    ),
    parked: parked.map(revealed),
    outOfReach
  }
})

/** CONTRACT `POST /api/customers/export`. */
export const CustomersRoutes = HttpApiBuilder.group(OperatorApi, "customers", (handlers) =>
  handlers.handleAll({ export: ({ payload: { key, reason } }) => whenRunning(exported(key, reason)) })
)
