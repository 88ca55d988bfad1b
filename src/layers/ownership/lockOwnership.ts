import { Cause, type Clock, Effect, Exit, Fiber, Option } from "effect"

import { type Lease, type OwnedKind, Ownership } from "../../services/Ownership.ts"
import { type Claim, type LockKey, type LockTable, sessionLease } from "./LockTable.ts"

/**
 * Milliseconds between two tries to take a lock that another process has. They are short at first, because most runs
 * are short, and later one second.
 */
const pauses = [50, 100, 200, 400, 1000] as const
const pauseAfter = (tries: number): number => pauses[Math.min(tries, pauses.length - 1)] ?? 1000

/** True for a run that was interrupted because its lock was lost, and not because its caller ended. */
const lostIts = (claims: ReadonlyArray<Claim>, exit: Exit.Exit<unknown, unknown>): boolean =>
  Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause) && claims.some(({ lock }) => lock?.session.over === true)

/** `Ownership` by the locks of a table. `keyOf` names them for all processes. */
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

  /**
   * Requests the locks together and returns the first claim that was refused. Locks that arrive after the caller has
   * stopped waiting are given back.
   */
  const refusedOf = (claims: ReadonlyArray<Claim>): Effect.Effect<Claim | undefined> =>
    Effect.callback<Claim | undefined>((resume) => {
      const refused = new Set<Claim>()
      let open = claims.length
      if (open === 0) return resume(Effect.undefined)
      for (const claim of claims) {
        claim.answer = (got) => {
          if (!got) refused.add(claim)
          if (--open === 0) resume(Effect.succeed(claims.find((one) => refused.has(one))))
        }
      }
      for (const claim of claims) table.ask(claim)
      return Effect.sync(() => claims.forEach((claim) => table.drop(claim)))
    })

  /**
   * Returns the first claim that was refused. On the first try all claims are requested together. Later they are
   * requested one after the other, in an order that all processes share, so that one of two competing runs always
   * proceeds.
   */
  const firstRefused = (claims: ReadonlyArray<Claim>, tries: number): Effect.Effect<Claim | undefined> => {
    if (tries === 0 || claims.length < 2) return refusedOf(claims)
    const [claim, ...others] = claims
    return Effect.flatMap(refusedOf(claim === undefined ? [] : [claim]), (refused) =>
      refused === undefined ? firstRefused(others, tries) : Effect.succeed(refused)
    )
  }

  const waited = Effect.fnUntraced(function* (key: LockKey, tries: number) {
    if (tries === 0 || pauseAfter(tries) === 1000) table.want(key)
    yield* Effect.raceFirst(table.untilFree(key), Effect.sleep(pauseAfter(tries)))
  })

  /**
   * Runs the work once under the locks. They can be lost at any moment, so the work runs in a fiber of its own, which
   * ends its open call when it is interrupted.
   */
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
    { bounded, keys }: { readonly bounded: boolean; readonly keys: ReadonlyArray<LockKey> },
    patient: boolean,
    run: (lease: Lease) => Effect.Effect<A, E, R>
  ): Effect.Effect<Option.Option<A>, E, R> =>
    Effect.uninterruptibleMask((restore) => {
      const attempt = (tries: number): Effect.Effect<Option.Option<A>, E, R> => {
        const claims = keys.map((key): Claim => ({ key, bounded, lock: undefined, answer: undefined }))
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
            // The lock was lost after the answer. Treat it as never taken.
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

  /** The keys in the order of all processes. A customer's locks are taken under that of a communication. */
  const named = (kind: OwnedKind, ids: ReadonlyArray<string>) => ({
    bounded: kind !== "customer",
    keys: [...new Set(ids.map((id) => keyOf(kind, id)))].sort()
  })

  const must = <A>(found: Option.Option<A>): A => Option.getOrThrow(found)

  return Ownership.of({
    awaitSession: table.awaitSession,
    awaitLoss: (millis) => table.awaitLoss(millis),
    hold: (kind, id, run) => Effect.map(held(named(kind, [id]), true, run), must),
    tryHold: (kind, id, run) => held(named(kind, [id]), false, run),
    holdAll: (kind, ids, run) => Effect.map(held(named(kind, ids), true, run), must)
  })
}
