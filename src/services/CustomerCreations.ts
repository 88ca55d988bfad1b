import { Context, type Effect } from "effect"

/** The creation of a customer, as recorded for one of the customer's identities. */
export interface CustomerCreation {
  readonly identity: string
  /** Epoch milliseconds. */
  readonly begunAt: number
  /** The latest time at which its request was sent, epoch milliseconds. Absent until that time has been needed. */
  readonly sentUntil?: number
  /** The customer. Absent while the creation has no outcome. A process that finds it then must treat it as in doubt. */
  readonly sysId?: string
}

/**
 * Creations of customers, kept for a day. They prevent a second creation when a process or its locks were lost in the
 * middle of the first (SPEC 3.3). Calls wait for an unreachable database as those of `Journal` do (SPEC 9.1).
 */
export class CustomerCreations extends Context.Service<
  CustomerCreations,
  {
    /** Returns the creations recorded for these identities, in no particular order. */
    find(identities: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<CustomerCreation>>
    /**
     * Begins a creation, which replaces an earlier one, if these identities are still as `seen`. Returns false if
     * another process was faster. The creation must not continue then. Durable when it returns.
     */
    begin(identities: ReadonlyArray<string>, at: number, seen: ReadonlyArray<CustomerCreation>): Effect.Effect<boolean>
    /**
     * Stores until when the requests of these creations may have been sent, unless that is already stored. A later
     * process can therefore not postpone it. A creation that has begun again since `seen` is a different one and is
     * left unchanged.
     */
    reckon(seen: ReadonlyArray<CustomerCreation>, sentUntil: number): Effect.Effect<void>
    /** Stores the outcome of the creation that began at `at`. */
    settle(identities: ReadonlyArray<string>, at: number, sysId: string): Effect.Effect<void>
    /**
     * Removes the creation that began at `at`, because it was refused, as if it had never begun. Keeps any other
     * creation.
     */
    withdraw(identities: ReadonlyArray<string>, at: number): Effect.Effect<void>
    /** Deletes creations that began before this time (epoch milliseconds). Returns how many. */
    prune(before: number): Effect.Effect<number>
  }
>()("brom-ctx/services/CustomerCreations") {}
