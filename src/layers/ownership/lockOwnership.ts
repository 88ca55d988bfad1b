import { Cause, type Clock, Effect, Exit, Fiber, Option } from "effect"

import { type Lease, type OwnedKind, Ownership } from "../../services/Ownership.ts"
import { type Claim, type LockKey, type LockTable, sessionLease } from "./LockTable.ts"

/** Between two tries to take a lock that somebody else has: short at first, for most runs are, then each second. */
const pauses = [50, 100, 200, 400, 1000] as const
const pauseAfter = (tries: number): number => pauses[Math.min(tries, pauses.length - 1)] ?? 1000

/** A run that was interrupted because its lock was lost, and not because whoever asked has ended. */
const lostIts = (claims: ReadonlyArray<Claim>, exit: Exit.Exit<unknown, unknown>): boolean =>
  Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause) && claims.some(({ lock }) => lock?.session.over === true)

/** `Ownership` by the locks of a table; `keyOf` names them for all processes. */
export const lockOwnership = (
  table: LockTable,
  clock: Clock.Clock,
  keyOf: (kind: OwnedKind, id: string) => LockKey
): Ownership["Service"] => {
  const leaseOf = (claims: ReadonlyArray<Claim>): Lease => {
    const locks = claims.flatMap(({ lock }) => lock ?? [])
    const [first] = locks
    if (first === undefined) throw new Error("a lease without a lock")
    return sessionLease(first.session, clock, {
      tenure: first,
      validFrom: Math.max(...locks.map(({ validFrom }) => validFrom))
    })
  }

  /** Whether the lock is got; an answer that comes when nobody waits for it is given back. */
  const asked = (claim: Claim): Effect.Effect<boolean> =>
    Effect.callback<boolean>((resume) => {
      claim.answer = (got) => resume(Effect.succeed(got))
      table.ask(claim)
      return Effect.sync(() => table.drop(claim))
    })

  /**
   * The first one that is not to be had. All travel together at first; where others want some of them, they are asked for one after
   * the other, in the order that all processes have: so one of two always goes on.
   */
  const firstRefused = Effect.fnUntraced(function* (claims: ReadonlyArray<Claim>, tries: number) {
    if (tries === 0) {
      const got = yield* Effect.forEach(claims, asked, { concurrency: "unbounded" })
      return claims[got.indexOf(false)]
    }
    for (const claim of claims) if (!(yield* asked(claim))) return claim
    return undefined
  })

  const waited = Effect.fnUntraced(function* (key: LockKey, tries: number) {
    if (tries === 0 || pauseAfter(tries) === 1000) table.want(key)
    yield* Effect.raceFirst(table.untilFree(key), Effect.sleep(pauseAfter(tries)))
  })

  /** One run under the locks. They can be lost at any moment: the run is a fiber of its own then, which ends its open call. */
  const runUnder = <A, E, R>(claims: ReadonlyArray<Claim>, work: Effect.Effect<A, E, R>) =>
    Effect.flatMap(Effect.forkChild(work, { startImmediately: true }), (fiber) => {
      const runs = claims.flatMap(({ lock }) => lock?.runs ?? [])
      for (const run of runs) run.add(fiber)
      return Effect.interruptible(Fiber.await(fiber)).pipe(
        Effect.onInterrupt(() => Fiber.interrupt(fiber)),
        Effect.ensuring(Effect.sync(() => runs.forEach((run) => run.delete(fiber))))
      )
    })

  const held = <A, E, R>(
    keys: ReadonlyArray<LockKey>,
    patient: boolean,
    run: (lease: Lease) => Effect.Effect<A, E, R>
  ): Effect.Effect<Option.Option<A>, E, R> =>
    Effect.uninterruptibleMask((restore) => {
      const attempt = (tries: number): Effect.Effect<Option.Option<A>, E, R> => {
        const claims = keys.map((key): Claim => ({ key, lock: undefined, answer: undefined }))
        const dropped = Effect.sync(() => claims.forEach((claim) => table.drop(claim)))
        return Effect.flatMap(
          Effect.onError(restore(firstRefused(claims, tries)), () => dropped),
          (refused): Effect.Effect<Option.Option<A>, E, R> => {
            if (refused !== undefined) {
              const missing = Effect.andThen(dropped, patient ? restore(waited(refused.key, tries)) : Effect.void)
              return patient
                ? Effect.andThen(
                    missing,
                    Effect.suspend(() => attempt(tries + 1))
                  )
                : Effect.as(missing, Option.none())
            }
            // Lost between the answer and now: as if it had never been got.
            if (claims.some(({ lock }) => lock?.session.over === true))
              return Effect.andThen(
                dropped,
                Effect.suspend(() => attempt(0))
              )
            const lease = leaseOf(claims)
            return Effect.flatMap(runUnder(claims, restore(Effect.suspend(() => run(lease)))), (exit) => {
              const again = lostIts(claims, exit)
              return Effect.andThen(dropped, again ? Effect.suspend(() => attempt(0)) : Effect.map(exit, Option.some))
            }).pipe(Effect.onInterrupt(() => dropped))
          }
        )
      }
      return attempt(0)
    })

  const must = <A>(found: Option.Option<A>): A => Option.getOrThrow(found)

  return Ownership.of({
    awaitSession: table.awaitSession,
    awaitLoss: (millis) => table.awaitLoss(millis),
    hold: (kind, id, run) => Effect.map(held([keyOf(kind, id)], true, run), must),
    tryHold: (kind, id, run) => held([keyOf(kind, id)], false, run),
    holdAll: (kind, ids, run) =>
      Effect.map(held([...new Set(ids.map((id) => keyOf(kind, id)))].sort(), true, run), must)
  })
}
