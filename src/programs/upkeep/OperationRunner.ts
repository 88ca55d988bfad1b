import { Clock, Effect, Layer } from "effect"

import { monotonicMillis } from "../../domain/values/monotonicTime.ts"
import { Operations, type OperationItem } from "../../services/Operations.ts"
import { Ownership } from "../../services/Ownership.ts"
import { Settings } from "../../services/Settings.ts"
import { Intake } from "../intake/Intake.ts"
import { ActionRefused } from "../operator/ActionRefused.ts"
import { performItem } from "../operator/performItem.ts"
import { type LettersByPlace, readLetters } from "../operator/redriveLetter.ts"
import { catchNonInterrupt } from "../runtime/retryOnDefect.ts"
import { loopLimit, Rounds } from "./Rounds.ts"

/** Items of each operation that are read at a time. */
const pageSize = 100

/** Items that are acted on at once, at most. Each waits for its communication. */
const mostAtOnce = 8

/** How long one item may take. It goes to the end of the line then, and its operation acts on it once all the same. */
const longestItem = "30 seconds"

/** Milliseconds until an item that took too long is tried again. */
const slowPause = 60_000

/** One item of each operation in turn. */
const inTurns = (items: ReadonlyArray<OperationItem>): ReadonlyArray<OperationItem> => {
  const lines = Map.groupBy(items, ({ operation }) => operation.id)
  const longest = Math.max(0, ...[...lines.values()].map(({ length }) => length))
  return Array.from({ length: longest }, (_, turn) => [...lines.values()].flatMap((line) => line[turn] ?? [])).flat()
}

const failure = (id: string, reason: string) => new ActionRefused({ id, reason: "Impossible", detail: reason })

/** Acts on one item and records how that ended. */
const act = Effect.fnUntraced(function* (item: OperationItem, letters: LettersByPlace) {
  const operations = yield* Operations
  const { id } = item
  const outcome = yield* performItem(item, letters).pipe(
    Effect.as(undefined),
    Effect.catchTag("UnknownFact", ({ message }) => Effect.succeed(failure(id, message))),
    Effect.catchTag("Defective", () => Effect.succeed(failure(id, "it failed; the service's log says why"))),
    Effect.catchTag("ActionRefused", (refused) => Effect.succeed(refused)),
    Effect.timeoutOrElse({
      duration: longestItem,
      orElse: () =>
        Effect.map(
          Clock.currentTimeMillis,
          (now) => new ActionRefused({ id, reason: "UnderWay", detail: "it takes too long", from: now + slowPause })
        )
    }),
    catchNonInterrupt((cause) =>
      Effect.as(
        Effect.logError("an operator's action failed", cause),
        failure(id, "it failed; the service's log says why")
      )
    )
  )
  const now = yield* Clock.currentTimeMillis
  // Whatever may come by itself goes to the end of the line.
  if (outcome?.from !== undefined) return yield* operations.postpone(item, Math.max(outcome.from, now + 1))
  yield* operations.finish(item, now, outcome && { id, reason: outcome.detail })
})

/** The dead letters that these items are to redrive. */
const lettersOf = (items: ReadonlyArray<OperationItem>) => {
  const places = items.flatMap(({ id, operation }) => (operation.action === "redrive" ? [id] : []))
  return places.length === 0 ? Effect.succeed<LettersByPlace>(new Map()) : readLetters(places)
}

/** New records fill the intake, and what operators have done waits for them (SPEC 10.3). */
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

/** Acts on items until none is left, for as long as this process is the one that does. */
const runAll = Effect.fnUntraced(function* (round: Effect.Effect<void>) {
  while ((yield* runPage(round)) > 0) yield* round
})

/**
 * Does what operators have the service do to many communications (SPEC 10.3). One process at a time does it, so the rate is
 * that of all together. When it dies another one goes on.
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
      catchNonInterrupt((cause) => Effect.logError("the operations of operators do not go on; tried again", cause)),
      Effect.andThen(round),
      Effect.andThen(Effect.sleep("1 second")),
      Effect.forever,
      Effect.withTracerEnabled(false),
      Effect.forkScoped
    )
  })
)
