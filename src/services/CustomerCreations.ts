import { Context, type Effect } from "effect"

/** The creation of a customer, as one of his identities knows it. */
export interface CustomerCreation {
  readonly identity: string
  /** Epoch milliseconds. */
  readonly begunAt: number
  /** When its request was sent at the latest, epoch milliseconds. Absent while nobody has had to know. */
  readonly sentUntil?: number
  /** The customer. Absent while the creation has no outcome: then it is in doubt for whoever finds it. */
  readonly sysId?: string
}

/**
 * Creations of customers, kept for a day, so that none is done twice where a process or its locks were lost in the middle of one
 * (SPEC 3.3). Calls wait for an unreachable database as those of `Journal` do (SPEC 9.1).
 */
export class CustomerCreations extends Context.Service<
  CustomerCreations,
  {
    /** What is known of these identities, in no order. */
    find(identities: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<CustomerCreation>>
    /**
     * Begins a creation, anew where there was one, if these identities are still as `seen`. False: another process was faster, and
     * the creation must not go on. Durable when it returns.
     */
    begin(identities: ReadonlyArray<string>, at: number, seen: ReadonlyArray<CustomerCreation>): Effect.Effect<boolean>
    /**
     * Keeps until when these may have been sent, where that is not known yet: nobody who comes later puts it off. One that was begun
     * anew meanwhile is another one.
     */
    reckon(seen: ReadonlyArray<CustomerCreation>, sentUntil: number): Effect.Effect<void>
    /** The creation that began at `at` has an outcome. */
    settle(identities: ReadonlyArray<string>, at: number, sysId: string): Effect.Effect<void>
    /** The creation that began at `at` was refused: it is as if it had never begun. Another creation stays. */
    withdraw(identities: ReadonlyArray<string>, at: number): Effect.Effect<void>
    /** Deletes those that were begun before this time (epoch milliseconds). Returns how many. */
    prune(before: number): Effect.Effect<number>
  }
>()("brom-ctx/services/CustomerCreations") {}
