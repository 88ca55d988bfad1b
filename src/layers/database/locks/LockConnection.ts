import type { PgClientConfig } from "@effect/sql-pg/PgClient"
import * as PgConnection from "@effect/sql-pg/PgConnection"
import { Cause, Clock, Deferred, Effect, Exit, Queue, Result, Schedule, Scope } from "effect"
import { isSqlError, type SqlError } from "effect/sql/SqlError"

import { DatabaseStatus } from "../../../services/DatabaseStatus.ts"
import { lockOwnership } from "../../ownership/lockOwnership.ts"
import { type LockPace, LockTable, momentOf } from "../../ownership/LockTable.ts"
import { describeSqlError, makeAvailability } from "../availability.ts"
import { makeProcessPace, type ProcessPace } from "../StatementPace.ts"
import { identify, PooledByTransaction } from "./lockIdentity.ts"
import { type LockStatements, makeLockStatements, unusable, setLockSettings } from "./LockStatements.ts"
import { heardWords, lockChannel, lockKey, pgLockKeeper } from "./pgLockKeeper.ts"

/** Each exchange is a statement. When there are few of them, each carries many locks. A lone run does not wait. */
const lockPace = ({ between }: ProcessPace): LockPace => ({ giveWithin: 50, between: () => 2 * between() })

const fastAtFirst = Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("2 seconds")])

/** Milliseconds until the same reason for the end of a session is logged again. */
const logEvery = 60_000

/** Describes the error without the values of a statement. */
const reasonOf = (error: unknown): string =>
  isSqlError(error) ? describeSqlError(error) : error instanceof Error ? error.message : String(error)

/** Opens a connection that closes in the background. A regular close waits for seconds when the server is gone. */
const connect = (config: PgClientConfig) =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    yield* Effect.addFinalizer(() => Effect.forkDetach(Scope.close(scope, Exit.void), { startImmediately: true }))
    return yield* Scope.provide(PgConnection.make(config), scope)
  })

/**
 * Begins a session. Returns its statements, its identity and its notifications. The pin and the channel end with their
 * connection.
 */
const begin = Effect.fnUntraced(function* (config: PgClientConfig, host: string) {
  const after = yield* Scope.make()
  yield* Effect.addFinalizer(() => Effect.forkDetach(Scope.close(after, Exit.void), { startImmediately: true }))
  const connection = yield* connect(config)
  const session = yield* Scope.provide(connection.pin, after)
  const statements = makeLockStatements(session)
  yield* setLockSettings(statements)
  const identity = yield* identify(config, host, statements, connection)
  const channel = yield* Scope.provide(session.listen(lockChannel), after).pipe(
    Effect.timeoutOrElse({ duration: "5 seconds", orElse: () => Effect.fail(unusable("no channel")) })
  )
  return { statements, identity, channel }
})

/**
 * Keeps the locks of this process on a connection of its own. Returns when the first session has them. When a session
 * is lost, this is logged, all of its locks are void at once, `DatabaseStatus` stops being the holder (writes wait),
 * and another session begins. `admit` runs in each session before any of its locks counts. Its failure is permanent: it
 * fails the start, or later ends this process (`DatabaseStatus.lost`).
 */
export const lockConnection = Effect.fnUntraced(function* <E extends { readonly message: string }>(options: {
  readonly config: PgClientConfig
  readonly host: string
  /** The pace of the process's statements. That of a process alone if absent. */
  readonly pace?: ProcessPace
  /** Like `LockTable`'s. */
  readonly most: number
  readonly admit: (statements: LockStatements) => Effect.Effect<void, SqlError | E>
}) {
  const { admit, config, host, most, pace = makeProcessPace(5) } = options
  const clock = yield* Clock.Clock
  const status = yield* DatabaseStatus
  const availability = yield* makeAvailability(`the lock connection to ${host}`)
  const table = new LockTable(clock, lockPace(pace), most)
  const first = yield* Deferred.make<string, E | PooledByTransaction>()
  let logged: { readonly reason: string; readonly at: number } | undefined

  const life = Effect.scoped(
    Effect.gen(function* () {
      const { channel, identity, statements } = yield* begin(config, host)
      const proof = Effect.suspend(() => {
        const provenAt = momentOf(clock)
        return Effect.as(identity.check, provenAt)
      })
      const beating = Effect.forever(
        Effect.delay(
          Effect.tap(proof, (at) => Effect.sync(() => table.proven(at))),
          1000
        )
      )
      yield* Effect.raceFirst(admit(statements), beating)
      const provenAt = yield* proof
      yield* status.report({ holder: true, detail: `sharing ${host}` })
      logged = undefined
      yield* Effect.logInfo(`sharing the database ${host}`)
      yield* Deferred.succeed(first, identity.schema)
      const hearing = Effect.forever(Effect.map(Queue.take(channel), ({ payload }) => table.heard(heardWords(payload))))
      return yield* Effect.raceFirst(
        table.serve(pgLockKeeper(statements), { provenAt }),
        Effect.raceFirst(beating, hearing)
      )
    })
  ).pipe(Effect.onExit(() => status.report({ holder: false, detail: `no lock connection to ${host}` })))

  const logEnd = (reason: string) =>
    Effect.suspend(() => {
      const at = clock.currentTimeMillisUnsafe()
      if (logged?.reason === reason && at - logged.at < logEvery) return Effect.void
      logged = { reason, at }
      return Effect.logError(`lock session of ${host} ended: ${reason}`)
    })

  /**
   * Fails the start, which has a caller to receive the error. Later, the error is logged and another session is tried.
   */
  const giveUp = (cause: Cause.Cause<E | PooledByTransaction>) =>
    Effect.andThen(Deferred.failCause(first, cause), logEnd(reasonOf(Cause.squash(cause))))

  /** Another session would be refused for the same reason. */
  const isRefusal = (cause: Cause.Cause<SqlError | E | PooledByTransaction>): boolean =>
    Result.match(Cause.findError(cause), {
      onFailure: () => false,
      onSuccess: (error) => !isSqlError(error) && !(error instanceof PooledByTransaction)
    })

  yield* life.pipe(
    // Retry after a defect, too. Without another session every write would wait until a restart.
    Effect.sandbox,
    Effect.tapError((cause: Cause.Cause<SqlError | E | PooledByTransaction>) =>
      Result.match(Cause.findError(cause), {
        onFailure: giveUp,
        onSuccess: (error) =>
          isSqlError(error)
            ? Effect.andThen(
                status.report({ detail: `no lock connection to ${host}: ${describeSqlError(error)}` }),
                availability.note(error)
              )
            : giveUp(Cause.fail(error))
      })
    ),
    Effect.retry({ schedule: fastAtFirst, while: (cause) => !isRefusal(cause) }),
    Effect.catch((cause) => status.report({ lost: reasonOf(Cause.squash(cause)) })),
    Effect.forkScoped
  )
  const schema = yield* Deferred.await(first)
  return { ownership: lockOwnership(table, clock, (kind, id) => lockKey(schema, kind, id)), locks: () => table.size }
})
