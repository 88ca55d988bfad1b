import { Clock, Effect, type Fiber, Layer } from "effect"

import { lockOwnership } from "../../src/layers/ownership/lockOwnership.ts"
import { type LockKeeper, LockTable, type LockWords, momentOf } from "../../src/layers/ownership/LockTable.ts"
import { makeLockServer } from "../../src/layers/ownership/OwnershipMemory.ts"
import { always, Ownership } from "../../src/services/Ownership.ts"
import type { Dice } from "./Dice.ts"
import type { Kernel } from "./Kernel.ts"
import type { Machine } from "./Machine.ts"

/** Milliseconds of silence after which the server ends a session, as `idle_session_timeout` does. */
const silence = 10_000

/** A lock table whose notifications reach it on the machine of its process. */
class RemoteTable extends LockTable {
  private readonly machine: Machine

  constructor(clock: Clock.Clock, machine: Machine) {
    super(clock, { giveWithin: 50, between: () => 5 })
    this.machine = machine
  }

  override heard(words: LockWords): void {
    this.machine.enter(() => super.heard(words))
  }
}

/** Milliseconds between two proofs of a session. */
export const beat = 1000

/** The `Ownership` of a process that works alone. */
interface OwnershipAlone {
  readonly layer: Layer.Layer<Ownership>
  /** Makes the last proof too old, so no lease is valid until the next proof. */
  unproven(): void
  /** Ends its session. */
  lost(): void
}

/** Assumes that an earlier process sent all of its requests before this one's start. `first` means that there was none. */
export const ownershipAlone = (first: boolean): OwnershipAlone => {
  let table: LockTable | undefined
  let session: Fiber.Fiber<never> | undefined
  const layer = Layer.effect(
    Ownership,
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const own = new LockTable(clock)
      table = own
      const validFrom = first ? -Infinity : clock.currentTimeMillisUnsafe()
      session = yield* Effect.forkScoped(own.serve(makeLockServer().join(own), { provenAt: always, validFrom }))
      return lockOwnership(own, clock, (kind, id) => `${kind} ${id}`)
    })
  )
  return {
    layer,
    unproven: () => table?.proven({ wall: -Infinity, monotonic: -Infinity }),
    lost: () => session?.interruptUnsafe()
  }
}

/** The locks that the processes of one world share, as the database keeps them. */
export class Locks {
  private readonly server = makeLockServer()
  /** A function for each open session, which ends it. */
  private readonly open = new Map<LockTable, () => void>()
  private readonly kernel: Kernel
  private readonly dice: Dice
  private readonly passed: (run: () => void) => void

  /** `passed` runs its argument when the database is available. */
  constructor(kernel: Kernel, dice: Dice, passed: (run: () => void) => void) {
    this.kernel = kernel
    this.dice = dice
    this.passed = passed
  }

  /** Ends all sessions, as a restart of the database does. */
  endAll(): void {
    const ends = [...this.open.values()]
    for (const end of ends) end()
  }

  /** The `Ownership` of one process. Call `died` when the process is dead. */
  processOn(machine: Machine): { readonly layer: Layer.Layer<Ownership>; died(): void } {
    let table: LockTable | undefined
    const layer = Layer.effect(
      Ownership,
      Effect.gen({ self: this }, function* () {
        const clock = yield* Clock.Clock
        const own = new RemoteTable(clock, machine)
        table = own
        const life = Effect.suspend(() => this.session(own, machine, clock))
        yield* Effect.forkScoped(
          Effect.forever(
            Effect.andThen(
              Effect.catch(life, () => Effect.void),
              Effect.sleep(100)
            )
          )
        )
        return lockOwnership(own, clock, (kind, id) => `${kind} ${id}`)
      })
    )
    return {
      layer,
      died: () => {
        if (table !== undefined) this.open.get(table)?.()
      }
    }
  }

  private session(table: LockTable, machine: Machine, clock: Clock.Clock): Effect.Effect<never, "ended"> {
    const keeper = this.server.join(table)
    let heardAt = this.kernel.now
    let over = false
    const end = () => {
      over = true
      this.server.leave(table)
      if (this.open.get(table) === end) this.open.delete(table)
    }
    this.open.set(table, end)
    const spoke = () => {
      heardAt = this.kernel.now
      this.kernel.at(heardAt + silence, () => {
        if (!over && this.kernel.now - heardAt >= silence) end()
      })
    }
    const latency = () => this.kernel.now + this.dice.between(0, 5)
    /** One statement with its way to the server and back. */
    const remote = <A>(work: Effect.Effect<A>) =>
      Effect.callback<A, "ended">((resume) => {
        const back = (answer: Effect.Effect<A, "ended">) =>
          this.kernel.at(latency(), () => machine.enter(() => resume(answer)))
        this.passed(() =>
          this.kernel.at(latency(), () => {
            if (over) return back(Effect.fail("ended"))
            spoke()
            return back(Effect.succeed(Effect.runSync(work)))
          })
        )
      })
    const far: LockKeeper<"ended"> = {
      exchange: (given, asked) => remote(keeper.exchange(given, asked)),
      tell: (words) => remote(keeper.tell(words))
    }
    const proven = Effect.suspend(() => {
      const moment = momentOf(clock)
      return Effect.map(remote(Effect.void), () => moment)
    })
    const beating = Effect.forever(
      Effect.delay(
        Effect.tap(proven, (at) => Effect.sync(() => table.proven(at))),
        beat
      )
    )
    spoke()
    return Effect.flatMap(proven, (provenAt) => Effect.raceFirst(table.serve(far, { provenAt }), beating)).pipe(
      Effect.ensuring(Effect.sync(end))
    )
  }
}
