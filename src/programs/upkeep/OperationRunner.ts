import { Clock, Effect, Layer } from "effect"

import { monotonicMillis } from "../../domain/values/monotonicTime.ts"
import { Operations, type OperationItem } from "../../services/Operations.ts"
import { Ownership } from "../../services/Ownership.ts"
import { Settings } from "../../services/Settings.ts"
import { Intake } from "../intake/Intake.ts"
import { ActionRefused, failedItem, writtenByNewer } from "../operator/ActionRefused.ts"
import { performItem } from "../operator/performItem.ts"
import { type LettersByPlace, readLetters } from "../operator/redriveLetter.ts"
import { catchNonInterrupt } from "../runtime/retryOnDefect.ts"
import { loopLimit, Rounds } from "./Rounds.ts"

/** How many items of each operation are read at a time. */
const pageSize = 100

/** How many items may be acted on at once. Each waits for its communication. */
const mostAtOnce = 8

/** How long one item may take. It then goes to the end of the line, and its operation still acts on it only once. */
const longestItem = "30 seconds"

/** Milliseconds until an item that took too long, or whose dead letter could not be read, is tried again. */
const slowPause = 60_000

/** One item of each operation in turn. */
const inTurns = (items: ReadonlyArray<OperationItem>): ReadonlyArray<OperationItem> => {
  const lines = Map.groupBy(items, ({ operation }) => operation.id)
  const longest = Math.max(0, ...[...lines.values()].map(({ length }) => length))
  return Array.from({ length: longest }, (_, turn) => [...lines.values()].flatMap((line) => line[turn] ?? [])).flat()
}

const failed = (id: string) =>
  new ActionRefused({ id, reason: "Defect", detail: "it failed; the service's log says why" })

type Letters = Effect.Effect<LettersByPlace, ActionRefused>

/** Acts on one item and records how that ended. */
const act = Effect.fnUntraced(function* (item: OperationItem, letters: Letters) {
  const operations = yield* Operations
  const { id } = item
  const outcome = yield* performItem(item, letters).pipe(
    Effect.as(undefined),
    Effect.catchTag("UnknownFact", (error) => Effect.succeed(writtenByNewer(id, error))),
    Effect.catchTag("Defective", () => Effect.succeed(failed(id))),
    Effect.catchTag("ActionRefused", (refused) => Effect.succeed(refused)),
    Effect.timeoutOrElse({
      duration: longestItem,
      orElse: () =>
        Effect.map(
          Clock.currentTimeMillis,
          (now) => new ActionRefused({ id, reason: "UnderWay", detail: "it takes too long", from: now + slowPause })
        )
    }),
    catchNonInterrupt((cause) => Effect.as(Effect.logError("operator action failed", cause), failed(id)))
  )
  const now = yield* Clock.currentTimeMillis
  // An item that can succeed later goes to the end of the line.
  if (outcome?.from !== undefined) return yield* operations.postpone(item, Math.max(outcome.from, now + 1))
  yield* operations.finish(item, now, outcome && failedItem(id, outcome))
})

/**
 * The dead letters that these items are to redrive. While they cannot be read from Kafka, these items go to the end of
 * the line, and the other operations continue.
 */
const lettersOf = Effect.fnUntraced(function* (items: ReadonlyArray<OperationItem>) {
  const places = items.flatMap(({ id, operation }) => (operation.action === "redrive" ? [id] : []))
  if (places.length === 0) return Effect.succeed<LettersByPlace>(new Map())
  const from = (yield* Clock.currentTimeMillis) + slowPause
  const letters: Letters = yield* Effect.exit(
    Effect.mapError(readLetters(places), ({ detail, id, reason }) => new ActionRefused({ id, reason, detail, from }))
  )
  return letters
})

/** True while new records fill the intake. Operators' items then wait (SPEC 10.3). */
const isIntakeFull = Effect.gen(function* () {
  const { inFlight } = yield* (yield* Intake).status
  const { maxInFlight } = yield* Settings
  return Object.values(inFlight).some((count) => count >= maxInFlight)
})

/** Acts on the items that may be acted on now, at OPERATION_RATE. Returns how many there were. */
const runPage = Effect.fnUntraced(function* (round: Effect.Effect<void>) {
  const operations = yield* Operations
  const { operationRate } = yield* Settings
  const found = inTurns(yield* operations.next(yield* Clock.currentTimeMillis, pageSize)).slice(0, pageSize)
  if (found.length === 0) return 0
  const letters = yield* lettersOf(found)
  let startsAt = yield* monotonicMillis
  const pace = Effect.gen(function* () {
    const now = yield* monotonicMillis
    startsAt = Math.max(startsAt, now) + 1000 / operationRate
    yield* Effect.sleep(Math.max(0, startsAt - now))
    while (yield* isIntakeFull) yield* Effect.sleep("1 second")
    yield* round
  })
  const stillRuns = ({ operation }: OperationItem) =>
    Effect.map(operations.get(operation.id), (known) => known?.state === "running")
  yield* Effect.forEach(
    found,
    (item) =>
      Effect.andThen(
        pace,
        Effect.flatMap(stillRuns(item), (runs) => (runs ? act(item, letters) : Effect.void))
      ),
    { concurrency: mostAtOnce, discard: true }
  )
  return found.length
})

/** Acts on items until none is left. */
const runAll = Effect.fnUntraced(function* (round: Effect.Effect<void>) {
  while ((yield* runPage(round)) > 0) yield* round
})

/**
 * Carries out operators' operations on many communications (SPEC 10.3). Only one process at a time does so, so the rate
 * holds for all processes together. If it crashes, another one continues.
 */
export const OperationRunner = Layer.effectDiscard(
  Effect.gen(function* () {
    const ownership = yield* Ownership
    const round = yield* (yield* Rounds).loop("operations", loopLimit)
    const operations = yield* Operations
    const isNeeded = Effect.flatMap(Clock.currentTimeMillis, (now) =>
      Effect.map(operations.next(now, 1), ({ length }) => length > 0)
    )
    yield* Effect.when(
      ownership.tryHold("operation", "all", () => runAll(round)),
      isNeeded
    ).pipe(
      catchNonInterrupt((cause) => Effect.logError("operations of operators stopped, retrying", cause)),
      Effect.andThen(round),
      Effect.andThen(Effect.sleep("1 second")),
      Effect.forever,
      Effect.withTracerEnabled(false),
      Effect.forkScoped
    )
  })
)
