/** One advisory lock that a process needs. */
interface Lock {
  /** Brings one row, `held`. */
  readonly sql: string
  readonly parameters: ReadonlyArray<string>
  /** Who must have it when it is not to be had. */
  readonly held: string
}

/** What a process needs of the database's locks, and how it says that it has them; `host` holds no password. */
export interface Wanted {
  readonly locks: ReadonlyArray<Lock>
  /** The line in the log. */
  readonly line: string
  /** For `DatabaseStatus`. */
  readonly detail: string
}

/** One lock for each schema: installations that share a database do not meet. */
const database = "hashtextextended('brom-ctx runner ' || current_schema(), 0)"

/** A runner alone has the database for itself. */
export const alone = (host: string): Wanted => ({
  locks: [
    {
      sql: `SELECT pg_try_advisory_lock(${database}) AS held`,
      parameters: [],
      held: `another process works on the database ${host}`
    }
  ],
  line: `holding the database ${host}`,
  detail: `holding ${host}`
})

/** Replicas share the database, and have an address each: two with one address would get each other's messages. */
export const replica = (host: string, address: string): Wanted => ({
  locks: [
    {
      sql: `SELECT pg_try_advisory_lock_shared(${database}) AS held`,
      parameters: [],
      held: `a process without RUNNER_HOST works on the database ${host}`
    },
    {
      sql: "SELECT pg_try_advisory_lock(hashtextextended('brom-ctx replica ' || $1 || ' ' || current_schema(), 0)) AS held",
      parameters: [address],
      held: `another replica on the database ${host} has the address ${address}`
    }
  ],
  line: `replica ${address} shares the database ${host}`,
  detail: `replica ${address} at ${host}`
})
