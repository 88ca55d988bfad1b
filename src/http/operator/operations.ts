import { Clock, Effect, Schema } from "effect"
import { HttpApiBuilder } from "effect/http-api"

import { CurrentOperator } from "../../api/access.ts"
import type { OperationShown } from "../../api/operations.ts"
import { OperatorApi } from "../../api/OperatorApi.ts"
import { BadRequest, Forbidden, NotFound, Unavailable } from "../../api/problems.ts"
import { hidePersonalData, shownId } from "../../domain/personal/personalData.ts"
import type { SearchFields } from "../../domain/search/SearchQuery.ts"
import { beginOperation, type PlannedItem, planOperation } from "../../programs/operator/beginOperation.ts"
import { communicationsNamed } from "../../programs/operator/communicationNamed.ts"
import { itemsToErase, outOfReach } from "../../programs/operator/erase.ts"
import { idsMatching } from "../../programs/operator/findCommunications.ts"
import { type ItemAction, type Operation, Operations } from "../../services/Operations.ts"
import { actorOf, refuseTooMany, refuseUnselected } from "./actions.ts"
import { cutPage, readCursor } from "./cursors.ts"
import { heldBy } from "./customers.ts"
import { lettersMatching, placesOf } from "./deadLetters.ts"
import { whenRunning } from "./RunningService.ts"

/** The items of an operation, as requested. */
interface Wanted {
  readonly ids?: ReadonlyArray<string>
  readonly filter?: SearchFields & { readonly topic?: string; readonly customer?: string }
}

/** An operation as it is shown, without personal data. */
const shown = ({ failures, reason, target, ...operation }: Operation): typeof OperationShown.Type => ({
  ...operation,
  reason: hidePersonalData(reason),
  ...(target !== undefined && { target: shownId(target) }),
  failures: failures.map((one) => ({ ...one, id: shownId(one.id), reason: hidePersonalData(one.reason) })),
  ...(operation.action === "erase" && { outOfReach })
})

/** What would be done to one item as it is shown, without personal data. */
const plannedShown = ({ id, reason, ...item }: PlannedItem) => ({
  ...item,
  id: shownId(id),
  ...(reason !== undefined && { reason: hidePersonalData(reason) })
})

/** `erase` needs the role `privacy`, every other action `operator`. */
const allowed = Effect.fnUntraced(function* (action: string) {
  const { roles } = yield* CurrentOperator
  const needed = action === "erase" ? "privacy" : "operator"
  if (!roles.includes(needed)) return yield* new Forbidden({ error: `this needs the role ${needed}` })
})

const wrong = (error: string) => new BadRequest({ error })

/** The dead letters of an operation: their places. */
const places = Effect.fnUntraced(function* ({ filter, ids }: Wanted) {
  if (ids !== undefined) return (yield* placesOf(ids)).map(([place]) => place)
  const { codigo, since, topic, ...others } = filter ?? {}
  const [other] = Object.keys(others)
  if (other !== undefined) return yield* wrong(`filter.${other}: dead letters have no such field`)
  return yield* lettersMatching({
    ...(codigo !== undefined && { codigo }),
    ...(since !== undefined && { since }),
    ...(topic !== undefined && { topic })
  })
})

/** The communications of an operation. An unknown name becomes a failure of the operation. */
const communications = Effect.fnUntraced(function* ({ filter, ids = [] }: Wanted) {
  if (filter === undefined) {
    return yield* Effect.catchTag(communicationsNamed(ids), "PersonalName", ({ message }) =>
      Effect.fail(wrong(`ids: ${message}`))
    )
  }
  const { customer, topic, ...fields } = filter
  if (customer !== undefined) return yield* wrong("filter.customer: only erase has it")
  if (topic !== undefined) return yield* wrong("filter.topic: communications have no such field")
  return yield* Effect.catchTag(idsMatching(fields), "WrongSearch", ({ message }) =>
    Effect.fail(wrong(`filter.${message}`))
  )
})

const itemsOf = Effect.fnUntraced(function* (action: Exclude<ItemAction, "erase">, wanted: Wanted) {
  const { filter } = wanted
  yield* refuseUnselected(wanted, "filter: an empty one selects everything")
  yield* refuseTooMany(wanted.ids)
  if (filter?.status?.length === 0) return yield* wrong("filter.status: expected at least one")
  return action === "redrive" ? yield* places(wanted) : yield* communications(wanted)
})

/** The items of an erasure. The customer's key is not stored (SPEC 10.4). */
const erased = Effect.fnUntraced(function* ({ filter = {}, ids }: Wanted) {
  const { customer, ...others } = filter
  const [other] = Object.keys(others)
  if (ids !== undefined || customer === undefined) return yield* wrong("erase: expected filter.customer alone")
  if (other !== undefined) return yield* wrong(`filter.${other}: erase has no such field`)
  const { ids: found, parked } = yield* heldBy("filter.customer", customer)
  return yield* itemsToErase(found, parked)
})

const Position = Schema.Struct({ at: Schema.Number, id: Schema.String })

const found = Effect.fnUntraced(function* (id: string) {
  const operations = yield* Operations
  const operation = yield* operations.get(id)
  return operation ?? (yield* new NotFound({ error: "there is no such operation" }))
})

/** CONTRACT `/api/operations`: begin, list, show, stop. */
export const OperationsRoutes = HttpApiBuilder.group(OperatorApi, "operations", (handlers) =>
  handlers.handleAll({
    begin: ({ payload: { action, dryRun = false, filter, ids, reason } }) =>
      whenRunning(
        Effect.gen(function* () {
          yield* allowed(action)
          const at = yield* Clock.currentTimeMillis
          const actor = { ...(yield* actorOf(reason)), at }
          if (action === "erase") {
            const items = yield* erased({ ...(ids && { ids }), ...(filter && { filter }) })
            if (dryRun) return { total: items.length, outOfReach }
            const { id, total } = yield* beginOperation(action, items, actor)
            return { id, total, outOfReach }
          }
          const items = yield* itemsOf(action, { ...(ids && { ids }), ...(filter && { filter }) })
          if (!dryRun) {
            const { id, total } = yield* beginOperation(action, items, actor)
            return { id, total }
          }
          const plan = yield* Effect.mapError(
            planOperation(action, items),
            ({ message }) => new Unavailable({ error: message })
          )
          return { total: plan.total, items: plan.items.map(plannedShown) }
        })
      ),
    list: ({ query: { cursor, limit = 50 } }) =>
      whenRunning(
        Effect.gen(function* () {
          const operations = yield* Operations
          const found = yield* operations.list(limit + 1, yield* readCursor(Position, cursor))
          const { items, next } = cutPage(found, limit, ({ at, id }) => ({ at, id }))
          return { items: items.map(shown), next }
        })
      ),
    show: ({ params: { id } }) => whenRunning(Effect.map(found(id), shown)),
    stop: ({ params: { id } }) =>
      whenRunning(
        Effect.gen(function* () {
          const operations = yield* Operations
          yield* allowed((yield* found(id)).action)
          yield* operations.stop(id, yield* Clock.currentTimeMillis)
          return shown(yield* found(id))
        })
      )
  })
)
